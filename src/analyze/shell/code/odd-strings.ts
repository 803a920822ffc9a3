/** Strings that are not just something between two quotes: prefixes, here-documents, delimiters of one's choice. */
import { readString } from './strings.js';
import type { Syntax } from './syntax.js';
import type { StringPart } from './token.js';

export interface OddString {
  readonly parts: readonly StringPart[];
  readonly end: number;
  readonly runs?: boolean | undefined;
  readonly words?: boolean | undefined;
  readonly pattern?: boolean | undefined;
  /** Of a here-document: where the lines go on behind it. */
  readonly resume?: number | undefined;
}

export interface Place {
  readonly text: string;
  readonly at: number;
  readonly syntax: Syntax;
  /** A value may stand here. */
  readonly value: boolean;
  /** Where the here-documents that this line has begun so far end. */
  readonly afterHereDocument: number | undefined;
}

const PYTHON = /([rbfutRBFUT]{0,2})('''|"""|'|")/y;
const PERCENT = /%([qQwWiIxr]?)([([{<|!/])/y;
const PERL = /(qq|qw|qx|qr|tr|[qmsy])(?:\s{0,9}([([{<])|([^\w\s,;)=]))/y;
const PERL_GLOB = /<([^<>\s=*?$]{0,200}[*?$][^<>\s=]{0,200})>/y;
const PAIRS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/** @returns `broken` when it does not end; undefined when there is none here. */
export function readOddString(place: Place): OddString | 'broken' | undefined {
  const { syntax } = place;
  if (syntax.python === true) return python(place);
  return (
    (syntax.hereDocument === undefined ? undefined : hereDocument(place, syntax.hereDocument)) ??
    (syntax.percent === true && place.value ? percent(place) : undefined) ??
    (syntax.perl === true ? perl(place) : undefined)
  );
}

function find(pattern: RegExp, { text, at }: Place): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function python(place: Place): OddString | 'broken' | undefined {
  const found = find(PYTHON, place);
  if (found === undefined) return undefined;
  const [whole, prefix = '', close = ''] = found;
  return (
    readString(place.text, place.at + whole.length, {
      close,
      escapes: /r/iu.test(prefix) ? 'none' : 'all',
      interpolates: /f/iu.test(prefix) ? 'brace' : undefined,
      oneLine: close.length === 1,
    }) ?? 'broken'
  );
}

function hereDocument(place: Place, begins: RegExp): OddString | 'broken' | undefined {
  const found = find(begins, place);
  if (found === undefined) return undefined;
  const [whole, quote = '', name = ''] = found;
  const { text, at, syntax } = place;
  const line = text.indexOf('\n', at);
  const from = place.afterHereDocument ?? (line < 0 ? text.length : line + 1);
  const close = new RegExp(`^[ \\t]*${name}\\b`, 'gmu');
  close.lastIndex = from;
  const end = close.exec(text);
  if (end === null) return 'broken';
  const body = text.slice(from, end.index);
  const interpolates = quote === "'" ? undefined : syntax.quotes['"']?.interpolates;
  const read = readString(`${body}\0`, 0, {
    close: '\0',
    escapes: quote === "'" ? 'none' : 'all',
    interpolates,
  });
  const nextLine = text.indexOf('\n', close.lastIndex);
  return {
    parts: read?.parts ?? [body],
    end: at + whole.length,
    runs: quote === '`',
    resume: nextLine < 0 ? text.length : nextLine,
  };
}

function percent(place: Place): OddString | 'broken' | undefined {
  const found = find(PERCENT, place);
  if (found === undefined) return undefined;
  const [whole, kind = '', open = ''] = found;
  const plain = /[qwi]/u.test(kind);
  const body = readString(place.text, place.at + whole.length, {
    open,
    close: PAIRS[open] ?? open,
    escapes: plain ? 'own' : 'all',
    interpolates: plain ? undefined : 'hash',
  });
  if (body === undefined) return 'broken';
  return { ...body, parts: kind === 'r' ? [{ code: '' }] : body.parts, runs: kind === 'x', words: /[wi]/iu.test(kind) };
}

function perl(place: Place): OddString | 'broken' | undefined {
  const behindName = /(?:^|[^\w$@%])[a-z_]+\s+$/u.test(place.text.slice(Math.max(0, place.at - 32), place.at));
  const glob = place.value || behindName ? find(PERL_GLOB, place) : undefined;
  if (glob !== undefined) {
    const body = readString(`${glob[1]}\0`, 0, { close: '\0', escapes: 'all', interpolates: 'sigil' });
    return { parts: body?.parts ?? [], end: place.at + glob[0].length, pattern: true };
  }
  const before = place.text[place.at - 1] ?? '';
  if (/[\w$@%>-]/u.test(before)) return undefined;
  const found = find(PERL, place);
  if (found === undefined) return undefined;
  const [whole, kind = ''] = found;
  const open = found[2] ?? found[3] ?? '';
  // `$h{s}`: a name.
  if (open === '}') return undefined;
  const close = PAIRS[open] ?? open;
  const interpolates = kind === 'q' || kind === 'qw' || open === "'" ? undefined : 'sigil';
  const body = readString(place.text, place.at + whole.length, { open, close, escapes: 'own', interpolates });
  if (body === undefined) return 'broken';
  if (kind === 'q' || kind === 'qq') return body;
  if (kind === 'qx' || kind === 'qw') return { ...body, runs: kind === 'qx', words: kind === 'qw' };
  return pattern(place.text, kind, open, body.end);
}

/** A pattern, and of a replacement what replaces: with the flag `e` it is code. */
function pattern(text: string, kind: string, open: string, end: number): OddString | 'broken' {
  let at = end;
  const codes: StringPart[] = [{ code: '' }];
  let replacement = '';
  if (kind === 's' || kind === 'tr' || kind === 'y') {
    let next = open;
    if (PAIRS[open] !== undefined) {
      while (/\s/u.test(text[at] ?? '')) at += 1;
      next = text[at] ?? '';
      at += 1;
    }
    const second = readString(text, at, { open: next, close: PAIRS[next] ?? next, escapes: 'own' });
    if (second === undefined) return 'broken';
    replacement = second.parts.join('');
    at = second.end;
  }
  const flags = /^[a-z]*/u.exec(text.slice(at, at + 16))?.[0] ?? '';
  if (kind === 's' && flags.includes('e')) codes.push({ code: replacement });
  return { parts: codes, end: at + flags.length };
}
