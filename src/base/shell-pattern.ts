/** The shell's patterns of file names (POSIX.1-2024, XCU 2.14): `*`, `?`, `[...]`, and no `**`. */

/** One name of a pattern as an expression over one name of a folder. A dot at the beginning must be written. */
export function namePattern(pattern: string): RegExp {
  let source = '';
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] ?? '';
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[') {
      const end = bracketEnd(pattern, index);
      if (end < 0) source += '\\[';
      else {
        source += bracket(pattern.slice(index + 1, end));
        index = end;
      }
    } else if (character === '\\' && index + 1 < pattern.length) {
      index += 1;
      source += escaped(pattern[index] ?? '');
    } else source += escaped(character);
  }
  const hidden = pattern.startsWith('.') ? '' : '(?!\\.)';
  return new RegExp(`^${hidden}${source}$`, 'su');
}

/** True when it holds a character that makes it a pattern. */
export function isPattern(text: string): boolean {
  return /[*?[]/u.test(text);
}

function bracketEnd(pattern: string, start: number): number {
  // A `]` right at the beginning stands for itself.
  const from = start + (/^\[[!^]?\]/u.test(pattern.slice(start)) ? pattern.indexOf(']', start) - start + 1 : 1);
  return pattern.indexOf(']', from);
}

function bracket(inside: string): string {
  const negated = /^[!^]/u.test(inside);
  const body = (negated ? inside.slice(1) : inside)
    .replace(/\[:(\w+):\]/gu, (_, name: string) => CLASSES.get(name) ?? '')
    .replace(/[\\[\]^]/gu, '\\$&');
  // An expression that we cannot build fits everything: whoever keeps copies keeps more then.
  try {
    const source = `[${negated ? '^' : ''}${body}]`;
    new RegExp(source, 'u');
    return source;
  } catch {
    return '.';
  }
}

const CLASSES = new Map([
  ['alnum', 'A-Za-z0-9'],
  ['alpha', 'A-Za-z'],
  ['digit', '0-9'],
  ['lower', 'a-z'],
  ['upper', 'A-Z'],
  ['space', ' \t\n'],
  ['punct', '!-/:-@'],
]);

function escaped(character: string): string {
  return /[.*+?^${}()|[\]\\/]/u.test(character) ? `\\${character}` : character;
}
