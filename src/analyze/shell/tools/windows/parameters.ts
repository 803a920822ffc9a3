import { type Argument, exactly } from '../../argument.js';

export interface Parameters {
  readonly operands: readonly Argument[];
  has(name: string): boolean;
  value(name: string): Argument | undefined;
}

/** Switches of the commands below: all other parameters take the next word. */
const SWITCHES =
  /^-(?:r|re|rec|recu|recur|recurs|recurse|fo|for|forc|force|whatif|wi|confirm|cf|verbose|vb|debug|db|passthru|asjob|nonewline|append|noclobber|container|allowclobber|removedata|removeoem|zeroou?temptyspace|full|quick|online|offline|allusers|expand)(?::\$?\w+)?$/iu;

/** Parameters of PowerShell begin with one dash, may be shortened, in either case of letters. */
export function parametersOf(args: readonly Argument[]): Parameters {
  const operands: Argument[] = [];
  const named = new Map<string, Argument | undefined>();
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (word === undefined) break;
    if (!/^-[A-Za-z]/u.test(word.text)) {
      operands.push(word);
      continue;
    }
    const key = word.text.slice(1).toLowerCase().replace(/:.*$/u, '');
    if (SWITCHES.test(word.text)) named.set(key, undefined);
    else {
      named.set(key, args[at + 1]);
      at += 1;
    }
  }
  const keyOf = (name: string) =>
    [...named.keys()].find((key) => key.length >= 2 && name.startsWith(key)) ?? (named.has(name) ? name : undefined);
  return {
    operands: operands.flatMap(split),
    has: (name) => keyOf(name) !== undefined || (name === 'recurse' && named.has('r')),
    value: (name) => named.get(keyOf(name) ?? ''),
  };
}

/** `a,b`: a list of several. */
export function split(word: Argument): readonly Argument[] {
  if (!word.text.includes(',')) return [word];
  return word.text
    .split(',')
    .flatMap((text) => (text === '' ? [] : [word.certainty === 'exact' ? exactly(text) : { ...word, text }]));
}

export function pathsOf(given: Parameters): readonly Argument[] {
  const named = given.value('path') ?? given.value('literalpath');
  return named === undefined ? given.operands : split(named);
}
