/** Calls that run something else: commands, code, SQL. */
import { type Argument, exactly } from '../argument.js';
import type { Finding } from '../finding.js';
import type { Program } from './program.js';
import { argumentOf, eachOf, isBlank, type Value } from './value.js';

/** A text that a shell runs. */
export function shell(value: Value, program: Program): readonly Finding[] {
  if (value.kind === 'list') return words(value, program);
  const text = argumentOf(value);
  return isBlank(text) ? program.computedCommand() : [{ kind: 'shell', text, by: program.by }];
}

/** A program with its words; a text stands for a command as a shell reads it. */
export function words(value: Value, program: Program): readonly Finding[] {
  if (value.kind !== 'list') return shell(value, program);
  const items = value.items.map(wordOf);
  const [first] = items;
  if (first === undefined) return [];
  return isBlank(first) ? program.computedCommand() : [{ kind: 'command', words: items, by: program.by }];
}

/** `system('rm', 'a')`; a single text is one for a shell. */
export function eachWord(args: readonly Value[], program: Program): readonly Finding[] {
  // An environment may stand first (Ruby), options last.
  const given = args.filter(({ kind }) => kind !== 'record');
  const [only] = given;
  if (only === undefined) return [];
  if (given.length > 1) return words({ kind: 'list', items: given.flatMap(listed) }, program);
  return eachOf(only).flatMap((one) => shell(one, program));
}

/** The words that a value stands for. Deno has them under a name. */
export function listed(value: Value | undefined): readonly Value[] {
  if (value === undefined) return [];
  if (value.kind === 'record') return listed(value.entries.get('args'));
  return value.kind === 'list' ? value.items : [value];
}

function wordOf(value: Value): Argument {
  if (value.kind === 'name' && value.path === 'sys.executable') return exactly('python3');
  if (value.kind === 'name' && value.path === 'process.execPath') return exactly('node');
  return argumentOf(value);
}

export function code(value: Value, { language, by }: Program): readonly Finding[] {
  if (value.kind === 'made' && /(?:^|\.)open\(\)\.read$/u.test(value.call.path)) {
    const opened = value.call.target?.kind === 'made' ? value.call.target.call.args[0] : undefined;
    if (opened?.kind === 'text') return [{ kind: 'script', path: opened.argument, language, args: [], by }];
  }
  if (value.kind === 'text' && value.argument.certainty === 'exact') {
    return [{ kind: 'code', language, text: value.argument, by }];
  }
  if (value.kind === 'record' || value.kind === 'plain') return [];
  // FAIL-CLOSED: code that is computed could do anything.
  return [{ kind: 'opaque', explain: 'runs code that is computed' }];
}

/** What begins like a statement of SQL. */
const SQL =
  /^\s*(?:(?:--[^\n]*|\/\*[\s\S]*?\*\/)\s*)*(?:SELECT|INSERT|UPDATE|DELETE|DROP|TRUNCATE|ALTER|CREATE|MERGE|REPLACE|GRANT|REVOKE|WITH|COPY|CALL|EXEC|VACUUM|PRAGMA|RENAME|ATTACH|DETACH|REINDEX|REASSIGN|BEGIN|DO)\b/iu;

/** A text that certainly is one, and takes something away. */
export const DESTROYING_SQL =
  /^\s*(?:DROP\s+[A-Z]+\s+\S|DELETE\s+FROM\s+\S|TRUNCATE\s+\S|ALTER\s+[A-Z]+\s+\S|UPDATE\s+\S+\s+SET\b|GRANT\s+\S+\s+\S|REVOKE\s+\S+\s+\S)/iu;

export function sql(value: Value, program: Program): readonly Finding[] {
  if (value.kind === 'record' || value.kind === 'list' || value.kind === 'plain') return [];
  const text = argumentOf(value);
  if (isBlank(text)) return program.computedSql();
  if (!SQL.test(text.text)) return [];
  return [{ kind: 'sql', dialect: program.sql, text: { ...text, text: withParameters(text.text) }, by: program.by }];
}

/** `?`, `%s`, `:name`, `@name`: where a driver puts values; PostgreSQL's own is `$1`. Those in quotes are texts. */
function withParameters(text: string): string {
  const pattern =
    /'(?:[^'\\]|\\.|'')*'|"[^"]*"|`[^`]*`|(?<![\w:@?|&])(?:\?\d*|%s|%\(\w+\)s|[:@][A-Za-z_]\w*)(?![\w:?|&])/gu;
  return text.replace(pattern, (found) => (/^['"`]/u.test(found) ? found : '$1'));
}
