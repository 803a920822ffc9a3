/** One word of a command after the shell's expansions, as far as its text tells. */
export interface Argument {
  /** What the command is given. Each part that nobody knows is one `UNKNOWN_PART`. */
  readonly text: string;
  /**
   * `exact`: `text` is what the command is given. `pattern`: it holds unquoted `*`, `?` or `[...]`, which the shell expands
   * against the folder. `unknown`: some of it is not known; unquoted, it may also be several words, or none.
   */
  readonly certainty: 'exact' | 'pattern' | 'unknown';
  /** Of a pattern: it stands for one of the names that fit, and no longer for the pattern's own characters. */
  readonly expanded?: true | undefined;
  /** It may also be nothing at all: the output of a command that may fail. */
  readonly perhapsEmpty?: true | undefined;
  /** As it was written, for people. */
  readonly written: string;
}

/** Stands for what nobody knows inside a text. A NUL cannot be part of an argument (execve(2)). */
export const UNKNOWN_PART = '\u0000';

export function exactly(text: string): Argument {
  return { text, certainty: 'exact', written: text };
}

/** A word of which nothing is known. */
export function unknownArgument(written: string): Argument {
  return { text: UNKNOWN_PART, certainty: 'unknown', written };
}

/** A word that the shell has expanded: a pattern stands for one of the names that fit. */
export function fitting(argument: Argument): Argument {
  return argument.certainty === 'pattern' ? { ...argument, expanded: true } : argument;
}

/** Words as parameters: behind one that may be several words, or none, nobody knows which is which. */
export function positions(words: readonly Argument[]): readonly Argument[] {
  const doubt = words.findIndex(
    ({ certainty, expanded }) => certainty === 'unknown' || (certainty === 'pattern' && expanded !== true),
  );
  return words.map((word, index) => (doubt >= 0 && index > doubt ? unknownArgument(word.written) : fitting(word)));
}

/** Its text when it is known; undefined otherwise. */
export function knownText(argument: Argument | undefined): string | undefined {
  return argument === undefined || argument.certainty === 'unknown' ? undefined : argument.text;
}
