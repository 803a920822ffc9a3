/** Expands patterns as a shell does, against the folders as they are now (POSIX, XCU 2.14; bash without its options). */
import { messageOf } from '#base/errors';
import { type BytePath, bytesOfPath, joined } from './byte-path.js';
import { Folder, isMissing, realPath, statOf } from './folder.js';
import type { Pace } from './pace.js';
import { cannotKeep } from './planned.js';

/**
 * Every path that fits; the pattern itself when none does, as bash gives it to the command.
 *
 * @param pattern absolute and normalised.
 * @throws ProtectError `NOT_UNDOABLE` when a folder cannot be read.
 */
export async function expandPattern(pattern: BytePath, pace: Pace): Promise<readonly BytePath[]> {
  let paths: readonly BytePath[] = ['/'];
  for (const name of pattern.split('/').filter((part) => part !== '')) {
    const next: BytePath[] = [];
    for (const path of paths) next.push(...(await below(path, name, pace)));
    paths = next;
  }
  return paths.length > 0 ? paths : [pattern];
}

async function below(folder: BytePath, name: BytePath, pace: Pace): Promise<readonly BytePath[]> {
  await pace.step();
  if (!/[*?[\\]/.test(name)) {
    const path = joined(folder, name);
    return statOf(bytesOfPath(path)) === undefined ? [] : [path];
  }
  const real = realPath(folder);
  if (real === undefined) return [];
  const fits = matcher(name);
  let opened: Folder;
  try {
    opened = Folder.open(real);
  } catch (error) {
    if (isMissing(error)) return [];
    throw cannotKeep(folder, `cannot be read: ${messageOf(error)}`);
  }
  try {
    return opened
      .names()
      .filter(fits)
      .map((found) => joined(folder, found));
  } finally {
    opened.close();
  }
}

/**
 * Whether a name fits. A backslash is taken both ways, as one that quotes and as one that stands for itself: what is kept
 * besides harms nobody.
 */
export function matcher(pattern: BytePath): (name: BytePath) => boolean {
  const ways = [expressionOf(pattern, true), expressionOf(pattern, false)];
  const dots = /^\\?\./.test(pattern);
  return (name) => {
    // A name's first dot is matched by a dot only.
    if (name.startsWith('.') && !dots) return false;
    const text = Buffer.from(name, 'latin1').toString('utf8');
    // What is no text is matched byte by byte.
    const shown = Buffer.from(text, 'utf8').toString('latin1') === name ? text : name;
    return ways.some((way) => way.test(shown));
  };
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{N}',
  alpha: '\\p{L}',
  ascii: '\\x00-\\x7f',
  blank: ' \\t',
  cntrl: '\\p{Cc}',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: '\\p{Ll}',
  print: '\\x20-\\x7e',
  punct: '\\p{P}\\p{S}',
  space: '\\s',
  upper: '\\p{Lu}',
  word: '\\p{L}\\p{N}_',
  xdigit: '0-9A-Fa-f',
};

function expressionOf(pattern: BytePath, quotes: boolean): RegExp {
  const text = Buffer.from(pattern, 'latin1').toString('utf8');
  let out = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '*') out += '.*';
    else if (char === '?') out += '.';
    else if (char === '\\' && quotes && at + 1 < text.length) {
      at += 1;
      out += literal(text[at] ?? '');
    } else if (char === '[') {
      const set = bracketAt(text, at);
      out += set?.expression ?? '\\[';
      at = set?.last ?? at;
    } else out += literal(char);
  }
  try {
    return new RegExp(`^(?:${out})$`, 'su');
  } catch {
    // A range that is upside down fits nothing in a shell; here it fits everything: what is kept besides harms nobody.
    return /^/;
  }
}

/** The bracket expression that begins here (XBD 9.3.5); undefined when it has no end. */
function bracketAt(text: string, start: number): { readonly expression: string; readonly last: number } | undefined {
  // Shells differ in what a range from or to a class is. Here it is anything: what is kept besides harms nobody.
  if (/-\[[:.=]|[:.=]\]-/.test(text.slice(start))) return { expression: '.*', last: text.length - 1 };
  let at = start + 1;
  const negated = text[at] === '!' || text[at] === '^';
  if (negated) at += 1;
  let out = '';
  for (let first = true; at < text.length; first = false) {
    const char = text[at] ?? '';
    if (char === ']' && !first) return { expression: `[${negated ? '^' : ''}${out}]`, last: at };
    const [whole, kind, inner] = /^\[([:.=])([^\]]*)\1\]/u.exec(text.slice(at)) ?? [];
    if (whole !== undefined && inner !== undefined) {
      out += kind === ':' ? (CLASSES[inner] ?? '') : [...inner].map(literalInSet).join('');
      at += whole.length;
    } else {
      const escaped = char === '\\' && at + 1 < text.length;
      const own = escaped ? (text[at + 1] ?? '') : char;
      out += own === '-' && !escaped ? '-' : literalInSet(own);
      at += escaped ? 2 : 1;
    }
  }
  return undefined;
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

function literalInSet(char: string): string {
  return char === '-' ? '\\-' : literal(char);
}
