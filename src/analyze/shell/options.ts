import { type Argument, exactly } from './argument.js';

/** How a program reads its options. */
export interface OptionStyle {
  /** Options that take the next word as their value when it is not attached: `-o`, `--output`. */
  readonly values?: readonly string[] | undefined;
  /** Given: every long option takes the next word as its value, except these and `--no-...` (`aws`, `az`, `gcloud`). */
  readonly flags?: readonly string[] | undefined;
  /** Options begin with one dash and have long names (`-auto-approve`): no clusters of letters. */
  readonly singleDash?: boolean | undefined;
  /** The first operand ends the options: what follows belongs to another command. */
  readonly stopAtOperand?: boolean | undefined;
  /** `--rec` stands for `--recursive` (getopt_long(3)). */
  readonly abbreviations?: boolean | undefined;
}

export interface Options {
  /** True when one of these was given: `-r`, `--recursive`. */
  has(...names: readonly string[]): boolean;
  /** The last value given for one of these. */
  value(...names: readonly string[]): Argument | undefined;
  /** Every value given for one of these, in order. */
  values(...names: readonly string[]): readonly Argument[];
  /** Words that are neither options nor their values, in order. */
  readonly operands: readonly Argument[];
  /** Some word is unknown in a way that it could be an option. */
  readonly uncertain: boolean;
}

interface Given {
  readonly name: string;
  readonly value: Argument | undefined;
}

/** Reads options as getopt_long(3) does: clusters, attached values, `--name=value`, `--` ends them. */
export function readOptions(args: readonly Argument[], style: OptionStyle = {}): Options {
  const takesValue = valueTest(style);
  const given: Given[] = [];
  const operands: Argument[] = [];
  let uncertain = false;
  let index = 0;
  for (; index < args.length; index += 1) {
    const word = args[index];
    if (word === undefined) break;
    const { text } = word;
    if (word.certainty === 'unknown' && (text.startsWith('\u0000') || text.startsWith('-'))) uncertain = true;
    if (text === '--' && word.certainty === 'exact') {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (!text.startsWith('-') || text === '-') {
      operands.push(word);
      if (style.stopAtOperand === true) {
        operands.push(...args.slice(index + 1));
        break;
      }
      continue;
    }
    const equals = text.indexOf('=');
    if (text.startsWith('--') || style.singleDash === true) {
      const name = equals < 0 ? text : text.slice(0, equals);
      if (equals >= 0) given.push({ name, value: rest(word, equals + 1) });
      else if (takesValue(name, args[index + 1])) {
        given.push({ name, value: args[index + 1] });
        index += 1;
      } else given.push({ name, value: undefined });
      continue;
    }
    for (let at = 1; at < text.length; at += 1) {
      const name = `-${text[at]}`;
      if (!takesValue(name, undefined)) {
        given.push({ name, value: undefined });
        continue;
      }
      if (at + 1 < text.length) given.push({ name, value: rest(word, at + 1) });
      else {
        given.push({ name, value: args[index + 1] });
        index += 1;
      }
      break;
    }
  }
  const fits = (name: string, wanted: string) =>
    name === wanted ||
    (style.abbreviations === true && name.length > 3 && wanted.startsWith('--') && wanted.startsWith(name));
  const all = (names: readonly string[]) =>
    given.flatMap((one) => (one.value !== undefined && names.some((name) => fits(one.name, name)) ? [one.value] : []));
  return {
    has: (...names) => given.some((one) => names.some((name) => fits(one.name, name))),
    value: (...names) => all(names).at(-1),
    values: (...names) => all(names),
    operands,
    uncertain,
  };
}

function valueTest({ values = [], flags }: OptionStyle): (name: string, next: Argument | undefined) => boolean {
  const valued = new Set(values);
  if (flags === undefined) return (name) => valued.has(name);
  const bare = new Set(flags);
  return (name, next) =>
    valued.has(name) ||
    (name.startsWith('--') &&
      !bare.has(name) &&
      !name.startsWith('--no-') &&
      next !== undefined &&
      !/^-./u.test(next.text));
}

function rest(word: Argument, from: number): Argument {
  const text = word.text.slice(from);
  return word.certainty === 'exact' ? exactly(text) : { ...word, text };
}
