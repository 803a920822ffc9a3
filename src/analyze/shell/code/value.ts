import { type Argument, exactly, UNKNOWN_PART, unknownArgument } from '../argument.js';

/** What an expression of a program comes to, as far as its text tells. */
export type Value =
  | { readonly kind: 'text'; readonly argument: Argument }
  /** A number, a truth value or nothing, as JSON writes it. */
  | { readonly kind: 'plain'; readonly json: string }
  /** Something by its full name: `os`, `fs.rmSync`, `?.unlink`. */
  | { readonly kind: 'name'; readonly path: string; readonly target?: Value | undefined }
  /** What a call gives back. */
  | { readonly kind: 'made'; readonly call: Call }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'record'; readonly entries: ReadonlyMap<string, Value> }
  /** One of these, whichever. */
  | { readonly kind: 'some'; readonly of: readonly Value[] }
  | { readonly kind: 'unknown' };

/** A call somewhere in a program. */
export interface Call {
  /** The full name of what is called: `os.remove`, `pathlib.Path().unlink`, `?.deleteMany`. */
  readonly path: string;
  /** Of a method: what it is called on. */
  readonly target: Value | undefined;
  readonly args: readonly Value[];
  /** `shell=True`, `Bucket: 'x'` given without braces. */
  readonly named: ReadonlyMap<string, Value>;
}

export const UNKNOWN: Value = { kind: 'unknown' };
const MOST_OF_SOME = 24;

export function textValue(text: string): Value {
  if (!text.includes(UNKNOWN_PART)) return { kind: 'text', argument: exactly(text) };
  return { kind: 'text', argument: { text, certainty: 'unknown', written: text.replaceAll(UNKNOWN_PART, '...') } };
}

/** What it is as a word given to something. */
export function argumentOf(value: Value | undefined): Argument {
  if (value?.kind === 'text') return value.argument;
  if (value?.kind === 'plain') return exactly(value.json);
  return unknownArgument('a computed value');
}

/** All that it may be. */
export function eachOf(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : value.kind === 'some' ? value.of.flatMap(eachOf) : [value];
}

export function oneOf(values: readonly Value[]): Value {
  const all = values.flatMap(eachOf);
  const [first] = all;
  if (first === undefined) return UNKNOWN;
  if (all.length === 1) return first;
  if (all.length <= MOST_OF_SOME) return { kind: 'some', of: all };
  return { kind: 'some', of: [...all.slice(0, MOST_OF_SOME), UNKNOWN] };
}

/** What one element of it is. */
export function elementOf(value: Value): Value {
  switch (value.kind) {
    case 'list':
      return value.items.length === 0 ? UNKNOWN : oneOf(value.items);
    case 'some':
      return oneOf(value.of.map(elementOf));
    case 'text':
      return value.argument.certainty === 'pattern' ? value : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

/** One text behind the other. What has alternatives gives as many; of several such, the first only: the others are unknown. */
export function joined(values: readonly Value[]): Value {
  const alternatives = values.find(({ kind }) => kind === 'some');
  if (alternatives?.kind === 'some') {
    const others = (one: Value) =>
      values.map((value) => (value === alternatives ? one : value.kind === 'some' ? UNKNOWN : value));
    return oneOf(alternatives.of.map((one) => joined(others(one))));
  }
  const args = values.map(argumentOf);
  const text = args.map((one) => one.text).join('');
  const certainty = args.some((one) => one.certainty === 'unknown')
    ? 'unknown'
    : args.some((one) => one.certainty === 'pattern')
      ? 'pattern'
      : 'exact';
  const written = args.map((one) => (one.certainty === 'unknown' ? '...' : one.text)).join('');
  return { kind: 'text', argument: { text, certainty, written } };
}

/** True when nothing of the text is known. */
export function isBlank({ text }: Argument): boolean {
  return text.replaceAll(UNKNOWN_PART, '').trim() === '';
}

/** Its JSON; undefined when some of it is not known. */
export function jsonOf(value: Value): string | undefined {
  switch (value.kind) {
    case 'plain':
      return value.json;
    case 'text':
      return value.argument.certainty === 'exact' ? JSON.stringify(value.argument.text) : undefined;
    case 'list': {
      const items = value.items.map(jsonOf);
      return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
    }
    case 'record': {
      const entries = [...value.entries].map(([name, one]) => [name, jsonOf(one)] as const);
      if (entries.some(([, json]) => json === undefined)) return undefined;
      return `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
    }
    default:
      return undefined;
  }
}
