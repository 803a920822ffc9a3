import { type Argument, exactly } from '../argument.js';
import type { FilesFinding, Finding, Language, SqlFinding } from '../finding.js';
import { judgeHttp } from './judge-http.js';
import { judgeRemote } from './judge-remote.js';
import { DANGEROUS_MODULE, type Doing, doingOf } from './known-calls.js';
import { argumentOf, type Call, eachOf, elementOf, isBlank, UNKNOWN, type Value } from './value.js';

/** What judging needs to know of the program around the call. */
export interface Program {
  readonly language: Language;
  /** Who runs it: `python`. */
  readonly by: string;
  readonly sql: SqlFinding['dialect'];
  /** Whatever a computed SQL text may be made of was asked for. */
  readonly computedSql: () => readonly Finding[];
  /** The same for a computed command. */
  readonly computedCommand: () => readonly Finding[];
}

/** Paths of which nothing is known are worth a finding only where something goes away. */
const LOSES: ReadonlySet<FilesFinding['act']> = new Set(['delete']);

/** What one call of a program does. */
export function judgeCall(call: Call, program: Program): readonly Finding[] {
  if (DANGEROUS_MODULE.test(call.path)) {
    // FAIL-CLOSED: a function that nobody knows of a module that can remove files and start programs waits for a person.
    return [{ kind: 'opaque', explain: `calls a function of ${call.path.slice(0, -2)} whose name is computed` }];
  }
  const doing = doingOf(program.language, call.path);
  const handed = call.args.flatMap((value, index) => handedOn(value, index, call, program));
  if (doing === undefined) return [...handed, ...(judgeHttp(call) ?? judgeRemote(call))];
  return [...handed, ...judgeDoing(doing, call, program)];
}

/** `map(os.remove, files)`: a function that is given to another is called with what else there is. */
function handedOn(value: Value, index: number, call: Call, program: Program): readonly Finding[] {
  if (value.kind !== 'name') return [];
  const doing = doingOf(program.language, value.path);
  if (doing === undefined || doing === 'sql' || doing === 'read' || doing === 'open' || value.path === 'Function')
    return [];
  // `await run(fs)`, `promisify(fs.rm)`: only names with a dot are surely those of a library.
  if (!value.path.includes('.')) return [];
  const others = call.args.filter((_, other) => other !== index);
  const [over = call.target ?? UNKNOWN] = others;
  const element = elementOf(over);
  return judgeDoing(doing, { path: value.path, target: undefined, args: [element], named: new Map() }, program);
}

function judgeDoing(doing: Doing, call: Call, program: Program): readonly Finding[] {
  const [first, second] = call.args;
  const [subject, other] = isMethod(call) ? [call.target, first] : [first ?? named(call, 'path', 'file'), second];
  switch (doing) {
    case 'delete':
      // Perl and Ruby remove each of their arguments.
      return [
        ...files('delete', subject, call, false),
        ...call.args.slice(1).flatMap((one) => moreFiles(one, call, program)),
      ];
    case 'delete-all':
      return files('delete', subject, call, true);
    case 'empty-folder':
      return files(isRecursive(call) ? 'delete' : 'empty', subject, call, isRecursive(call));
    case 'overwrite':
      return files('overwrite', subject, call, false);
    case 'append':
      return files('append', subject, call, false);
    case 'modes':
      return /^[a-z]+$/u.test(call.path) && program.language !== 'php'
        ? call.args.slice(1).flatMap((one) => files('modes', one, call, false))
        : files('modes', subject, call, false);
    case 'move':
      return [...files('move', subject, call, false), ...files('place', other, call, false)];
    case 'copy':
      return files('place', other, call, false);
    case 'read':
      return files('read', subject, call, false);
    case 'open':
      return opened(call, program, subject, other);
    case 'shell':
      return eachOf(subject).flatMap((one) => shell(one, program));
    case 'words':
      return eachOf(first ?? named(call, 'args', 'cmd')).flatMap((one) => words(one, program));
    case 'program':
      return words({ kind: 'list', items: [first ?? UNKNOWN, ...listed(second ?? named(call, 'args'))] }, program);
    case 'each-word':
      return eachWord(call.args, program);
    case 'code':
      return eachOf(first ?? (program.language === 'perl' ? undefined : UNKNOWN)).flatMap((one) => code(one, program));
    case 'sql':
      return eachOf(first).flatMap((one) => sql(one, program));
  }
}

function isMethod(call: Call): boolean {
  if (call.target === undefined || call.target.kind === 'name' || call.target.kind === 'made') return false;
  return !/^[a-zA-Z_]+(?:\.[a-zA-Z_$!]+)*$/u.test(call.path);
}

function named(call: Call, ...names: readonly string[]): Value | undefined {
  for (const name of names) {
    const value = call.named.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function isRecursive(call: Call): boolean {
  const options = call.args[1];
  return options?.kind === 'record' && options.entries.get('recursive') !== undefined;
}

function moreFiles(value: Value, call: Call, { language }: Program): readonly Finding[] {
  return (language === 'perl' || language === 'ruby') && value.kind !== 'record'
    ? files('delete', value, call, false)
    : [];
}

function files(
  act: FilesFinding['act'],
  subject: Value | undefined,
  call: Call,
  recursive: boolean,
): readonly Finding[] {
  return eachOf(subject).flatMap((value): readonly Finding[] => {
    if (value.kind === 'list') return value.items.flatMap((one) => files(act, one, call, recursive));
    // A number is an open file.
    if (value.kind === 'plain' || value.kind === 'record') return [];
    const path = argumentOf(value);
    if (isBlank(path) && !LOSES.has(act)) return [];
    return [{ kind: 'files', act, path: pathNamed(path, call), recursive }];
  });
}

function pathNamed(path: Argument, call: Call): Argument {
  return path.certainty === 'exact'
    ? path
    : { ...path, written: isBlank(path) ? `what ${call.path} is given` : path.written };
}

/** `open(path, mode)`. Perl: the mode may be part of the path, and a `|` starts a program. */
function opened(
  call: Call,
  program: Program,
  subject: Value | undefined,
  other: Value | undefined,
): readonly Finding[] {
  if (program.language === 'perl') {
    const [, mode, path] = call.args;
    const text = argumentOf(mode).text.trim();
    if (/^\|?-\|?$|^\|-$|^-\|$/u.test(text)) return words({ kind: 'list', items: call.args.slice(2) }, program);
    if (/^\|/u.test(text) || /\|$/u.test(text)) return shell(stripped(mode), program);
    if (/^\+?>>?|^\+</u.test(text)) {
      const act = text.includes('>>') ? 'append' : 'overwrite';
      return files(act, path ?? stripped(mode), call, false);
    }
    return files('read', path ?? stripped(mode), call, false);
  }
  if (call.path === 'IO.popen' || argumentOf(subject).text.startsWith('|')) return words(subject ?? UNKNOWN, program);
  const mode = argumentOf(other ?? named(call, 'mode'));
  if (mode.certainty !== 'exact') return other === undefined ? files('read', subject, call, false) : [];
  if (/^[wxc]|\+/u.test(mode.text)) return files('overwrite', subject, call, false);
  return files(mode.text.startsWith('a') ? 'append' : 'read', subject, call, false);
}

function stripped(value: Value | undefined): Value {
  if (value?.kind !== 'text') return UNKNOWN;
  return {
    kind: 'text',
    argument: { ...value.argument, text: value.argument.text.replace(/^\s*(?:\|-?|\+?[<>]+)\s*|\s*\|\s*$/gu, '') },
  };
}

function shell(value: Value, program: Program): readonly Finding[] {
  if (value.kind === 'list') return words(value, program);
  const text = argumentOf(value);
  return isBlank(text) ? program.computedCommand() : [{ kind: 'shell', text, by: program.by }];
}

function words(value: Value, program: Program): readonly Finding[] {
  if (value.kind !== 'list') return shell(value, program);
  const items = value.items.map(wordOf);
  const [first] = items;
  if (first === undefined) return [];
  return isBlank(first) ? program.computedCommand() : [{ kind: 'command', words: items, by: program.by }];
}

function eachWord(args: readonly Value[], program: Program): readonly Finding[] {
  // An environment may stand first (Ruby), options last.
  const given = args.filter(({ kind }) => kind !== 'record');
  const [only] = given;
  if (only === undefined) return [];
  if (given.length > 1) return words({ kind: 'list', items: given.flatMap(listed) }, program);
  return eachOf(only).flatMap((one) => shell(one, program));
}

function listed(value: Value | undefined): readonly Value[] {
  return value === undefined || value.kind === 'record' ? [] : value.kind === 'list' ? value.items : [value];
}

function wordOf(value: Value): Argument {
  if (value.kind === 'name' && value.path === 'sys.executable') return exactly('python3');
  if (value.kind === 'name' && value.path === 'process.execPath') return exactly('node');
  return argumentOf(value);
}

function code(value: Value, program: Program): readonly Finding[] {
  if (value.kind === 'made' && /(?:^|\.)open\(\)\.read$/u.test(value.call.path)) {
    const opened = value.call.target?.kind === 'made' ? value.call.target.call.args[0] : undefined;
    if (opened?.kind === 'text') {
      return [{ kind: 'script', path: opened.argument, language: program.language, args: [], by: program.by }];
    }
  }
  if (value.kind === 'text' && value.argument.certainty === 'exact') {
    return [{ kind: 'code', language: program.language, text: value.argument, by: program.by }];
  }
  if (value.kind === 'record' || value.kind === 'plain') return [];
  // FAIL-CLOSED: code that is computed could do anything.
  return [{ kind: 'opaque', explain: 'runs code that is computed' }];
}

/** What begins like a statement of SQL. */
export const SQL =
  /^\s*(?:(?:--[^\n]*|\/\*[\s\S]*?\*\/)\s*)*(?:SELECT|INSERT|UPDATE|DELETE|DROP|TRUNCATE|ALTER|CREATE|MERGE|REPLACE|GRANT|REVOKE|WITH|COPY|CALL|EXEC|VACUUM|PRAGMA|RENAME|ATTACH|DETACH|REINDEX|REASSIGN|BEGIN|DO)\b/iu;

function sql(value: Value, program: Program): readonly Finding[] {
  const text = argumentOf(value);
  if (value.kind === 'record' || value.kind === 'list' || value.kind === 'plain') return [];
  if (isBlank(text)) return program.computedSql();
  return SQL.test(text.text) ? [{ kind: 'sql', dialect: program.sql, text, by: program.by }] : [];
}
