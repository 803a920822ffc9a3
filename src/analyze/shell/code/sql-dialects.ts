import type { SqlFinding } from '../finding.js';
export function readSqlOf(finding: SqlFinding): readonly { readonly text: string }[] | { readonly reads: true } {
  return [{ text: finding.text.text }];
}
