/** Programs that start another program with the rest of their words. */
import { type Argument, exactly } from '../argument.js';
import type { CommandFinding, Finding } from '../finding.js';
import type { Input, Invocation } from '../invocation.js';
import { type OptionStyle, readOptions } from '../options.js';
import type { Tool } from '../tool.js';

interface Wrapper extends OptionStyle {
  readonly names: readonly string[];
  /** Operands of its own before the command: the duration of `timeout`. */
  readonly skip?: number | undefined;
  /** These options carry a text that a shell runs. */
  readonly shell?: readonly string[] | undefined;
  /** Its first word is a package, perhaps with a version: `npx prisma@5`. */
  readonly fetches?: boolean | undefined;
  /** Words that must come first: `run`, `exec`. Without them it wraps nothing. */
  readonly verbs?: readonly string[] | undefined;
}

const WRAPPERS: readonly Wrapper[] = [
  {
    names: ['sudo'],
    values: [
      '-u',
      '-g',
      '-h',
      '-p',
      '-C',
      '-r',
      '-t',
      '-T',
      '-D',
      '-R',
      '-U',
      '--user',
      '--group',
      '--chdir',
      '--host',
      '--prompt',
    ],
  },
  { names: ['doas'], values: ['-u', '-C'] },
  {
    names: [
      'nohup',
      'unbuffer',
      'setsid',
      'dbus-run-session',
      'linux32',
      'linux64',
      'torsocks',
      'torify',
      'tsocks',
      'busybox',
      'toybox',
      'catchsegv',
      'eatmydata',
      'fakeroot',
      'rlwrap',
      'cross-env',
      'dotenvx',
      'gosu',
    ],
  },
  { names: ['nice'], values: ['-n', '--adjustment'] },
  { names: ['ionice'], values: ['-c', '-n', '-p', '--class', '--classdata'] },
  { names: ['chrt'], values: ['-T', '-P', '-D'], skip: 1 },
  { names: ['taskset'], skip: 1 },
  { names: ['time'], values: ['-f', '-o', '--format', '--output'] },
  { names: ['timeout', 'gtimeout'], values: ['-s', '-k', '--signal', '--kill-after'], skip: 1 },
  { names: ['stdbuf'], values: ['-i', '-o', '-e', '--input', '--output', '--error'] },
  { names: ['strace', 'ltrace'], values: ['-o', '-e', '-p', '-s', '-u', '-E', '-P', '-a', '-S', '-O', '-b', '-I'] },
  {
    names: [
      'valgrind',
      'xvfb-run',
      'firejail',
      'prlimit',
      'caffeinate',
      'systemd-inhibit',
      'proxychains',
      'proxychains4',
    ],
    values: ['-s', '-n', '-e', '-f', '-p', '-t', '-w'],
  },
  {
    names: ['systemd-run'],
    values: [
      '-u',
      '-p',
      '-t',
      '-E',
      '-M',
      '-H',
      '--unit',
      '--property',
      '--description',
      '--slice',
      '--uid',
      '--gid',
      '--on-calendar',
      '--on-active',
    ],
  },
  {
    names: ['unshare', 'nsenter'],
    values: ['-t', '-S', '-G', '-R', '-w', '--target', '--setuid', '--setgid', '--root', '--wd'],
  },
  { names: ['setpriv', 'capsh', 'cgexec', 'numactl', 'chpst', 'softlimit', 'envdir'], values: ['-g', '-u', '-m'] },
  {
    names: ['flock'],
    values: ['-w', '-E', '--timeout', '--wait', '--conflict-exit-code'],
    skip: 1,
    shell: ['-c', '--command'],
  },
  { names: ['setarch', 'arch'], values: [] },
  {
    names: ['poetry', 'pipenv', 'uv', 'hatch', 'pdm', 'rye', 'pixi', 'volta', 'conda', 'mamba', 'micromamba'],
    values: [
      '-n',
      '-p',
      '--name',
      '--prefix',
      '--python',
      '--with',
      '--directory',
      '--project',
      '-C',
      '--env-file',
      '--extra',
      '--group',
      '--package',
    ],
    verbs: ['run'],
  },
  {
    names: ['bundle', 'bundler', 'rbenv', 'pyenv', 'asdf', 'mise', 'nodenv', 'fnm', 'nvm', 'direnv', 'devbox', 'rtx'],
    values: ['--using'],
    verbs: ['exec', 'x', 'run'],
  },
  {
    names: ['uvx', 'pipx', 'npx', 'bunx', 'pnpx'],
    values: ['-p', '--package', '--from', '--with', '--python', '--spec', '-w', '--workspace'],
    shell: ['-c', '--call'],
    fetches: true,
  },
  {
    names: ['nodemon', 'watchexec', 'entr'],
    values: ['-w', '--watch', '-e', '--ext', '-i', '--ignore', '-f', '--filter', '-d', '--delay', '-s', '--signal'],
    shell: ['-x', '--exec'],
  },
];

const plain: readonly Tool[] = WRAPPERS.map((wrapper) => ({
  names: wrapper.names,
  judge: (invocation) => peeled(invocation, wrapper),
}));

function peeled({ name, args, input }: Invocation, wrapper: Wrapper): readonly Finding[] {
  // `flock FILE -c TEXT` has its text after an operand; that is looked at below.
  const values = [...(wrapper.values ?? []), ...(wrapper.shell ?? [])];
  const options = readOptions(args, { values, stopAtOperand: true });
  const text = wrapper.shell === undefined ? undefined : options.value(...wrapper.shell);
  if (text !== undefined) return [{ kind: 'shell', text, by: name }];
  let words = [...options.operands];
  // flock FILE -c TEXT
  if (wrapper.skip !== undefined) words = words.slice(wrapper.skip);
  const [first, second] = words;
  if (wrapper.shell?.includes(first?.text ?? '') === true && second !== undefined)
    return [{ kind: 'shell', text: second, by: name }];
  if (wrapper.verbs !== undefined) {
    if (first === undefined || !wrapper.verbs.includes(first.text)) return [];
    words = [...readOptions(words.slice(1), { values: wrapper.values, stopAtOperand: true }).operands];
  }
  if (name === 'pipx' && first?.text === 'run') words = words.slice(1);
  if (wrapper.fetches === true) words = words.map((word, index) => (index === 0 ? withoutVersion(word) : word));
  // `sudo -s`, `sudo -i`: a shell, which reads what is piped to it.
  if (name === 'sudo' && words.length === 0 && options.has('-s', '-i', '--shell', '--login'))
    return [{ kind: 'command', words: [exactly('sh')], by: name, input }];
  return command(name, words, input, name === 'sudo' ? options.value('-D', '--chdir') : undefined);
}

/** `prisma@5`, `firebreak@latest`: which version of a package does not matter. */
export function withoutVersion(word: Argument): Argument {
  const text = word.text.replace(/(?<=[^@/])@[\w.^~*-]+$/u, '');
  return text === word.text ? word : { ...word, text };
}

/** Assignments may stand before the program's name (env(1), sudo(8)). */
function command(by: string, words: readonly Argument[], input: Input, folder?: Argument): readonly Finding[] {
  const assigns = by === 'env' ? /^[^=\s/]+=/u : /^[A-Za-z_]\w*=/u;
  const start = words.findIndex(({ text }) => !assigns.test(text) && text !== '--');
  if (start < 0) return [];
  const variables = new Map(
    words.slice(0, start).flatMap((word): [string, Argument][] => {
      const equals = word.text.indexOf('=');
      return equals < 0 ? [] : [[word.text.slice(0, equals), { ...word, text: word.text.slice(equals + 1) }]];
    }),
  );
  return [
    { kind: 'command', words: words.slice(start), by, input, variables, ...(folder === undefined ? {} : { folder }) },
  ];
}

const env: Tool = {
  names: ['env', 'genv'],
  judge: ({ args, input }) => {
    const options = readOptions(args, {
      values: ['-u', '-C', '-P', '-S', '--unset', '--chdir', '--split-string'],
      stopAtOperand: true,
    });
    const split = options.value('-S', '--split-string');
    const folder = options.value('-C', '--chdir');
    if (split !== undefined) {
      const rest = options.operands.map(({ written }) => written).join(' ');
      return [
        {
          kind: 'shell',
          text: { ...split, text: `${split.text} ${rest}` },
          by: 'env -S',
          ...(folder === undefined ? {} : { folder }),
        },
      ];
    }
    return command('env', options.operands, input, folder);
  },
};

/** `su -c TEXT`, `sg GROUP -c TEXT`, `script -c TEXT`, `runuser -u USER -- COMMAND` */
const textual: Tool = {
  names: ['su', 'sg', 'newgrp', 'script', 'runuser', 'nix-shell', 'nix'],
  judge: ({ name, args, input }) => {
    const at = args.findIndex(({ text }) => /^(?:-[a-z]*c|--command|--run|--session-command)$/u.test(text));
    const attached = args.find(({ text }) => /^--(?:command|run)=/u.test(text));
    const text = at < 0 ? attached && { ...attached, text: attached.text.replace(/^[^=]*=/u, '') } : args[at + 1];
    if (text !== undefined) {
      // `nix develop -c words...` has words, not a text.
      return name === 'nix' ? command(name, args.slice(at + 1), input) : [{ kind: 'shell', text, by: name }];
    }
    const dashes = args.findIndex(({ text: word }) => word === '--');
    if (dashes >= 0 && args[dashes + 1] !== undefined) return command(name, args.slice(dashes + 1), input);
    // A shell of another user, which reads what is piped to it.
    return /^(?:su|runuser|sg|newgrp)$/u.test(name) && input.kind !== 'inherited'
      ? [{ kind: 'command', words: [exactly('sh')], by: name, input }]
      : [];
  },
};

/** `java -jar jenkins-cli.jar delete-job x` starts what the archive is called. */
const java: Tool = {
  names: ['java', 'javaw'],
  judge: ({ args, input }) => {
    const at = args.findIndex(({ text }) => text === '-jar');
    const jar = args[at + 1];
    if (at < 0 || jar === undefined || jar.certainty === 'unknown') return [];
    const name = exactly(jar.text.replace(/^.*\//su, ''));
    return command('java -jar', [name, ...args.slice(at + 2)], input);
  },
};

export const wrappers: readonly Tool[] = [java, ...plain, env, textual];

/** What an unknown program may start: the words from one that names a program which can destroy. */
export function hiddenCommand(
  { name, args }: Invocation,
  destroys: (name: string) => boolean,
): CommandFinding | undefined {
  const at = args.findIndex(({ text, certainty }) => certainty === 'exact' && destroys(text.split('/').at(-1) ?? ''));
  return at < 0 ? undefined : { kind: 'command', words: args.slice(at), by: name };
}
