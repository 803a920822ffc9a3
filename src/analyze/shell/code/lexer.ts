import type { Language } from '../finding.js';
import { readOddString } from './odd-strings.js';
import { readString } from './strings.js';
import { type Quote, type Syntax, syntaxOf } from './syntax.js';
import type { StringPart, Token } from './token.js';

export interface Lexed {
  readonly tokens: readonly Token[];
  /** Some string does not end: what is taken for code may be text, and text for code. */
  readonly broken: boolean;
}

const NUMBER = /\d[\w.]*/y;
const SIGN =
  /===|!==|\*\*|\.\.\.|=>|->|::|\?\.|&\.|==|!=|<=|>=|&&|\|\||\+=|-=|\*=|\.=|:=|<<|>>|=~|!~|\|>|\/\/|[^\s\w]/uy;
const MOST_BROKEN = 24;
/** Words behind which a value stands, so that a slash begins a pattern. */
const BEFORE_VALUE =
  /^(?:return|if|unless|and|or|not|when|while|until|elsif|else|in|of|typeof|case|split|grep|map|do|then|puts|print|await|yield)$/u;

/** Cuts a program into tokens. Never throws; its time grows with the length of the text. */
export function lex(language: Language, text: string): Lexed {
  const syntax = syntaxOf(language);
  const tokens: Token[] = [];
  let broken = 0;
  let at = 0;
  let spaced = true;
  /** Where the lines go on behind the here-documents of this one. */
  let resume: number | undefined;
  const string = (parts: readonly StringPart[], given: Partial<Extract<Token, { kind: 'string' }>> = {}) =>
    tokens.push({
      kind: 'string',
      parts,
      runs: false,
      words: false,
      template: false,
      pattern: false,
      spaced,
      ...given,
    });
  // Each string that does not end costs a look at all of the rest.
  while (at < text.length && broken < MOST_BROKEN) {
    const character = text[at] ?? '';
    if (character === '\n') {
      tokens.push({ kind: 'line', spaced: true });
      at = resume ?? at + 1;
      resume = undefined;
      spaced = true;
      continue;
    }
    if (
      character === ' ' ||
      character === '\t' ||
      character === '\r' ||
      (character === '\\' && text[at + 1] === '\n')
    ) {
      at += character === '\\' ? 2 : 1;
      spaced = true;
      continue;
    }
    const comment = matchAny(syntax.comments, text, at);
    if (comment !== undefined) {
      at = comment;
      spaced = true;
      continue;
    }
    const value = startsValue(tokens.at(-1));
    const odd = readOddString({ text, at, syntax, value, afterHereDocument: resume });
    if (odd === 'broken') broken += 1;
    else if (odd !== undefined) {
      string(odd.parts, { runs: odd.runs === true, words: odd.words === true, pattern: odd.pattern === true });
      at = odd.end;
      resume = odd.resume ?? resume;
      spaced = false;
      continue;
    }
    const quote: Quote | undefined = Object.hasOwn(syntax.quotes, character) ? syntax.quotes[character] : undefined;
    if (quote !== undefined) {
      const body = readString(text, at + 1, { ...quote, close: character });
      if (body !== undefined) {
        string(body.parts, { runs: quote.runs === true, template: character === '`' });
        at = body.end;
        spaced = false;
        continue;
      }
      broken += 1;
    }
    if (character === '/' && syntax.regex === true && value) {
      const end = endOfRegex(text, at + 1);
      if (end !== undefined) {
        string([{ code: '' }]);
        at = end;
        spaced = false;
        continue;
      }
      broken += 1;
    }
    const token = plain(text, at, syntax, spaced);
    if (token === undefined) at += 1;
    else {
      tokens.push(token.token);
      at = token.end;
    }
    spaced = false;
  }
  return { tokens, broken: broken > 0 };
}

function plain(text: string, at: number, syntax: Syntax, spaced: boolean): { token: Token; end: number } | undefined {
  for (const [kind, pattern] of [
    ['word', syntax.word],
    ['number', NUMBER],
    ['sign', SIGN],
  ] as const) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null && found[0] !== '') return { token: { kind, text: found[0], spaced }, end: pattern.lastIndex };
  }
  return undefined;
}

function matchAny(patterns: readonly RegExp[], text: string, at: number): number | undefined {
  for (const pattern of patterns) {
    pattern.lastIndex = at;
    if (pattern.test(text) && pattern.lastIndex > at) return pattern.lastIndex;
  }
  return undefined;
}

/** True when a value may stand behind this token, and no operator. */
function startsValue(previous: Token | undefined): boolean {
  if (previous === undefined || previous.kind === 'line') return true;
  if (previous.kind === 'word') return BEFORE_VALUE.test(previous.text);
  return previous.kind === 'sign' && !/^[)\]}]$/u.test(previous.text);
}

function endOfRegex(text: string, from: number): number | undefined {
  let inClass = false;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\n') return undefined;
    if (character === '\\') at += 1;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) {
      while (/[a-z]/u.test(text[at + 1] ?? '')) at += 1;
      return at + 1;
    }
  }
  return undefined;
}
