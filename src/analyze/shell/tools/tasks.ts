/** Runners of tasks that a file of the project defines: the scripts of package.json, targets of make and just. */
import { type Argument, exactly } from '../argument.js';
import type { Finding } from '../finding.js';
import type { Invocation } from '../invocation.js';
import { readOptions } from '../options.js';
import type { Tool } from '../tool.js';
import { judgeBun } from './interpreters/javascript.js';
import { judgePackageManager } from './packages/npm.js';
import { withoutVersion } from './wrappers.js';

const FOLDERS = ['--prefix', '-C', '--dir', '--cwd', '-w', '--workspace', '--filter', '-F'];

const packageManager: Tool = {
  names: ['npm', 'pnpm', 'yarn', 'bun'],
  judge: (invocation) => {
    const { name, args, input } = invocation;
    const code = name === 'bun' ? judgeBun(invocation) : undefined;
    if (code !== undefined) return code;
    const options = readOptions(args, { values: FOLDERS, stopAtOperand: true });
    const folder = options.value('--prefix', '-C', '--dir', '--cwd');
    const [verb, ...rest] = options.operands;
    if (verb === undefined) return [];
    const runs = (task: Argument, given: readonly Argument[]): readonly Finding[] => [
      { kind: 'task', runner: 'npm', task, args: given, ...(folder === undefined ? {} : { folder }) },
    ];
    switch (verb.text) {
      case 'run':
      case 'run-script':
      case 'rum':
      case 'urn': {
        const inner = readOptions(rest, { values: FOLDERS, stopAtOperand: true });
        const [task, ...given] = inner.operands;
        if (task === undefined) return [];
        if (name === 'bun' && /[./]/u.test(task.text)) return script(task, given);
        return runs(task, afterDashes(given));
      }
      case 'test':
      case 't':
      case 'tst':
      case 'start':
      case 'stop':
      case 'restart':
        return runs(exactly(/^t(?:st)?$/u.test(verb.text) ? 'test' : verb.text), afterDashes(rest));
      case 'exec':
      case 'x':
      case 'dlx': {
        const inner = readOptions(rest, {
          values: ['-p', '--package', '-c', '--call', ...FOLDERS],
          stopAtOperand: true,
        });
        const text = inner.value('-c', '--call');
        if (text !== undefined) return [{ kind: 'shell', text, by: `${name} ${verb.text}` }];
        const words = inner.operands
          .filter(({ text: word }) => word !== '--')
          .map((word, index) => (index === 0 ? withoutVersion(word) : word));
        return words.length === 0 ? [] : [{ kind: 'command', words, by: `${name} ${verb.text}`, input }];
      }
      default: {
        if (name === 'bun' && /\.[cm]?[jt]sx?$/u.test(verb.text)) return script(verb, rest);
        const found = judgePackageManager(invocation);
        // `yarn clean` is `yarn run clean`; what is no script of the project finds nothing there.
        return found.length > 0 || name === 'npm' ? found : runs(verb, afterDashes(rest));
      }
    }
  },
};

function script(path: Argument, args: readonly Argument[]): readonly Finding[] {
  return [{ kind: 'script', path, language: 'javascript', args, by: `bun ${path.written}` }];
}

function afterDashes(args: readonly Argument[]): readonly Argument[] {
  return args.filter(({ text }, index) => text !== '--' || index > 0);
}

const make: Tool = {
  names: ['make', 'gmake', 'bmake'],
  judge: ({ args, input }) => {
    const options = readOptions(args, {
      values: [
        '-f',
        '-C',
        '-E',
        '-I',
        '-o',
        '-W',
        '--file',
        '--makefile',
        '--directory',
        '--include-dir',
        '--eval',
        '-j',
        '-l',
      ],
    });
    if (
      options.has('-n', '--just-print', '--dry-run', '--recon', '-q', '--question', '-v', '--version', '--help', '-h')
    )
      return [];
    const targets = options.operands.filter(({ text }) => !/^[A-Za-z_]\w*[:+?]?=|^\d+$/u.test(text));
    return [
      ...makeTexts(options, input),
      ...tasks(
        'make',
        targets,
        options.value('-C', '--directory'),
        options.value('-f', '--file', '--makefile'),
        options.operands,
      ),
    ];
  },
};

/** Variables of make whose value is a command. */
const COMMANDS = /^(?:SHELL|\.SHELLFLAGS|CC|CXX|CPP|LD|AR|AS|RM|MAKE|YACC|LEX|FC|INSTALL|PYTHON|NODE|NPM)$/u;

/** Text of make in its own options and input: rules, and `$(shell command)`. */
function makeTexts(options: ReturnType<typeof readOptions>, input: Invocation['input']): readonly Finding[] {
  const found: Finding[] = [];
  for (const word of options.operands) {
    const [, name = '', value = ''] = /^([\w.]+)[:+?]*=(.*)$/su.exec(word.text) ?? [];
    if (COMMANDS.test(name)) found.push({ kind: 'shell', text: { ...word, text: value }, by: `make ${name}` });
    else if (/\$[({]shell\b/u.test(value)) found.push({ kind: 'opaque', explain: `has make run ${word.written}` });
  }
  for (const text of options.values('--eval', '-E'))
    found.push({ kind: 'opaque', explain: `has make run ${text.written}` });
  for (const file of options.values('-f', '--file', '--makefile')) {
    if (file.text !== '-' && !/^\/dev\/(?:stdin|fd\/)/u.test(file.text)) continue;
    // A makefile that is piped: every line of it, as if it were run.
    const text = file.text === '-' && input.kind === 'text' ? input.text : undefined;
    if (text === undefined) found.push({ kind: 'opaque', explain: 'has make run rules that are not known' });
    else
      found.push({
        kind: 'shell',
        text: {
          ...text,
          text: text.text.replace(/^[^\t\n:=]*::?[^;\n=]*(?:;|$)/gmu, '\n').replace(/^[\t@+-]+/gmu, ''),
        },
        by: 'make -f -',
      });
  }
  return found;
}

const just: Tool = {
  names: ['just'],
  judge: ({ args }: Invocation) => {
    const options = readOptions(args, {
      values: [
        '-f',
        '--justfile',
        '-d',
        '--working-directory',
        '--set',
        '--shell',
        '--dotenv-filename',
        '-E',
        '--dotenv-path',
      ],
      stopAtOperand: true,
    });
    if (
      options.has(
        '-n',
        '--dry-run',
        '-l',
        '--list',
        '--summary',
        '-s',
        '--show',
        '--evaluate',
        '--dump',
        '--fmt',
        '--help',
        '--version',
      )
    )
      return [];
    const targets = options.operands.filter(({ text }) => !text.includes('='));
    return tasks(
      'just',
      targets.slice(0, 1),
      options.value('-d', '--working-directory'),
      options.value('-f', '--justfile'),
      options.operands,
    );
  },
};

function tasks(
  runner: 'make' | 'just',
  targets: readonly Argument[],
  folder: Argument | undefined,
  file: Argument | undefined,
  args: readonly Argument[],
): readonly Finding[] {
  const where = { ...(folder === undefined ? {} : { folder }), ...(file === undefined ? {} : { file }) };
  if (targets.length === 0) return [{ kind: 'task', runner, args, ...where }];
  return targets.map((task): Finding => ({ kind: 'task', runner, task, args, ...where }));
}

export const taskRunners: readonly Tool[] = [packageManager, make, just];
