import type { ScriptFinding } from './finding.js';

/** A script's first line says what reads it (execve(2), "Interpreter scripts"). */
export function languageOf(text: string, given: ScriptFinding['language']): ScriptFinding['language'] {
  const [, program] = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(?:\S*\/)?([a-z]+)/u.exec(text) ?? [];
  return (program === undefined ? undefined : READERS.get(program)) ?? given;
}

const READERS = new Map<string, ScriptFinding['language']>([
  ...['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash'].map((name) => [name, 'shell'] as const),
  ...['node', 'deno', 'bun', 'tsx'].map((name) => [name, 'javascript'] as const),
  ['python', 'python'],
  ['ruby', 'ruby'],
  ['perl', 'perl'],
  ['php', 'php'],
]);
