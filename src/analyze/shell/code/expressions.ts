import type { Language } from '../finding.js';
import { canonical, memberPath } from './paths.js';
import type { StringToken, Token } from './token.js';
import { joined, textValue, UNKNOWN, type Value } from './value.js';

/** What a call is given. */
export interface Arguments {
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export function calleePath(language: Language, callee: Value): string {
  if (callee.kind === 'name') return canonical(language, callee.path);
  // PHP: `$f = 'system'; $f('ls')`.
  if (language === 'php' && callee.kind === 'text') return callee.argument.text;
  return memberPath(callee, '');
}

export function joinedOr(parts: readonly Value[]): Value {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : parts.length === 0 ? UNKNOWN : joined(parts);
}

/** `'...%s...' % value`. */
export function formatted(format: Value, given: Value): Value {
  if (format.kind !== 'text') return UNKNOWN;
  const values = given.kind === 'list' ? given.items : [given];
  const pieces = format.argument.text.split(/%(?:\(\w+\))?[-\d.]*[sdrif]/u);
  return joined(
    pieces.flatMap((piece, index) =>
      index === 0 ? [textValue(piece)] : [values[index - 1] ?? UNKNOWN, textValue(piece)],
    ),
  );
}

export function plainText({ parts }: StringToken): string | undefined {
  return parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : undefined;
}

/** For each opening bracket where its partner is; the end of the text when it has none. */
export function partnersOf(tokens: readonly Token[]): Int32Array {
  const partners = new Int32Array(tokens.length).fill(tokens.length);
  const open: { readonly at: number; readonly close: string }[] = [];
  const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'sign') continue;
    const close = Object.hasOwn(closing, token.text) ? closing[token.text] : undefined;
    if (close !== undefined) open.push({ at, close });
    else if (open.at(-1)?.close === token.text) partners[open.pop()?.at ?? 0] = at;
  }
  return partners;
}
