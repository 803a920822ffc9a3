/** What the text of a program is made of. Comments and blanks are gone; strings are told from code. */
export type Token = WordToken | StringToken | NumberToken | SignToken | LineToken;

export interface WordToken {
  readonly kind: 'word';
  /** With its sigil, where the language has them: `$x`, `@list`. */
  readonly text: string;
  readonly spaced: boolean;
}

/** A string, or a command in backticks. */
export interface StringToken {
  readonly kind: 'string';
  readonly parts: readonly StringPart[];
  /** The language runs it as a shell command: backticks of Ruby, Perl and PHP. */
  readonly runs: boolean;
  /** A list of words: `%w(a b)`, `qw(a b)`. */
  readonly words: boolean;
  /** Written in backticks: a template of JavaScript, which may have a tag. */
  readonly template: boolean;
  /** A pattern of file names, as Perl's `<*.log>`. */
  readonly pattern: boolean;
  readonly spaced: boolean;
}

/** What stands there, or code whose value stands there. */
export type StringPart = string | { readonly code: string };

export interface NumberToken {
  readonly kind: 'number';
  readonly text: string;
  readonly spaced: boolean;
}

export interface SignToken {
  readonly kind: 'sign';
  readonly text: string;
  readonly spaced: boolean;
}

export interface LineToken {
  readonly kind: 'line';
  readonly spaced: boolean;
}

export function isSign(token: Token | undefined, ...texts: readonly string[]): boolean {
  return token?.kind === 'sign' && texts.includes(token.text);
}

export function isWord(token: Token | undefined, ...texts: readonly string[]): boolean {
  return token?.kind === 'word' && texts.includes(token.text);
}
