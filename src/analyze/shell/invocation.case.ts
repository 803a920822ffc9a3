/** Invocations for tests of single tools: words apart at blanks, `'...'` and `"..."` kept together, `*` and `?` patterns, `$X` unknown. */
import { type Argument, exactly, UNKNOWN_PART } from './argument.js';
import type { Input, Invocation } from './invocation.js';

export function invoke(line: string, given: { readonly input?: Input; readonly folder?: string } = {}): Invocation {
  const words = [...line.matchAll(/'[^']*'|"[^"]*"|\S+/gu)].map(([word]) => argument(word));
  const [program = exactly(''), ...args] = words;
  return {
    name:
      program.text
        .split('/')
        .at(-1)
        ?.replace(/\.exe$/u, '') ?? '',
    program,
    args,
    folder: given.folder ?? '.',
    input: given.input ?? { kind: 'inherited' },
    variables: new Map(),
  };
}

function argument(word: string): Argument {
  if (/^['"]/u.test(word)) return { text: word.slice(1, -1), certainty: 'exact', written: word };
  if (word.includes('$')) return { text: word.replace(/\$\w+/gu, UNKNOWN_PART), certainty: 'unknown', written: word };
  return /[*?]/u.test(word) ? { text: word, certainty: 'pattern', written: word } : exactly(word);
}
