import { type GitJudge, listed, optionsOf, takes } from './git-command.js';

/** git-stash(1): what is pushed is kept by git itself, until drop and clear forget it, and pop as well when it applied. */
const stash: GitJudge = (command) => {
  const options = optionsOf(command, ['-m', '--message', '--pathspec-from-file']);
  const [verb, ...rest] = options.operands;
  if (verb?.certainty === 'unknown')
    return takes(command, ['refs', 'worktree', 'index'], 'does something unknown with stashed work');
  switch (verb?.text) {
    case 'drop':
      return takes(command, ['refs'], `drops the stash ${listed(rest)}`.trim());
    case 'clear':
      return takes(command, ['refs'], 'drops every stash');
    case 'pop':
    case 'branch':
      return takes(command, ['refs', 'worktree', 'index', 'untracked'], 'applies a stash and drops it');
    case undefined:
    case 'push':
    case 'save': {
      // From there a later command may drop it.
      const all = options.has('-a', '--all');
      const untracked = all || options.has('-u', '--include-untracked');
      return takes(
        command,
        ['worktree', 'index', ...(untracked ? (['untracked'] as const) : []), ...(all ? (['ignored'] as const) : [])],
        'puts changes away that are not committed',
      );
    }
    default:
      return [];
  }
};

export const STASH: Readonly<Record<string, GitJudge>> = { stash };
