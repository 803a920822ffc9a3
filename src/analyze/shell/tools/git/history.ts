import { unknownArgument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { forGood, type GitJudge, optionsOf, runs, takes } from './git-command.js';

/** git-reflog(1): the reflog is the way back to what no branch holds. */
const reflog: GitJudge = (command) => {
  const options = optionsOf(command, ['--expire', '--expire-unreachable']);
  const verb = options.operands[0]?.text ?? '';
  if (!/^(?:expire|delete|drop)$/u.test(verb) || options.has('-n', '--dry-run')) return [];
  return takes(command, ['refs'], 'forgets where branches were');
};

/** git-gc(1) keeps unreachable objects for two weeks, unless told to prune them. */
const gc: GitJudge = (command) => {
  const options = optionsOf(command);
  const when =
    options.value('--prune')?.text ??
    command.settings.get('gc.pruneexpire')?.text ??
    command.settings.get('gc.reflogexpire')?.text;
  const prunes = (when !== undefined && when !== 'never') || options.uncertain;
  return prunes ? takes(command, ['refs'], 'deletes commits that no branch holds') : [];
};

const prune: GitJudge = (command) =>
  optionsOf(command, ['--expire']).has('-n', '--dry-run')
    ? []
    : takes(command, ['refs'], 'deletes commits that no branch holds');

const repack: GitJudge = (command) => {
  const { has } = optionsOf(command, [
    '--window',
    '--depth',
    '--threads',
    '--max-pack-size',
    '--cruft-expiration',
    '--unpack-unreachable',
  ]);
  return has('-a') && has('-d') && !has('-k', '--keep-unreachable', '-A', '--cruft')
    ? takes(command, ['refs'], 'drops commits that no branch holds')
    : [];
};

/** git-filter-branch(1): `--all` makes every ref anew, those that Firebreak keeps too. */
const filterBranch: GitJudge = (command) => {
  const filters = [
    '--setup',
    '--env-filter',
    '--tree-filter',
    '--index-filter',
    '--msg-filter',
    '--commit-filter',
    '--tag-name-filter',
    '--parent-filter',
  ];
  const executed = optionsOf(command, filters)
    .values(...filters)
    .flatMap((text) => runs(text, 'git filter-branch'));
  const all = command.args.some(({ text }) => text === '--all' || text === '--glob=*');
  return [
    ...(all ? forGood('makes all of the history anew') : takes(command, ['refs'], 'makes the history anew')),
    ...executed,
  ];
};

/** git-filter-repo: makes every ref anew and then deletes what was before. */
const filterRepo: GitJudge = (command) => {
  const { has } = optionsOf(command);
  return has('--analyze', '--dry-run') ? [] : forGood('makes all of the history anew and deletes what was before');
};

const fastImport: GitJudge = (command) =>
  optionsOf(command).has('--force') ? takes(command, ['refs'], 'moves branches to imported commits') : [];

/** git-lfs: objects that are not pushed are kept unless forced. */
const lfs: GitJudge = (command) => {
  const options = optionsOf(command);
  const [verb, what] = options.operands.map(({ text }) => text);
  if (options.has('--dry-run') || (verb === 'prune' && options.has('-d'))) return [];
  if (verb === 'prune')
    return options.has('-f', '--force') ? forGood('deletes large files that no other place may have') : [];
  if (verb === 'migrate' && what !== 'info')
    return options.has('--everything')
      ? forGood('makes all of the history anew')
      : takes(command, ['refs'], 'makes the history anew');
  return [];
};

/** git-submodule(1). */
const submodule: GitJudge = (command) => {
  const options = optionsOf(command, ['--reference', '--depth', '-j', '--jobs', '-b', '--branch', '--name']);
  const [verb, ...rest] = options.operands;
  if (verb?.text === 'foreach') {
    const from = command.args.findIndex(({ text }) => text === 'foreach') + 1;
    const words = command.args
      .slice(from)
      .filter(({ text }, at) => !(at === 0 && /^(?:--recursive|-q|--quiet)$/u.test(text)));
    return foreach(words);
  }
  const forced = options.has('-f', '--force') || options.uncertain;
  if (verb?.text === 'deinit') {
    const each = options.has('--all') || rest.length === 0 ? [undefined] : rest;
    return each.flatMap((path) =>
      takes(
        { ...command, folder: path ?? command.folder },
        forced ? ['worktree', 'index', 'untracked', 'ignored'] : ['ignored'],
        `removes the files of ${path?.written ?? 'every submodule'}`,
      ),
    );
  }
  if (verb?.text !== 'update') return [];
  return forced
    ? takes(command, ['worktree', 'index', 'untracked'], 'throws away changes in submodules')
    : takes(command, ['refs'], 'moves the HEADs of submodules');
};

function foreach(words: Parameters<typeof runs>[0][]): readonly Finding[] {
  const [only] = words;
  // In each submodule, which is a repository of its own.
  const folder = unknownArgument('each submodule');
  const by = 'git submodule foreach';
  if (words.length === 1 && only !== undefined) return [{ kind: 'shell', text: only, folder, by }];
  return words.length === 0 ? [] : [{ kind: 'command', words, folder, by }];
}

export const HISTORY: Readonly<Record<string, GitJudge>> = {
  reflog,
  gc,
  prune,
  repack,
  'filter-branch': filterBranch,
  'filter-repo': filterRepo,
  'fast-import': fastImport,
  lfs,
  submodule,
};
