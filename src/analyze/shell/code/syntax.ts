import type { Language } from '../finding.js';

/** How the texts of a language are cut into tokens. Patterns are sticky. */
export interface Syntax {
  readonly comments: readonly RegExp[];
  readonly quotes: Readonly<Record<string, Quote>>;
  readonly word: RegExp;
  /** Prefixes of strings, triple quotes. */
  readonly python?: boolean;
  /** `%w()`, `%q()`, `%x()`. */
  readonly percent?: boolean;
  /** `q()`, `qq()`, `qw()`, `qx()`, `m//`, `s///`, `tr///`. */
  readonly perl?: boolean;
  /** What begins a here-document. Groups: the quote, the name. */
  readonly hereDocument?: RegExp;
  /** `/.../` where a value may stand. */
  readonly regex?: boolean;
}

export interface Quote {
  /** `all`: escapes as in C. `own`: only of the quote and of the backslash. */
  readonly escapes: 'all' | 'own';
  readonly interpolates?: Interpolation | undefined;
  readonly runs?: boolean | undefined;
  readonly oneLine?: boolean | undefined;
}

/** `${x}`; `#{x}`; `$x`, `@x`, `${x}` and `{$x}`; `{x}` (f-strings). */
export type Interpolation = 'dollar' | 'hash' | 'sigil' | 'brace';

const HASH = /#[^\n]*/y;
const SLASHES = /\/\/[^\n]*/y;
const BLOCK = /\/\*[\s\S]*?(?:\*\/|$)/y;

const JAVASCRIPT: Syntax = {
  comments: [SLASHES, BLOCK, /^#![^\n]*/y, /<!--[^\n]*/y],
  quotes: {
    '"': { escapes: 'all', oneLine: true },
    "'": { escapes: 'all', oneLine: true },
    '`': { escapes: 'all', interpolates: 'dollar' },
  },
  word: /[\p{L}_$#][\p{L}\p{N}_$]*/uy,
  regex: true,
};

const SYNTAXES: Readonly<Record<Language, Syntax>> = {
  python: {
    comments: [HASH],
    quotes: { '"': { escapes: 'all', oneLine: true }, "'": { escapes: 'all', oneLine: true } },
    word: /[\p{L}_][\p{L}\p{N}_]*/uy,
    python: true,
  },
  javascript: JAVASCRIPT,
  ruby: {
    comments: [HASH, /(?<=^|\n)=begin\b[\s\S]*?(?:\n=end[^\n]*|$)/y, /(?<=^|\n)__END__\n[\s\S]*/y],
    quotes: {
      '"': { escapes: 'all', interpolates: 'hash' },
      "'": { escapes: 'own' },
      '`': { escapes: 'all', interpolates: 'hash', runs: true },
    },
    word: /(?:@@?|\$)?[\p{L}_][\p{L}\p{N}_]*[?!]?/uy,
    percent: true,
    hereDocument: /<<[~-]?(["'`]?)([A-Z_]\w*)\1/y,
    regex: true,
  },
  perl: {
    comments: [HASH, /(?<=^|\n)=[a-z]\w*\b[\s\S]*?(?:\n=cut[^\n]*|$)/y, /(?<=^|\n)__(?:END|DATA)__\n[\s\S]*/y],
    quotes: {
      '"': { escapes: 'all', interpolates: 'sigil' },
      "'": { escapes: 'own' },
      '`': { escapes: 'all', interpolates: 'sigil', runs: true },
    },
    word: /[$@]?\p{L}[\p{L}\p{N}_]*|[$@]?_[\p{L}\p{N}_]*|\$[\d&!@/\\,;.]/uy,
    perl: true,
    hereDocument: /<<~?(["']?)([A-Z_]\w*)\1/y,
    regex: true,
  },
  php: {
    comments: [/#(?!\[)[^\n]*/y, SLASHES, BLOCK],
    quotes: {
      '"': { escapes: 'all', interpolates: 'sigil' },
      "'": { escapes: 'own' },
      '`': { escapes: 'all', interpolates: 'sigil', runs: true },
    },
    word: /\$?[\p{L}_\\][\p{L}\p{N}_\\]*/uy,
    hereDocument: /<<<[ \t]*(["']?)([A-Za-z_]\w*)\1/y,
  },
  awk: {
    comments: [HASH],
    quotes: { '"': { escapes: 'all', oneLine: true } },
    word: /\$?[\p{L}_][\p{L}\p{N}_]*|\$\d+/uy,
    regex: true,
  },
  // Taken apart by other means; these only have to be safe.
  powershell: { ...JAVASCRIPT, comments: [HASH] },
  applescript: { ...JAVASCRIPT, comments: [/--[^\n]*/y, HASH], regex: false },
  // Lua, R, Elixir, Groovy: where their comments differ, a blank has to make it certain.
  other: {
    comments: [BLOCK, /--\[\[[\s\S]*?(?:\]\]|$)/y, /(?<=^|\s)(?:--|\/\/|#)(?=\s|!)[^\n]*/y],
    quotes: {
      '"': { escapes: 'all', interpolates: 'hash' },
      "'": { escapes: 'all' },
      '`': { escapes: 'own' },
    },
    word: /[\p{L}_][\p{L}\p{N}_]*[?!]?/uy,
  },
};

export function syntaxOf(language: Language): Syntax {
  return SYNTAXES[language];
}
