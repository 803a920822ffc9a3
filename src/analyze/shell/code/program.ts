import type { Finding, Language, SqlFinding } from '../finding.js';

/** What judging a call needs to know of the program around it. */
export interface Program {
  readonly language: Language;
  /** Who runs it: `python`. */
  readonly by: string;
  readonly sql: SqlFinding['dialect'];
  /** What a computed SQL text may be made of. */
  readonly computedSql: () => readonly Finding[];
  /** What a computed command comes to. */
  readonly computedCommand: () => readonly Finding[];
}
