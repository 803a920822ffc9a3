/** Commands that git itself does not have, but many installations do (git-extras, git-delete-merged and their like). */
import { forGood, type GitJudge, listed, onRemote, optionsOf, takes } from './git-command.js';

const deleteBranch: GitJudge = (command) => [
  ...takes(command, ['refs'], `deletes the branch ${listed(command.args)}`),
  ...onRemote('destroy', 'origin', `deletes ${listed(command.args)} at the remote`, { reversible: 'no' }),
];

const rewrite: GitJudge = (command) => takes(command, ['refs'], 'makes commits anew');

const throwAway: GitJudge = (command) =>
  takes(command, ['worktree', 'index', 'untracked', 'refs'], 'throws away changes that are not committed');

/** `clear` deletes ignored files as well, `clear-soft` does not. */
const clear: GitJudge = (command) =>
  takes(
    command,
    ['worktree', 'index', 'untracked', ...(command.name === 'clear' ? (['ignored'] as const) : [])],
    'throws away all that is not committed',
  );

const undo: GitJudge = (command) =>
  optionsOf(command).has('-h', '--hard') ? throwAway(command) : takes(command, ['refs'], 'takes back commits');

const force: GitJudge = () => onRemote('destroy', 'origin', 'overwrites history at the remote', { reversible: 'no' });

export const EXTRAS: Readonly<Record<string, GitJudge>> = {
  'delete-branch': deleteBranch,
  'delete-tag': deleteBranch,
  'delete-merged-branches': (command) => takes(command, ['refs'], 'deletes merged branches'),
  'delete-squashed-branches': (command) => takes(command, ['refs'], 'deletes branches whose changes are merged'),
  'delete-submodule': (command) =>
    takes(command, ['worktree', 'index', 'untracked', 'ignored'], `removes the submodule ${listed(command.args)}`),
  'rename-branch': deleteBranch,
  'rename-tag': deleteBranch,
  'archive-file': () => [],
  'reset-file': (command) =>
    takes(command, ['worktree', 'index'], `overwrites ${listed(command.args)} with what is committed`),
  'force-clone': throwAway,
  'fresh-branch': throwAway,
  obliterate: () => forGood('takes files out of all of the history'),
  clear,
  'clear-soft': clear,
  undo,
  squash: rewrite,
  reauthor: rewrite,
  'rebase-patch': rewrite,
  absorb: rewrite,
  abort: (command) => takes(command, ['worktree', 'index'], 'gives up what is under way, with what was solved in it'),
  'force-push': force,
};
