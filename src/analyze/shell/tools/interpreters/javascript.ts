import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { loadedByNode } from '../../variables.js';
import { fromInput, interpreter } from './interpreter.js';

const NODE_VALUES = [
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '--env-file',
  '--conditions',
  '-C',
  '--input-type',
  '--test-reporter',
  '--test-name-pattern',
  '--watch-path',
  '--icu-data-dir',
  '--title',
  '--inspect-port',
  '--max-old-space-size',
];

/** `-r FILE`, `--import data:...`: loaded before the program. */
function loading(tool: Tool): Tool {
  return {
    names: tool.names,
    judge: (invocation) => [
      ...loadedByNode(
        invocation.args.map(({ text }) => (/\s/u.test(text) ? text.replaceAll(/\s/gu, '%20') : text)).join(' '),
      ),
      ...tool.judge(invocation),
    ],
  };
}

const node = interpreter({
  names: ['node', 'nodejs', 'iojs'],
  language: 'javascript',
  code: ['-e', '--eval', '-p', '--print'],
  values: NODE_VALUES,
  shows: ['-v', '-h', '-c', '--check', '--v8-options', '--test', '--completion-bash'],
});

const typescript = interpreter({
  names: [
    'ts-node',
    'tsx',
    'esno',
    'swc-node',
    'ts-node-esm',
    'ts-node-dev',
    'babel-node',
    'vite-node',
    'jiti',
    'coffee',
    'zx',
  ],
  language: 'javascript',
  code: ['-e', '--eval', '-p', '--print'],
  values: [...NODE_VALUES, '-P', '--project', '-O', '--compiler-options', '-I', '-D', '--tsconfig'],
  shows: ['-v', '-h'],
});

/** `deno eval 'code'`, `deno run file`. */
const deno: Tool = {
  names: ['deno'],
  judge: ({ args, input, name }) => {
    const options = readOptions(args, {
      values: [
        '-c',
        '--config',
        '--import-map',
        '--ext',
        '-L',
        '--log-level',
        '--lock',
        '--cert',
        '--location',
        '--seed',
      ],
    });
    const [command, first, ...rest] = options.operands;
    switch (command?.text) {
      case 'eval':
        return first === undefined ? [] : [{ kind: 'code', language: 'javascript', text: first, by: 'deno eval' }];
      case 'run':
      case 'serve':
        if (first === undefined) return [];
        if (first.text === '-') return fromInput(input, 'javascript', name);
        return remote(first.text)
          ? []
          : [{ kind: 'script', path: first, language: 'javascript', args: rest, by: `deno run ${first.written}` }];
      case 'clean':
      case 'uninstall':
        return [];
      default:
        return command !== undefined && /\.[cm]?[jt]sx?$/u.test(command.text)
          ? [{ kind: 'script', path: command, language: 'javascript', args: [], by: `deno ${command.written}` }]
          : command === undefined
            ? fromInput(input, 'javascript', name)
            : [];
    }
  },
};

function remote(path: string): boolean {
  return /^(?:https?|jsr|npm):/u.test(path);
}

/**
 * `bun -e 'code'`, `bun file.ts`, `bun run file.ts`. Its scripts and packages are those of npm.
 *
 * @returns undefined: it is another of its commands.
 */
export function judgeBun(invocation: Invocation): readonly Finding[] | undefined {
  const { args } = invocation;
  const options = readOptions(args, {
    values: ['-e', '--eval', '-p', '--print', '--cwd', '--config', '-c', '-r', '--preload'],
    stopAtOperand: true,
  });
  const text = options.value('-e', '--eval', '-p', '--print');
  if (text !== undefined) return [{ kind: 'code', language: 'javascript', text, by: 'bun -e' }];
  const operands = options.operands[0]?.text === 'run' ? options.operands.slice(1) : options.operands;
  const [file, ...rest] = operands;
  if (file?.text === '-') return fromInput(invocation.input, 'javascript', 'bun');
  if (file === undefined || !/\.[cm]?[jt]sx?$/u.test(file.text)) return undefined;
  return [{ kind: 'script', path: file, language: 'javascript', args: rest, by: `bun ${file.written}` }];
}

export const JAVASCRIPT: readonly Tool[] = [loading(node), loading(typescript), deno];
