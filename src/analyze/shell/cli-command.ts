/** Patterns for the words of a command line: `s3 rm|rb`, `volume delete`, `** delete`. */

export interface CommandMatch {
  /** How many words the command's own words are; the others are what it is given. */
  readonly length: number;
  /** Some of these words are not known: it fits only if they turn out to be the right ones. */
  readonly guessed: boolean;
}

export type CommandPattern = (words: readonly CommandWord[]) => CommandMatch | undefined;

/** A word of a command; undefined when nobody knows it. */
export type CommandWord = string | undefined;

type Test = ((word: string) => boolean) | 'any number';

/**
 * Each word has its alternatives between `|`; `*` is any one word, `*-x` and `x-*` a word that ends or begins so, `**` any
 * number of words. Case counts.
 */
export function compileCommand(command: string): CommandPattern {
  const tests = command.split(' ').map(compileWord);
  const from = (words: readonly CommandWord[], test: number, at: number): CommandMatch | undefined => {
    const current = tests[test];
    if (current === undefined) return { length: at, guessed: false };
    if (current === 'any number') {
      let guess: CommandMatch | undefined;
      for (let skip = at; skip <= words.length; skip += 1) {
        const end = from(words, test + 1, skip);
        if (end !== undefined && !end.guessed) return end;
        guess ??= end;
      }
      return guess;
    }
    if (at >= words.length) return undefined;
    const word = words[at];
    if (word !== undefined && !current(word)) return undefined;
    const end = from(words, test + 1, at + 1);
    return end === undefined ? undefined : { length: end.length, guessed: end.guessed || word === undefined };
  };
  return (words) => from(words, 0, 0);
}

function compileWord(alternatives: string): Test {
  if (alternatives === '**') return 'any number';
  const exact = new Set<string>();
  const patterns: RegExp[] = [];
  for (const one of alternatives.split('|')) {
    if (!one.includes('*')) exact.add(one);
    else patterns.push(new RegExp(`^${one.replace(/[.+?^${}()[\]\\]/gu, '\\$&').replaceAll('*', '.*')}$`, 'u'));
  }
  return (word) => exact.has(word) || patterns.some((pattern) => pattern.test(word));
}
