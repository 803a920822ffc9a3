import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

export interface ExecStyle {
  /** The words before the program that it starts: `run`, `exec`. Empty: it starts at once. */
  readonly words: readonly string[];
  /** Options with a value, before and behind these words. */
  readonly values: readonly string[];
  /** How many operands stand before the program: a profile, a service. */
  readonly skip?: number | undefined;
  /** Options that give a text for the shell instead: `--command`. */
  readonly shell?: readonly string[] | undefined;
}

/** A program that starts another with secrets in its environment, and has other commands besides. */
export function withExec(others: Tool, ...styles: readonly ExecStyle[]): Tool {
  return {
    names: others.names,
    judge: (invocation) => {
      for (const style of styles) {
        const found = started(invocation, style);
        if (found !== undefined) return found;
      }
      return others.judge(invocation);
    },
  };
}

function started({ args, name: by, input }: Invocation, style: ExecStyle): readonly Finding[] | undefined {
  const { words, values, skip = 0, shell = [] } = style;
  let rest = args;
  for (const word of words) {
    const before = readOptions(rest, { values: [...values, ...shell], stopAtOperand: true });
    if (before.operands[0]?.text !== word) return undefined;
    rest = before.operands.slice(1);
  }
  // Operands and options may mix before `--`; what is behind it is the program.
  const separator = rest.findIndex(({ text, certainty }) => text === '--' && certainty === 'exact');
  const own = readOptions(separator < 0 ? rest : rest.slice(0, separator), {
    values: [...values, ...shell],
    stopAtOperand: separator < 0 && skip === 0,
  });
  const text = own.value(...shell);
  if (text !== undefined) return [{ kind: 'shell', text, by }];
  const program = separator < 0 ? afterOperands(rest, skip, values) : rest.slice(separator + 1);
  return program.length === 0 ? [] : [{ kind: 'command', words: program, input, by }];
}

function afterOperands(args: readonly Argument[], skip: number, values: readonly string[]): readonly Argument[] {
  let rest = args;
  for (let left = skip; left >= 0; left -= 1) {
    rest = readOptions(rest, { values, stopAtOperand: true }).operands;
    if (left > 0) rest = rest.slice(1);
  }
  return rest;
}
