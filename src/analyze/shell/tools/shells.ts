import { exactly, knownText } from '../argument.js';
import type { Finding } from '../finding.js';
import type { Invocation } from '../invocation.js';
import { readOptions } from '../options.js';
import { setsUp } from '../output.js';
import type { Tool } from '../tool.js';

/** Shells: what they run is a text of their options, their input, or a file. */
export const shells: Tool = {
  names: ['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh', 'fish', 'csh', 'tcsh', 'rbash', 'yash'],
  judge: (invocation) => shell(invocation, invocation.name),
};

/** `. file`, `source file` */
export const sourcing: Tool = {
  names: ['.', 'source'],
  judge: ({ args, input }) => {
    const [path, ...rest] = args;
    if (path === undefined) return [];
    if (/^\/dev\/(?:fd\/[\d*]+|stdin)$/u.test(path.text))
      return substituted(path.written, 'source') ?? fed(input, 'source');
    return [{ kind: 'script', path, language: 'shell', args: rest, by: `source ${path.written}` }];
  },
};

function shell({ args, input }: Invocation, name: string): readonly Finding[] {
  const options = readOptions(args, { values: ['-o', '-O', '--rcfile', '--init-file'], stopAtOperand: true });
  if (options.has('--version', '--help') || (options.has('-n') && !options.has('-c'))) return [];
  const [first, ...rest] = options.operands;
  const startup = options
    .values('--rcfile', '--init-file')
    .map((path): Finding => ({ kind: 'script', path, language: 'shell', args: [], by: `${name} --rcfile` }));
  if (options.has('-c', '--command')) {
    if (first === undefined) return [];
    const wide = options.values('-O').filter(({ text }) => /glob/u.test(text));
    const text =
      wide.length === 0
        ? first
        : { ...first, text: `shopt -s ${wide.map((one) => one.text).join(' ')}; ${first.text}` };
    return [
      ...startup,
      { kind: 'shell', text, parameters: rest.length === 0 ? [exactly(name)] : rest, by: `${name} -c` },
    ];
  }
  if (first === undefined || options.has('-s') || first.text === '-') return [...startup, ...fed(input, name)];
  if (/^\/dev\/(?:fd\/[\d*]+|stdin)$/u.test(first.text)) {
    return substituted(first.written, name) ?? fed(input, name);
  }
  return [{ kind: 'script', path: first, language: 'shell', args: rest, by: `${name} ${first.written}` }];
}

/** `<(command)`: what a command prints; undefined for anything else. */
function substituted(written: string, name: string): readonly Finding[] | undefined {
  if (!written.startsWith('<(')) return undefined;
  const words = written.slice(2, -1).split(/\s+/u).map(exactly);
  const [program, ...args] = words;
  const plain = !/[|;&$`]/u.test(written) && program !== undefined;
  const invocation = { name: program?.text ?? '', args };
  return plain && setsUp(invocation) ? [] : [unread(name, program === undefined ? [] : [program.text])];
}

function fed(input: Invocation['input'], name: string): readonly Finding[] {
  switch (input.kind) {
    case 'inherited':
      return [];
    case 'text':
      return [{ kind: 'shell', text: input.text, by: name }];
    case 'file':
      return knownText(input.path) === '/dev/null'
        ? []
        : [{ kind: 'script', path: input.path, language: 'shell', args: [], by: `${name} < ${input.path.written}` }];
    case 'pipe':
      return [unread(name, input.from)];
  }
}

/** FAIL-CLOSED: what other programs print and a shell runs waits for a person. */
function unread(name: string, from: readonly string[] = []): Finding {
  return { kind: 'opaque', explain: `has ${name} run what ${from.at(0) ?? 'another command'} prints` };
}
