import type { Language } from '../finding.js';
import type { Bindings } from './bindings.js';
import { member } from './member.js';
import { moduleName } from './paths.js';
import { isSign, isWord, type Token } from './token.js';
import { UNKNOWN, type Value } from './value.js';

/** Reads an import, or names taken out of a module. @returns where the text goes on; undefined when it is none. */
export function readImport(
  language: Language,
  tokens: readonly Token[],
  at: number,
  bindings: Bindings,
): number | undefined {
  const first = tokens[at];
  if (language === 'python') {
    if (isWord(first, 'import')) return pythonImport(tokens, at + 1, bindings);
    if (isWord(first, 'from')) return pythonFrom(tokens, at + 1, bindings);
    return undefined;
  }
  if (language !== 'javascript') return undefined;
  if (isWord(first, 'import') && !isSign(tokens[at + 1], '(', '.')) return javascriptImport(tokens, at + 1, bindings);
  return isWord(first, 'const', 'let', 'var') && isSign(tokens[at + 1], '{')
    ? destructuring(tokens, at + 1, bindings)
    : undefined;
}

function dotted(tokens: readonly Token[], from: number): { readonly path: string; readonly end: number } {
  let path = '';
  let at = from;
  for (;;) {
    const token = tokens[at];
    if (token?.kind === 'word' && !(path !== '' && !path.endsWith('.'))) path += token.text;
    else if (isSign(token, '.') && path !== '') path += '.';
    else return { path, end: at };
    at += 1;
  }
}

function pythonImport(tokens: readonly Token[], from: number, bindings: Bindings): number {
  let at = from;
  for (;;) {
    const { path, end } = dotted(tokens, at);
    at = end;
    if (path === '') return at;
    const alias = tokens[at + 1];
    if (isWord(tokens[at], 'as') && alias?.kind === 'word') {
      bindings.bind(alias.text, name(path));
      at += 2;
    }
    if (!isSign(tokens[at], ',')) return at;
    at += 1;
  }
}

function pythonFrom(tokens: readonly Token[], from: number, bindings: Bindings): number | undefined {
  const { path, end } = dotted(tokens, from);
  if (!isWord(tokens[end], 'import')) return undefined;
  let at = end + 1;
  const inBrackets = isSign(tokens[at], '(');
  if (inBrackets) at += 1;
  for (;;) {
    const token = tokens[at];
    if (token?.kind === 'line' && inBrackets) {
      at += 1;
      continue;
    }
    if (isSign(token, '*')) {
      for (const one of STARRED[path] ?? []) bindings.bind(one, name(`${path}.${one}`));
      return at + 1;
    }
    if (token?.kind !== 'word') return at;
    const alias = tokens[at + 2];
    const aliased = isWord(tokens[at + 1], 'as') && alias?.kind === 'word';
    bindings.bind(aliased ? alias.text : token.text, name(`${path}.${token.text}`));
    at += aliased ? 3 : 1;
    if (isSign(tokens[at], ',')) at += 1;
    else if (!inBrackets) return at;
  }
}

/** What `from x import *` brings that could do harm. */
const STARRED: Readonly<Record<string, readonly string[]>> = {
  os: [
    'remove',
    'unlink',
    'rmdir',
    'removedirs',
    'system',
    'popen',
    'rename',
    'replace',
    'truncate',
    'execv',
    'execvp',
  ],
  shutil: ['rmtree', 'move', 'copy', 'copyfile', 'copytree'],
  subprocess: ['run', 'call', 'check_call', 'check_output', 'Popen', 'getoutput'],
  pathlib: ['Path'],
};

function javascriptImport(tokens: readonly Token[], from: number, bindings: Bindings): number | undefined {
  let at = from;
  while (at < from + 400 && !isWord(tokens[at], 'from')) {
    const token = tokens[at];
    if (token?.kind === 'string' || token === undefined || isSign(token, ';', '(', '=')) return at;
    at += 1;
  }
  const path = stringAt(tokens, at + 1);
  if (path === undefined) return undefined;
  const module: Value = name(moduleName('javascript', path));
  for (let index = from; index < at; index += 1) {
    const token = tokens[index];
    if (isSign(token, '{')) {
      names(tokens, index, 'as', module, bindings);
      break;
    }
    if (token?.kind === 'word' && !isWord(token, 'type', 'as')) bindings.bind(token.text, module);
  }
  return at + 2;
}

/** `const { rm: r, unlink } = value`: the value is read by the reader, so only a module by name is looked into here. */
function destructuring(tokens: readonly Token[], open: number, bindings: Bindings): number | undefined {
  let close = open;
  while (close < open + 200 && tokens[close] !== undefined && !isSign(tokens[close], '}')) close += 1;
  if (!isSign(tokens[close], '}') || !isSign(tokens[close + 1], '=')) return undefined;
  let at = close + 2;
  while (isWord(tokens[at], 'await')) at += 1;
  const callee = tokens[at];
  let module: Value = UNKNOWN;
  if (isWord(callee, 'require', 'import') && isSign(tokens[at + 1], '(')) {
    const path = stringAt(tokens, at + 2);
    if (path !== undefined) module = name(moduleName('javascript', path));
  } else if (callee?.kind === 'word') module = bindings.valueOf(callee.text) ?? name(callee.text);
  names(tokens, open, ':', module, bindings);
  // `require('fs').promises`: the same names.
  return close + 2;
}

function names(tokens: readonly Token[], open: number, between: string, module: Value, bindings: Bindings): void {
  for (let at = open + 1; at < open + 400; at += 1) {
    const token = tokens[at];
    if (token === undefined || isSign(token, '}')) return;
    if (token.kind !== 'word') continue;
    const alias = tokens[at + 2];
    const follows = isSign(tokens[at + 1], between) || isWord(tokens[at + 1], between);
    const value = module.kind === 'unknown' ? module : member(module, token.text);
    if (follows && alias?.kind === 'word') {
      bindings.bind(alias.text, value);
      at += 2;
    } else bindings.bind(token.text, value);
  }
}

function stringAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at];
  const [only] = token?.kind === 'string' ? token.parts : [];
  return typeof only === 'string' ? only : undefined;
}

function name(path: string): Value {
  return { kind: 'name', path };
}
