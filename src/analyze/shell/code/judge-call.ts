import type { Finding, Language } from '../finding.js';
import { files, isRecursive, opened } from './judge-files.js';
import { judgeHttp } from './judge-http.js';
import { judgeRemote } from './judge-remote.js';
import { code, eachWord, listed, shell, sql, words } from './judge-runs.js';
import { DANGEROUS_MODULE, doingOf, type Known } from './known-calls.js';
import { canonical } from './paths.js';
import type { Program } from './program.js';
import { type Call, eachOf, elementOf, UNKNOWN, type Value } from './value.js';

/** What one call of a program does. */
export function judgeCall(given: Call, program: Program): readonly Finding[] {
  const call = meant(given, program);
  if (DANGEROUS_MODULE.test(call.path)) {
    // FAIL-CLOSED: a function that nobody knows of a module that can remove files and start programs waits for a person.
    return [{ kind: 'opaque', explain: `calls a function of ${call.path.slice(0, -2)} whose name is computed` }];
  }
  const known = doingOf(program.language, call.path);
  const handed = call.args.flatMap((value, index) => handedOn(value, index, call, program));
  if (known === undefined) return [...handed, ...(judgeHttp(call) ?? judgeRemote(call))];
  return [...handed, ...judgeDoing(known, call, program)];
}

const BY_NAME: Readonly<Partial<Record<Language, RegExp>>> = {
  ruby: /(?:^|\.)(?:send|public_send|__send__)$/u,
  php: /^call_user_func$/u,
};

/** Calls by name: Ruby's `send(:system, ...)`, PHP's `call_user_func('exec', ...)`. */
function meant(call: Call, { language }: Program): Call {
  const pattern = BY_NAME[language];
  const [name, ...args] = call.args;
  if (pattern?.test(call.path) !== true || name === undefined) return call;
  const base = call.path.replace(pattern, '');
  const known = name.kind === 'text' && name.argument.certainty === 'exact' ? name.argument.text : '?';
  const global = /^(?:Object|Kernel|self)?$/u.test(base);
  // Of an object of the program's own nothing is to be feared.
  if (known === '?') return global && base !== '' ? { ...call, path: 'Kernel.?', args } : call;
  const path = global ? known : `${base}.${known}`;
  return { ...call, path: canonical(language, path), args };
}

/** `map(os.remove, files)`: a function that is given to another is called with what else there is. */
function handedOn(value: Value, index: number, call: Call, program: Program): readonly Finding[] {
  const callback =
    program.language === 'php' && /^(?:array_|iterator_|usort)/u.test(call.path) && value.kind === 'text';
  const path = value.kind === 'name' ? value.path : callback ? value.argument.text : '';
  // `await run(fs)`, `promisify(rm)`: only names with a dot are surely those of a library.
  if (!path.includes('.') && program.language !== 'php') return [];
  const known = doingOf(program.language, path);
  if (known === undefined || known.method || /^(?:sql|read|open)$/u.test(known.doing)) return [];
  const [over = call.target ?? UNKNOWN] = call.args.filter((_, other) => other !== index);
  return judgeDoing(known, { path, target: undefined, args: [elementOf(over)], named: new Map() }, program);
}

function judgeDoing({ doing, method }: Known, call: Call, program: Program): readonly Finding[] {
  const { language } = program;
  const [first, second] = call.args;
  const named = (...names: readonly string[]) =>
    names.map((name) => call.named.get(name)).find((one) => one !== undefined);
  const [subject, other] = method
    ? [call.target, first]
    : [first ?? named('path', 'file', 'src'), second ?? named('dst', 'dest')];
  // Perl and Ruby remove each of their arguments.
  const all = !method && (language === 'perl' || language === 'ruby') ? [subject, ...call.args.slice(1)] : [subject];
  switch (doing) {
    case 'delete':
      return all.flatMap((one) => files('delete', one, call, isRecursive(call)));
    case 'delete-all':
      return all.flatMap((one) => files('delete', one, call, true));
    case 'empty-folder':
      return files(isRecursive(call) ? 'delete' : 'empty', subject, call, isRecursive(call));
    case 'overwrite':
    case 'append':
    case 'read':
      return files(doing, subject, call);
    case 'modes': {
      // Perl's and Ruby's File: the mode stands first.
      const modeFirst = language === 'perl' || /^File(?:Utils)?\.ch/u.test(call.path);
      return (modeFirst ? call.args.slice(1) : [subject]).flatMap((one) => files('modes', one, call));
    }
    case 'move':
      return [...files('move', subject, call), ...files('place', other, call)];
    case 'copy':
      return files('place', other, call);
    case 'open':
      return opened(call, program, subject, other);
    case 'shell':
      return eachOf(subject ?? UNKNOWN).flatMap((one) => shell(one, program));
    case 'words':
      return eachOf(first ?? named('args', 'cmd') ?? UNKNOWN).flatMap((one) => words(one, program));
    case 'program':
      return words({ kind: 'list', items: [first ?? UNKNOWN, ...listed(second ?? named('args'))] }, program);
    case 'each-word':
      return eachWord(call.args, program);
    case 'code':
      return eachOf(first ?? (language === 'perl' ? undefined : UNKNOWN)).flatMap((one) => code(one, program));
    case 'sql':
      return eachOf(first).flatMap((one) => sql(one, program));
  }
}
