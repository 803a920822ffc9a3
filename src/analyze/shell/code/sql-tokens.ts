import type { SqlFinding } from '../finding.js';

export type Dialect = SqlFinding['dialect'];

/** A piece of a SQL text in any dialect. Comments and blanks are gone; what MySQL runs out of a comment is not. */
export interface SqlToken {
  /** `odd`: something that nobody can read for certain. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'sign' | 'end' | 'odd';
  /** Of names and strings: without quotes and escapes. */
  readonly text: string;
}

const BLANK = /[\s\ufeff]+/y;
const WORD = /[\p{L}_\0@:#$][\p{L}\p{N}_\0@$#]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iy;
const SIGN = /<=>|<>|!=|>=|<=|\|\||&&|::|:=|->>|->|[^\s\w]/uy;
const DOLLAR = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const LINE_COMMENT = /--[^\n]*/y;
const PLAIN_COMMENT = /\/\*[^!][\s\S]*?\*\/|\/\*\*\//y;
/** `/*!40000 ... *\/`: MySQL and MariaDB run what stands in it. */
const RUN_COMMENT = /\/\*(?:M?!)\d*/y;

/** Cuts a SQL text into tokens as its dialect does. Never throws; what does not end is `odd`. */
export function sqlTokens(text: string, dialect: Dialect): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  let running = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    return found === '' ? undefined : found;
  };
  const take = (kind: SqlToken['kind'], piece: string) => {
    tokens.push({ kind, text: piece });
    at += piece.length;
  };
  while (at < text.length) {
    const character = text[at] ?? '';
    const skipped = match(BLANK) ?? comment(dialect, text, at, match);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    if (dialect === 'mysql' && character === '/') {
      const runs = match(RUN_COMMENT);
      if (runs !== undefined) {
        at += runs.length;
        running += 1;
        continue;
      }
    }
    if (running > 0 && text.startsWith('*/', at)) {
      at += 2;
      running -= 1;
      continue;
    }
    if (character === ';' || (dialect === 'mysql' && /^\\[gG]/u.test(text.slice(at, at + 2)))) {
      take('end', character === ';' ? ';' : text.slice(at, at + 2));
      continue;
    }
    const quoted = readQuoted(text, at, dialect);
    if (quoted !== undefined) {
      tokens.push(quoted.token);
      at = quoted.end;
      continue;
    }
    const dollar = dialect === 'postgres' || dialect === 'other' ? match(DOLLAR) : undefined;
    if (dollar !== undefined) {
      const close = text.indexOf(dollar, at + dollar.length);
      tokens.push(
        close < 0 ? { kind: 'odd', text: dollar } : { kind: 'string', text: text.slice(at + dollar.length, close) },
      );
      at = close < 0 ? text.length : close + dollar.length;
      continue;
    }
    const number = match(NUMBER);
    const word = match(WORD);
    if (number !== undefined) take('number', number);
    else if (word !== undefined) take('word', word);
    else take('sign', match(SIGN) ?? character);
  }
  return tokens;
}

function comment(
  dialect: Dialect,
  text: string,
  at: number,
  match: (pattern: RegExp) => string | undefined,
): string | undefined {
  const character = text[at];
  if (character === '-') {
    // MySQL asks for a blank behind the two dashes (reference manual, 11.7).
    if (dialect === 'mysql' && !/^--(?:\s|$)/u.test(text.slice(at, at + 3))) return undefined;
    return match(LINE_COMMENT);
  }
  if (character === '/' && text[at + 1] === '*') {
    if (dialect === 'mysql' && /^\/\*M?!/u.test(text.slice(at, at + 4))) return undefined;
    if (dialect === 'postgres') return nested(text, at);
    return (
      match(PLAIN_COMMENT) ??
      (text.indexOf('*/', at + 2) < 0 ? text.slice(at) : text.slice(at, text.indexOf('*/', at + 2) + 2))
    );
  }
  if (character === '#' && dialect === 'mysql') return match(/#[^\n]*/y);
  return character === '#' && dialect === 'other' ? match(/#(?:\s[^\n]*|$)/y) : undefined;
}

/** PostgreSQL's comments nest. */
function nested(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith('/*', at)) {
      depth += 1;
      at += 1;
    } else if (text.startsWith('*/', at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return text.slice(from, at + 1);
    }
  }
  return text.slice(from);
}

function readQuoted(
  text: string,
  from: number,
  dialect: Dialect,
): { readonly token: SqlToken; readonly end: number } | undefined {
  const open = text[from] ?? '';
  const escaped = /^[eE]'/u.test(text.slice(from, from + 2)) && dialect === 'postgres';
  if (!escaped && !/^['"`[]$/u.test(open)) return undefined;
  if (open === '[' && (dialect === 'postgres' || dialect === 'mysql')) return undefined;
  if (open === '`' && dialect === 'postgres') return undefined;
  const close = open === '[' ? ']' : escaped ? "'" : open;
  const isName = open === '`' || open === '[' || (open === '"' && dialect !== 'mysql');
  const backslashes = escaped || (dialect === 'mysql' && !isName);
  let meant = '';
  let odd = false;
  for (let at = from + (escaped ? 2 : 1); at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\\' && !isName) {
      // Of the others, some read a backslash before a quote as an escape, and some do not.
      if (dialect === 'other' && /^['"]$/u.test(text[at + 1] ?? '')) odd = true;
      if (backslashes) {
        meant += text[at + 1] ?? '';
        at += 1;
        continue;
      }
    }
    if (character === close) {
      if (text[at + 1] === close) {
        meant += close;
        at += 1;
        continue;
      }
      return { token: { kind: odd ? 'odd' : isName ? 'name' : 'string', text: meant }, end: at + 1 };
    }
    meant += character;
  }
  return { token: { kind: 'odd', text: open }, end: text.length };
}
