import { exactly } from '../../argument.js';
import type { Finding, ScriptFinding } from '../../finding.js';
import { readSqlText, type SqlSource } from './sql-text.js';

/** What a file of SQL does that a client is given: the same as if its text had been typed. */
export function readSqlScript(text: string, { by, dialect = 'postgres' }: ScriptFinding): readonly Finding[] {
  return readSqlText(exactly(text), { dialect, by, commands: COMMANDS[dialect] });
}

const COMMANDS: Readonly<Record<SqlSource['dialect'], SqlSource['commands']>> = {
  postgres: 'psql',
  mysql: 'mysql',
  sqlite: 'dot',
  other: 'sqlcmd',
};
