import type { Argument } from '../../argument.js';
import { exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import type { Tool } from '../../tool.js';
import { readInput, script } from './sql-client.js';
import { readSqlText, type SqlSource } from './sql-text.js';

/** Options of sqlite3 and duckdb with how many words they take. All begin with one dash or two. */
const TAKES: Readonly<Record<string, number>> = {
  cmd: 1,
  init: 1,
  separator: 1,
  nullvalue: 1,
  newline: 1,
  vfs: 1,
  mmap: 1,
  heap: 1,
  maxsize: 1,
  nonce: 1,
  escape: 1,
  lookaside: 2,
  pagecache: 2,
  c: 1,
  s: 1,
  f: 1,
  'storage-version': 1,
};

export const sqlite: Tool = { names: ['sqlite3', 'sqlite', 'duckdb', 'sqlcipher'], judge };

function judge({ name, args, input }: Invocation): readonly Finding[] {
  const texts: Argument[] = [];
  const scripts: Argument[] = [];
  const operands: Argument[] = [];
  let readOnly = false;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (word === undefined) break;
    const option = /^--?([a-z][\w-]*)$/u.exec(word.text)?.[1];
    if (option === undefined) {
      operands.push(word);
      continue;
    }
    if (option === 'help' || option === 'version') return [];
    if (option === 'readonly') readOnly = true;
    const takes = Object.hasOwn(TAKES, option) ? (TAKES[option] ?? 0) : 0;
    const value = args[at + 1];
    if (value !== undefined && /^(?:cmd|c|s)$/u.test(option)) texts.push(value);
    if (value !== undefined && /^(?:init|f)$/u.test(option)) scripts.push(value);
    at += takes;
  }
  const [file, ...statements] = operands;
  const kept = file !== undefined && !/^(?::memory:)?$/u.test(file.text);
  const source: SqlSource = {
    dialect: 'sqlite',
    commands: 'dot',
    by: name,
    // A database in memory is gone with the command.
    readOnly: readOnly || !kept,
    ...(kept ? { file } : {}),
  };
  // A person's own databases (mail, history, messages) are told from others by where they lie.
  const read: readonly Finding[] =
    kept && file.text.startsWith('/') ? [{ kind: 'files', act: 'read', path: file, recursive: false }] : [];
  const interactive = statements.length === 0 && texts.length === 0;
  return [
    ...read,
    ...[...texts, ...statements].flatMap((text) => readSqlText(text, source)),
    ...scripts.map((path) => script(path, source)),
    ...(interactive ? readInput(input, source) : []),
  ];
}

/** `sqlite-utils` (its reference, "CLI Reference"). Everything else adds or looks at something. */
export const sqliteUtils: Tool = {
  names: ['sqlite-utils'],
  judge: ({ name, args }) => {
    const words = args.filter(({ text }) => !text.startsWith('-'));
    const [command, file, ...rest] = words;
    const source: SqlSource = { dialect: 'sqlite', by: name, ...(file === undefined ? {} : { file }) };
    switch (command?.text) {
      case 'drop-table':
      case 'drop-view':
        return rest.flatMap((table) =>
          readSqlText(exactly(`DROP ${command.text.slice(5).toUpperCase()} "${table.text}"`), source),
        );
      case 'query':
        return rest.slice(0, 1).flatMap((text) => readSqlText(text, source));
      case 'transform':
      case 'extract':
      case 'convert':
      case 'rename-table':
        return file === undefined ? [] : [{ kind: 'files', act: 'edit', path: file, recursive: false }];
      default:
        // `sqlite-utils data.db 'select ...'`
        return command !== undefined && /\.(?:db|sqlite3?)$/u.test(command.text) && file !== undefined
          ? readSqlText(file, { dialect: 'sqlite', by: name, file: command })
          : [];
    }
  },
};
