import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { onPaths } from '../files/on-paths.js';
import { type GitJudge, optionsOf, runs, takes } from './git-command.js';

/** git-bisect(1): `run` starts a command again and again; others move the HEAD, which refuses to lose changes. */
const bisect: GitJudge = (command) => {
  const { args } = command;
  const at = args.findIndex(({ text }) => text === 'run');
  const words = at === 0 ? args.slice(1) : [];
  if (words.length > 0) return [{ kind: 'command', words, by: 'git bisect run' }];
  return /^(?:start|bad|new|good|old|skip|reset|replay)$/u.test(args[0]?.text ?? '')
    ? takes(command, ['refs'], 'moves the HEAD')
    : [];
};

/** git-difftool(1), git-mergetool(1): `-x` is a command. */
const difftool: GitJudge = (command) =>
  optionsOf(command, ['-x', '--extcmd', '-t', '--tool'])
    .values('-x', '--extcmd')
    .flatMap((text) => runs(text, 'git difftool -x'));

/** git-grep(1): `-O` opens what it finds in a pager. */
const grep: GitJudge = ({ args }) =>
  args.flatMap((word): readonly Finding[] => {
    const pager = /^(?:-O|--open-files-in-pager=)(.+)$/su.exec(word.text)?.[1];
    return pager === undefined ? [] : runs({ ...word, text: pager }, 'git grep -O');
  });

/** Commands that write their output to a file when told. */
const writing: GitJudge = (command) => {
  const options = optionsOf(command, [
    '-o',
    '--output',
    '--format',
    '--prefix',
    '--remote',
    '--exec',
    '-S',
    '-G',
    '-n',
    '-L',
    '--since',
    '--until',
    '--author',
    '--grep',
  ]);
  const long = options.values('--output');
  const files: readonly Argument[] = command.name === 'archive' ? [...long, ...options.values('-o')] : long;
  const executed =
    command.name === 'archive' ? options.values('--exec').flatMap((text) => runs(text, 'git archive --exec')) : [];
  return [...onPaths('overwrite', files), ...executed];
};

const bundle: GitJudge = (command) => {
  const [verb, file] = optionsOf(command).operands;
  return verb?.text === 'create' && file !== undefined && file.text !== '-' ? onPaths('overwrite', [file]) : [];
};

/** git-credential(1): `fill` prints the password. */
const credential: GitJudge = ({ args, name }) =>
  args[0]?.text === 'fill' || (/^credential-/u.test(name) && args.some(({ text }) => text === 'get'))
    ? [
        {
          kind: 'effect',
          verb: 'reveal',
          resource: { kind: 'credential', name: 'git' },
          place: 'remote',
          explain: 'prints a password that git keeps',
        },
      ]
    : [];

export const RUNNING: Readonly<Record<string, GitJudge>> = {
  bisect,
  difftool,
  grep,
  archive: writing,
  diff: writing,
  log: writing,
  show: writing,
  bundle,
  credential,
  'credential-store': credential,
  'credential-cache': credential,
};
