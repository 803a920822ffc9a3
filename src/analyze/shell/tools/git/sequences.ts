import { type GitJudge, optionsOf, runs, takes } from './git-command.js';

/** Commands that move the branch, some over several calls: giving up throws away the conflicts that were solved. */
const sequence: GitJudge = (command) => {
  const { has } = optionsOf(command);
  if (has('--abort', '--skip'))
    return takes(command, ['worktree', 'index'], `gives up the ${command.name}, with what was solved in it`);
  if (has('--continue', '--show-current-patch')) return [];
  return takes(command, ['refs'], `moves the branch (git ${command.name})`);
};

/** git-rebase(1): commits are made anew; the old ones stay reachable through kept refs. */
const rebase: GitJudge = (command) => {
  const values = ['-x', '--exec', '--onto', '-s', '--strategy', '-X', '--strategy-option', '-C', '--whitespace'];
  const options = optionsOf(command, values);
  const executed = options.values('-x', '--exec').flatMap((text) => runs(text, 'git rebase -x'));
  if (options.has('--continue', '--edit-todo', '--show-current-patch')) return executed;
  if (options.has('--abort', '--skip', '--quit'))
    return [
      ...takes(command, ['worktree', 'index', 'refs'], 'gives up the rebase, with what was solved in it'),
      ...executed,
    ];
  return [...takes(command, ['refs'], 'makes commits anew'), ...executed];
};

/** git-commit(1): `--amend` replaces the last commit. */
const commit: GitJudge = (command) => {
  const values = [
    '-m',
    '--message',
    '-F',
    '--file',
    '-C',
    '-c',
    '--author',
    '--date',
    '--fixup',
    '--squash',
    '-t',
    '--template',
  ];
  const { has } = optionsOf(command, [...values, '--trailer', '--cleanup', '--pathspec-from-file']);
  return has('--amend') && !has('--dry-run') ? takes(command, ['refs'], 'replaces the last commit') : [];
};

export const SEQUENCES: Readonly<Record<string, GitJudge>> = {
  merge: sequence,
  'cherry-pick': sequence,
  revert: sequence,
  am: sequence,
  rebase,
  commit,
};
