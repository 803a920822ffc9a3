import { readEscape } from './escapes.js';
import type { Interpolation } from './syntax.js';
import type { StringPart } from './token.js';

/** The inside of a string, and where the text goes on behind its end. */
export interface StringBody {
  readonly parts: readonly StringPart[];
  readonly end: number;
}

export interface StringStyle {
  readonly close: string;
  /** For delimiters that nest: `q(a(b)c)`. */
  readonly open?: string | undefined;
  readonly escapes: 'all' | 'own' | 'none';
  readonly interpolates?: Interpolation | undefined;
  readonly oneLine?: boolean | undefined;
}

/** A variable in a string of Perl or PHP, with what is taken out of it: `$x`, `@{[ ... ]}`, `$x->{y}`. */
const SIGIL = /\$\{\s*(\w+)\s*\}|[$@]\w+(?:(?:->)?(?:\[[\w$]+\]|\{[\w$'"]+\}|(?<=->)\w+))*|\$[&!/\\,;.]/y;

/**
 * Reads a string from behind its opening delimiter.
 *
 * @returns undefined when it does not end.
 */
export function readString(text: string, from: number, style: StringStyle): StringBody | undefined {
  const { close, open, escapes, interpolates, oneLine } = style;
  const parts: StringPart[] = [];
  let literal = '';
  let depth = 0;
  let at = from;
  const addCode = (code: string, next: number) => {
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push({ code });
    at = next;
  };
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '\\' && escapes !== 'none') {
      const next = text[at + 1] ?? '';
      if (escapes === 'own') {
        literal += next === close || next === '\\' || next === open ? next : `\\${next}`;
        at += 2;
      } else {
        const { meant, length } = readEscape(text, at + 1);
        literal += meant;
        at += 1 + length;
      }
      continue;
    }
    if (text.startsWith(close, at) && depth === 0) {
      if (literal !== '') parts.push(literal);
      return { parts, end: at + close.length };
    }
    if (open !== undefined && open !== close) {
      if (character === open) depth += 1;
      if (character === close) depth -= 1;
    }
    if (oneLine === true && character === '\n') return undefined;
    const code = interpolates === undefined ? undefined : interpolation(text, at, interpolates);
    if (code === undefined) {
      literal += character;
      at += 1;
    } else if (typeof code === 'string') {
      literal += code;
      at += 2;
    } else addCode(code.code, code.end);
  }
  return undefined;
}

/** Code at this place of a string; a text when it is an escaped brace; undefined when it is a character like any. */
function interpolation(
  text: string,
  at: number,
  style: Interpolation,
): { readonly code: string; readonly end: number } | string | undefined {
  const character = text[at];
  if (style === 'brace') {
    if (character === '}' && text[at + 1] === '}') return '}';
    if (character !== '{') return undefined;
    return text[at + 1] === '{' ? '{' : braced(text, at + 1);
  }
  if (style === 'sigil') {
    if (character === '{' && text[at + 1] === '$') return braced(text, at + 1);
    if (
      (character === '@' || character === '$') &&
      text[at + 1] === '{' &&
      !/^\{\s*\w+\s*\}/u.test(text.slice(at + 1, at + 80))
    ) {
      return braced(text, at + 2);
    }
    if (character !== '$' && character !== '@') return undefined;
    SIGIL.lastIndex = at;
    const found = SIGIL.exec(text);
    return found === null
      ? undefined
      : { code: found[1] === undefined ? found[0] : `$${found[1]}`, end: SIGIL.lastIndex };
  }
  const sigil = style === 'dollar' ? '$' : '#';
  return character === sigil && text[at + 1] === '{' ? braced(text, at + 2) : undefined;
}

/** What stands up to the brace that closes the one before `from`. Strings in it may hold braces. */
function braced(text: string, from: number): { readonly code: string; readonly end: number } {
  let depth = 1;
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\\') at += 1;
    else if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'" || character === '`') quote = character;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return { code: text.slice(from, at), end: at + 1 };
    }
  }
  return { code: text.slice(from), end: text.length };
}
