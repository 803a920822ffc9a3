import { type Argument, knownText } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { onPaths } from '../files/on-paths.js';
import { type GitCommand, type GitJudge, listed, optionsOf, takes } from './git-command.js';

/** git-reset(1). Without a mode only the branch and the index change. */
const reset: GitJudge = (command) => {
  const options = optionsOf(command);
  if (options.has('--hard'))
    return takes(command, ['worktree', 'index', 'refs'], 'throws away all changes that are not committed');
  if (options.has('--merge', '--keep')) {
    return takes(
      command,
      ['worktree', 'index', 'refs'],
      'moves the branch and throws away changes that are not committed',
    );
  }
  if (options.has('--soft')) return takes(command, ['refs'], 'moves the branch');
  if (options.uncertain && !options.has('--mixed', '-p', '--patch'))
    return takes(command, ['worktree', 'index', 'refs'], 'may throw away all changes that are not committed');
  return takes(command, ['index', 'refs'], 'takes out of the index what is staged');
};

/** git-checkout(1): of paths it overwrites; with `-f` it throws away; `-B` moves a branch that is there. */
const checkout: GitJudge = (command) => {
  const options = optionsOf(command, ['-b', '-B', '--orphan', '--conflict', '--pathspec-from-file']);
  const found: Finding[] = [];
  if (options.has('-f', '--force'))
    found.push(
      ...takes(command, ['worktree', 'index', 'untracked'], 'switches and throws away changes that are not committed'),
    );
  if (options.has('-B'))
    found.push(...takes(command, ['refs'], `moves the branch ${options.value('-B')?.written ?? ''}`.trim()));
  const dashes = command.args.findIndex(({ text }) => text === '--');
  const paths = dashes >= 0 ? command.args.slice(dashes + 1) : [];
  if (paths.length > 0 || options.has('--pathspec-from-file')) found.push(...overwritten(command, paths));
  else if (!options.has('-b', '-B', '--orphan', '--detach', '-d', '-t', '--track')) {
    const { operands } = options;
    const [only] = operands;
    const named = operands.length > 1 ? operands.slice(1) : only !== undefined && mayBePath(only) ? [only] : [];
    if (named.length > 0 || options.has('--ours', '--theirs', '-p', '--patch'))
      found.push(...overwritten(command, named));
  }
  return found;
};

function overwritten(command: GitCommand, paths: readonly Argument[]): readonly Finding[] {
  return takes(
    command,
    ['worktree', 'index'],
    `overwrites ${paths.length === 0 ? 'files' : listed(paths)} with what is committed`,
  );
}

/**
 * One word may be a branch or a path, and only the repository knows. What looks like a path, or what nobody knows, counts
 * as one.
 */
function mayBePath(word: Argument): boolean {
  const text = knownText(word);
  if (text === undefined) return !/branch|ref|tag|commit|sha|rev/iu.test(word.written);
  return (
    word.certainty === 'pattern' ||
    /^(?:\.{1,2}(?:\/|$)|:|\/)|\/$|\.[A-Za-z][A-Za-z0-9]{0,6}$|\*/u.test(text) ||
    /^(?:Makefile|Dockerfile|Gemfile|Rakefile|Procfile|README|LICENSE|CHANGELOG|src|lib|app|apps|packages|docs?|tests?|spec|scripts|public|config|cmd|pkg|internal)$/u.test(
      text,
    )
  );
}

/** git-switch(1) refuses to lose changes unless told; `-C` moves a branch that is there. */
const switched: GitJudge = (command) => {
  const options = optionsOf(command, ['-c', '-C', '--create', '--force-create', '--orphan', '--conflict']);
  const found: Finding[] = [];
  if (options.has('-f', '--force', '--discard-changes'))
    found.push(
      ...takes(command, ['worktree', 'index', 'untracked'], 'switches and throws away changes that are not committed'),
    );
  if (options.has('-C', '--force-create')) found.push(...takes(command, ['refs'], 'moves a branch that is there'));
  return found;
};

/** git-restore(1): the worktree unless `--staged` alone is given. */
const restore: GitJudge = (command) => {
  const options = optionsOf(command, ['-s', '--source', '--conflict', '--pathspec-from-file']);
  if (options.has('--staged', '-S') && !options.has('--worktree', '-W'))
    return takes(command, ['index'], `takes out of the index ${listed(options.operands)}`);
  return takes(
    command,
    options.has('--staged', '-S') ? ['worktree', 'index'] : ['worktree'],
    `throws away changes of ${listed(options.operands)}`,
  );
};

/** git-clean(1) does nothing without `-f`, unless `clean.requireForce` is off. */
const clean: GitJudge = (command) => {
  const options = optionsOf(command, ['-e', '--exclude']);
  if (options.has('-n', '--dry-run')) return [];
  const unforced = /^(?:false|no|off|0)$/iu.test(command.settings.get('clean.requireforce')?.text ?? '');
  if (!options.has('-f', '--force', '-i', '--interactive') && !unforced && !options.uncertain) return [];
  const onlyIgnored = options.has('-X') && !options.has('-x');
  const ignored = onlyIgnored || options.has('-x') || options.uncertain;
  return takes(
    command,
    [...(onlyIgnored ? [] : (['untracked'] as const)), ...(ignored ? (['ignored'] as const) : [])],
    `deletes files that git does not follow${ignored ? ', ignored ones too' : ''}`,
  );
};

/** git-rm(1) refuses to remove changed files unless `-f`; `--cached` leaves the files. */
const rm: GitJudge = (command) => {
  const options = optionsOf(command, ['--pathspec-from-file']);
  if (options.has('-n', '--dry-run')) return [];
  if (options.has('--cached')) return takes(command, ['index'], `takes ${listed(options.operands)} out of the index`);
  return takes(command, ['worktree', 'index'], `deletes ${listed(options.operands)}`);
};

/** git-mv(1): what was not committed is under another name; a file that is there is replaced with `-f` only. */
const mv: GitJudge = (command) => {
  const options = optionsOf(command);
  if (options.has('-n', '--dry-run')) return [];
  const forced = options.has('-f', '--force') || options.uncertain;
  return takes(
    command,
    ['worktree', 'index', ...(forced ? (['untracked'] as const) : [])],
    `moves ${forced ? 'over ' : ''}${listed(forced ? options.operands.slice(-1) : options.operands)}`,
  );
};

/** git-apply(1) changes files, refuses what does not fit; `-R` takes changes out of them. */
const apply: GitJudge = (command) => {
  const options = optionsOf(command, [
    '-p',
    '-C',
    '--directory',
    '--exclude',
    '--include',
    '--whitespace',
    '--build-fake-ancestor',
  ]);
  const shows = options.has('--check', '--stat', '--numstat', '--summary') && !options.has('--apply');
  if (shows || options.has('--cached') || !options.has('-R', '--reverse', '--reject', '--3way', '-3')) return [];
  return takes(command, ['worktree', 'index', 'untracked'], 'changes the files that a patch names');
};

/** git-read-tree(1), git-checkout-index(1): what `reset` and `checkout` are made of. */
const readTree: GitJudge = (command) =>
  optionsOf(command).has('--reset') && optionsOf(command).has('-u')
    ? takes(command, ['worktree', 'index', 'untracked'], 'overwrites files with a tree')
    : [];

const checkoutIndex: GitJudge = (command) =>
  optionsOf(command, ['--stage', '--prefix']).has('-f', '--force')
    ? [
        ...takes(command, ['worktree', 'untracked'], 'overwrites files with what is in the index'),
        ...onPaths('place', optionsOf(command, ['--stage', '--prefix']).values('--prefix'), { recursive: true }),
      ]
    : [];

/** git-worktree(1) refuses to remove one with changes unless `-f`. */
const worktree: GitJudge = (command) => {
  const [verb, path] = optionsOf(command, ['-b', '-B', '--reason', '--expire']).operands;
  const options = optionsOf(command, ['-b', '-B', '--reason', '--expire']);
  if (verb?.text === 'add' && options.has('-B')) return takes(command, ['refs'], 'moves a branch that is there');
  if (verb?.text !== 'remove' || path === undefined) return [];
  const forced = options.has('-f', '--force') || options.uncertain;
  // Ignored files go without a word.
  return takes(
    { ...command, folder: path },
    forced ? ['worktree', 'index', 'untracked', 'ignored'] : ['ignored'],
    `removes the worktree ${path.written}${forced ? ' with its changes' : ''}`,
  );
};

/** git-sparse-checkout(1), git-update-index(1) and others leave changed files alone. */
export const WORKTREE: Readonly<Record<string, GitJudge>> = {
  reset,
  checkout,
  switch: switched,
  restore,
  clean,
  rm,
  mv,
  apply,
  'read-tree': readTree,
  'checkout-index': checkoutIndex,
  worktree,
};
