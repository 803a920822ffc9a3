/** Other dialects of SQL in the words of PostgreSQL, so that one analysis answers for all. */
import { UNKNOWN_PART } from '../argument.js';
import type { SqlFinding } from '../finding.js';
import { isRead } from './sql-reads.js';
import { rewritten } from './sql-rewrites.js';
import { type Dialect, type SqlToken, sqlTokens } from './sql-tokens.js';

/** What nobody knows, where a value or a name stands. */
const SOMETHING = 'something_unknown';
const MOST_STATEMENTS = 2_000;

/**
 * The statements of a finding as PostgreSQL's parser reads them; `reads` when all of them only read.
 *
 * FAIL-CLOSED: what cannot be turned for certain is given as it stands, or with a NUL, so that the parser refuses it and it
 * waits for a person.
 */
export function readSqlOf(finding: SqlFinding): readonly { readonly text: string }[] | { readonly reads: true } {
  const { text } = finding.text;
  if (finding.dialect === 'postgres' && !text.includes(UNKNOWN_PART)) return [{ text }];
  const statements = toPostgres(text, finding.dialect);
  return statements.length === 0 ? { reads: true } : statements.map((one) => ({ text: one }));
}

/** The statements that do more than to look at something, each as a text for PostgreSQL's parser. */
export function toPostgres(text: string, dialect: Dialect): readonly string[] {
  const statements: SqlToken[][] = [[]];
  for (const token of sqlTokens(text, dialect)) {
    if (token.kind === 'end') statements.push([]);
    else if (dialect === 'other' && isGo(token, statements.at(-1))) statements.push([]);
    else statements.at(-1)?.push(token);
  }
  const given = statements.filter((tokens) => tokens.length > 0);
  if (given.length > MOST_STATEMENTS) return [UNKNOWN_PART];
  return given.flatMap((tokens) =>
    dialect !== 'postgres' && isRead(tokens, dialect) ? [] : [statementText(tokens, dialect)],
  );
}

/** `GO` ends a batch of sqlcmd; as the first word of a statement it can be nothing else. */
function isGo(token: SqlToken, before: readonly SqlToken[] | undefined): boolean {
  return token.kind === 'word' && /^go$/iu.test(token.text) && before !== undefined;
}

function statementText(tokens: readonly SqlToken[], dialect: Dialect): string {
  const [first] = tokens;
  // FAIL-CLOSED: a statement whose first word is not known could be any.
  if (first === undefined || first.text.includes(UNKNOWN_PART)) return UNKNOWN_PART;
  if (tokens.some(({ kind }) => kind === 'odd')) return UNKNOWN_PART;
  const turned = dialect === 'postgres' ? tokens : rewritten(tokens, dialect);
  return turned
    .map(tokenText)
    .join(' ')
    .replace(/ (?=[.,()[\]])|(?<=[.([]) /gu, '');
}

function tokenText({ kind, text }: SqlToken): string {
  const known = text.replaceAll(UNKNOWN_PART, kind === 'word' ? SOMETHING : '?');
  switch (kind) {
    case 'string':
      return `E'${known.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
    case 'name':
      return `"${known.replaceAll('"', '""')}"`;
    default:
      return known;
  }
}
