import { type Argument, exactly } from './argument.js';
import { type OptionStyle, type Options, readOptions } from './options.js';

/** Options of one command, where they differ from the program's own. */
export interface Below {
  readonly values?: readonly string[] | undefined;
  readonly flags?: readonly string[] | undefined;
}

/** How the words of a program with commands are told from its options and their values. */
export interface LineStyle {
  readonly values?: readonly string[] | undefined;
  readonly flags?: readonly string[] | undefined;
  readonly below?: Readonly<Record<string, Below>> | undefined;
  readonly singleDash?: boolean | undefined;
  readonly colons?: boolean | undefined;
}

export interface Line {
  readonly options: Options;
  /** The command's words and what it is given. */
  readonly operands: readonly Argument[];
  /** How many of them stand together before the first option of the command: no value of an option is among these. */
  readonly leading: number;
}

/** Global options, then the command's words with the options of that command. */
export function readLine(args: readonly Argument[], style: LineStyle): Line {
  const { values = [], flags, below = {}, singleDash } = style;
  const before = readOptions(args, { values, flags, singleDash, stopAtOperand: true });
  const [first, ...rest] = before.operands;
  if (first === undefined) return { options: before, operands: [], leading: 0 };
  const here = Object.hasOwn(below, first.text) ? below[first.text] : undefined;
  const taken = new Set(here?.flags ?? []);
  const own: OptionStyle = {
    values: [...values, ...(here?.values ?? [])].filter((one) => !taken.has(one)),
    flags,
    singleDash,
  };
  const after = readOptions(rest, own);
  const words = style.colons === true ? splitColons(first) : [first];
  const option = rest.findIndex(({ text }) => /^-./u.test(text));
  return {
    options: joined(before, after),
    operands: [...words, ...after.operands],
    leading: words.length + (option < 0 ? rest.length : option),
  };
}

function splitColons(word: Argument): readonly Argument[] {
  return word.certainty === 'unknown' ? [word] : word.text.split(':').map(exactly);
}

function joined(before: Options, after: Options): Options {
  return {
    has: (...names) => before.has(...names) || after.has(...names),
    value: (...names) => after.value(...names) ?? before.value(...names),
    values: (...names) => [...before.values(...names), ...after.values(...names)],
    operands: after.operands,
    uncertain: before.uncertain || after.uncertain,
  };
}
