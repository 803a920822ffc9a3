/** Programs that run a text of their options, their input, or a file. */
import { type Argument, exactly, knownText } from '../../argument.js';
import type { Finding, Language, ScriptFinding } from '../../finding.js';
import type { Input, Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { isUnseen, isUnseenSubstitution, substitutedBy } from './unseen.js';

export interface Interpreter {
  readonly names: readonly string[];
  readonly language: Language;
  /** Options whose value is code. */
  readonly code: readonly string[];
  /** Other options that take the next word. */
  readonly values?: readonly string[] | undefined;
  /** With one of these it runs nothing of what it is given. */
  readonly shows?: readonly string[] | undefined;
  readonly singleDash?: boolean | undefined;
  /** Long options are written with one dash and mean nothing here: `-run`. */
  readonly judge?: ((invocation: Invocation) => readonly Finding[] | undefined) | undefined;
}

export function interpreter(given: Interpreter): Tool {
  return {
    names: given.names,
    judge: (invocation) => given.judge?.(invocation) ?? judgeInterpreter(given, invocation),
  };
}

export function judgeInterpreter(given: Interpreter, invocation: Invocation): readonly Finding[] {
  const { args, input, name } = invocation;
  // `node -pe`: the text is that of `-e`.
  const words = args.map((word) => (word.text === '-pe' && given.language === 'javascript' ? exactly('-e') : word));
  const options = readOptions(words, {
    values: [...given.code, ...(given.values ?? [])],
    stopAtOperand: true,
    singleDash: given.singleDash,
  });
  if (options.has('--help', '--version', ...(given.shows ?? []))) return [];
  const texts = options.values(...given.code);
  const by = name;
  if (texts.length > 0) {
    const text = texts.length === 1 ? texts[0] : lines(texts);
    return text === undefined
      ? []
      : [{ kind: 'code', language: given.language, text, args: options.operands, by: `${by} ${given.code[0] ?? ''}` }];
  }
  const [file, ...rest] = options.operands;
  if (file === undefined || file.text === '-' || /^\/dev\/(?:stdin|fd\/0)$/u.test(file.text)) {
    return fromInput(input, given.language, by);
  }
  const substituted = substitutedBy(file);
  if (substituted !== undefined) {
    // FAIL-CLOSED: a program out of the network, or decoded, could do anything; what else a substitution prints is as harmless as a file that nobody can read.
    return isUnseenSubstitution(substituted) || /^<\(\s*(?:echo|printf|cat\b[^)]*<<)/u.test(substituted)
      ? [{ kind: 'opaque', explain: `has ${by} run what ${substituted} gives` }]
      : [];
  }
  return [{ kind: 'script', path: file, language: given.language, args: rest, by: `${by} ${file.written}` }];
}

/** Code on the standard input. */
export function fromInput(input: Input, language: ScriptFinding['language'], by: string): readonly Finding[] {
  switch (input.kind) {
    case 'inherited':
      return [];
    case 'text':
      return language === 'shell' || language === 'sql' ? [] : [{ kind: 'code', language, text: input.text, by }];
    case 'file':
      return knownText(input.path) === '/dev/null'
        ? []
        : [{ kind: 'script', path: input.path, language, args: [], by: `${by} < ${input.path.written}` }];
    case 'pipe':
      // FAIL-CLOSED: a program out of the network, or decoded, could do anything.
      return isUnseen(input.from) || (input.from.length > 1 && /^(?:echo|printf)$/u.test(input.from[0] ?? ''))
        ? [{ kind: 'opaque', explain: `has ${by} run what ${input.from.join(', ')} gives` }]
        : [];
  }
}

/** Several texts are one program: `ruby -e a -e b`. */
function lines(texts: readonly Argument[]): Argument {
  const text = texts.map((one) => one.text).join('\n');
  if (texts.every(({ certainty }) => certainty !== 'unknown')) return exactly(text);
  return { text, certainty: 'unknown', written: texts.map(({ written }) => written).join(' ') };
}
