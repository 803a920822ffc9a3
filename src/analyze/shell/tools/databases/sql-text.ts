/** Texts as the clients of databases take them: SQL with commands of the client's own between. */
import { type Argument, exactly, UNKNOWN_PART } from '../../argument.js';
import type { Finding, SqlFinding } from '../../finding.js';
import { dotCommand } from './dot-commands.js';
import { mysqlCommand } from './mysql-commands.js';
import { psqlCommand } from './psql-commands.js';

export interface SqlSource {
  readonly dialect: SqlFinding['dialect'];
  /** Who sends it: `psql`. */
  readonly by: string;
  /** The client's own commands. Absent: it has none that matter. */
  readonly commands?: 'psql' | 'mysql' | 'dot' | 'sqlcmd' | undefined;
  /** Of SQLite and its like. */
  readonly file?: Argument | undefined;
  /** `-v name=value` of psql. */
  readonly variables?: ReadonlyMap<string, Argument> | undefined;
  /** The database can be read only, or is gone with the command: SQL changes nothing, unless it attaches another. */
  readonly readOnly?: boolean | undefined;
}

/** What a text does that is given to such a client: what it says to the database, and what the client does itself. */
export function readSqlText(text: Argument, source: SqlSource): readonly Finding[] {
  if (source.commands === undefined) return sql(text.text, text, source);
  const parts = source.commands === 'psql' ? psqlParts(text.text) : lineParts(text.text, source.commands);
  const findings: Finding[] = [];
  let pending = '';
  const defined = new Map(source.variables ?? []);
  for (const part of parts) {
    if (part.kind === 'sql') {
      pending += interpolated(part.text, defined, source);
      continue;
    }
    const own = ownCommand(part.text, source);
    const set = /^\\set\s+(\w+)/u.exec(part.text)?.[1];
    if (set !== undefined) defined.set(set, { text: UNKNOWN_PART, certainty: 'unknown', written: `:${set}` });
    findings.push(...sql(pending + (own.sql ?? ''), text, source), ...own.findings);
    pending = '';
  }
  return [...findings, ...sql(pending, text, source)];
}

/** What the client does at a command of its own. */
export interface OwnCommand {
  readonly findings: readonly Finding[];
  /** It stands for this SQL. */
  readonly sql?: string | undefined;
}

function ownCommand(line: string, source: SqlSource): OwnCommand {
  switch (source.commands) {
    case 'psql':
      return psqlCommand(line, source.by);
    case 'mysql':
      return mysqlCommand(line, source.by);
    case 'dot':
      return dotCommand(line, source);
    default: {
      const [, system, script] = /^:(?:!!\s*(.*)|r\s+"?([^"]*))/u.exec(line) ?? [];
      if (system !== undefined) return { findings: [{ kind: 'shell', text: exactly(system), by: source.by }] };
      if (script === undefined) return { findings: [] };
      return {
        findings: [
          { kind: 'script', path: exactly(script.trim()), language: 'sql', dialect: 'other', args: [], by: source.by },
        ],
      };
    }
  }
}

function sql(text: string, whole: Argument, { dialect, by, file, readOnly }: SqlSource): readonly Finding[] {
  if (text.replaceAll(';', '').trim() === '' || (readOnly === true && !/\battach\b/iu.test(text))) return [];
  const certainty = text.includes(UNKNOWN_PART) ? 'unknown' : 'exact';
  const argument: Argument =
    text === whole.text ? whole : { text, certainty, written: text.replaceAll(UNKNOWN_PART, '...') };
  return [{ kind: 'sql', dialect, text: argument, ...(file === undefined ? {} : { file }), by }];
}

interface Part {
  readonly kind: 'sql' | 'command';
  readonly text: string;
}

const PSQL_PIECE =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[eE]'(?:[^'\\]|\\[\s\S]|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|\\[^\n]*|[^\\'"$eE/-]+|[\s\S]/gu;

/** A backslash outside of quotes begins a command that ends with its line; the rows of `COPY ... FROM stdin` are data. */
function psqlParts(text: string): readonly Part[] {
  const plain = text.replace(/^(COPY\s[^;]*\sFROM\s+stdin[^;\n]*;)[ \t]*\n[\s\S]*?^\\\.$/gimu, '$1');
  const parts: Part[] = [];
  let pending = '';
  for (const [piece] of plain.matchAll(PSQL_PIECE)) {
    if (!piece.startsWith('\\')) {
      pending += piece;
      continue;
    }
    parts.push({ kind: 'sql', text: pending });
    pending = '';
    // `\x \\ SELECT 1`: two backslashes end a command, and SQL goes on.
    const [command = '', ...rest] = piece.split('\\\\');
    parts.push({ kind: 'command', text: command.trim() });
    for (const one of rest) parts.push({ kind: one.trim().startsWith('\\') ? 'command' : 'sql', text: one.trim() });
  }
  return [...parts, { kind: 'sql', text: pending }];
}

const LINE_COMMAND = {
  mysql: /^\s*(?:\\[!.]|system\b|source\b|tee\b|pager\b)/iu,
  dot: /^\.[a-z]/iu,
  sqlcmd: /^\s*:(?:!!|r\b|setvar|connect|out|error|on error|quit|exit|list|reset)/iu,
} as const;

function lineParts(text: string, commands: 'mysql' | 'dot' | 'sqlcmd'): readonly Part[] {
  return text.split('\n').flatMap((line): readonly Part[] => {
    if (LINE_COMMAND[commands].test(line)) return [{ kind: 'command', text: line.trim() }];
    // `SELECT 1; \! ls`
    const inner = commands === 'mysql' ? /;\s*(\\[!.].*|(?:system|source)\s.*)$/iu.exec(line) : null;
    return inner === null
      ? [{ kind: 'sql', text: `${line}\n` }]
      : [
          { kind: 'sql', text: line.slice(0, inner.index + 1) },
          { kind: 'command', text: inner[1] ?? '' },
        ];
  });
}

/** psql puts the values of its variables into SQL before it is sent: `:name`, `:'name'`, `:"name"`. */
function interpolated(text: string, variables: ReadonlyMap<string, Argument>, { commands }: SqlSource): string {
  if (commands !== 'psql' || variables.size === 0) return text;
  return text.replace(
    /(?<![:\w])(?::(\w+)|:'(\w+)'|:"(\w+)")/gu,
    (written, bare?: string, quoted?: string, named?: string) => {
      const value = variables.get(bare ?? quoted ?? named ?? '');
      if (value === undefined) return written;
      if (bare !== undefined) return value.text;
      return quoted !== undefined ? `'${value.text.replaceAll("'", "''")}'` : `"${value.text.replaceAll('"', '""')}"`;
    },
  );
}
