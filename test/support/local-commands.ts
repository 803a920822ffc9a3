/** Commands that destroy local work, each with what it takes away, written down by hand. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GitPart, LocalLoss, PathLoss } from '#action/local-loss';
import type { Dice } from './local-repositories.js';

export interface Destruction {
  readonly text: string;
  readonly losses: readonly LocalLoss[];
}

export type MakeDestruction = (work: string, dice: Dice) => Destruction;

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function git(text: string, ...loses: readonly GitPart[]): MakeDestruction {
  return (work) => ({ text: `git ${text}`, losses: [{ kind: 'git', folder: work, loses }] });
}

/** Several commands, each with what it takes away. */
function each(text: string, ...losses: readonly (readonly GitPart[])[]): MakeDestruction {
  return (work) => ({ text, losses: losses.map((loses) => ({ kind: 'git', folder: work, loses })) });
}

const path = (work: string, name: string, fate: PathLoss['fate'], pattern = false): PathLoss => ({
  kind: 'path',
  path: join(work, name),
  pattern,
  fate,
});

/** A name that is there, not in a repository's own folder. */
function existing(work: string, { pick }: Dice, wanted: 'file' | 'folder' | 'any' = 'any'): string {
  const found: string[] = [];
  const look = (folder: string) => {
    for (const name of readdirSync(join(work, folder))) {
      // Names that are no text cannot be written into a command that is text.
      if (name === '.git' || name.includes('\ufffd') || name === 'node_modules' || name === 'dist') continue;
      const own = join(folder, name);
      const stat = lstatSync(join(work, own));
      const kind = stat.isDirectory() ? 'folder' : stat.isFile() ? 'file' : 'link';
      if (wanted === 'any' || kind === wanted) found.push(own);
      if (kind === 'folder' && !['sub', 'inner'].includes(own)) look(own);
    }
  };
  look('');
  return pick([found[0] ?? 'kept.txt', ...found.slice(1)]);
}

/** A command on one name that is there. */
function on(
  wanted: 'file' | 'folder' | 'any',
  make: (name: string) => string,
  ...fates: readonly [PathLoss['fate'], ...PathLoss['fate'][]]
): MakeDestruction {
  return (work, die) => {
    const name = existing(work, die, wanted);
    return { text: make(quoted(`./${name}`)), losses: fates.map((fate) => path(work, name, fate)) };
  };
}

const ALL_WORK: readonly GitPart[] = ['worktree', 'index', 'refs'];

export const GIT_COMMANDS: readonly MakeDestruction[] = [
  git('checkout -- .', 'worktree', 'index'),
  git('checkout HEAD -- .', 'worktree', 'index'),
  git('checkout old -- .', 'worktree', 'index'),
  git('checkout -q -f other', 'worktree', 'index', 'untracked'),
  git('checkout -q -f -B main old', 'worktree', 'index', 'untracked', 'refs'),
  git('switch -q --discard-changes other', 'worktree', 'index', 'untracked'),
  git('restore .', 'worktree'),
  git('restore --staged --worktree --source=old .', 'worktree', 'index'),
  git('restore --staged .', 'index'),
  git('reset -q', 'index', 'refs'),
  git('reset -q --soft HEAD~1', 'refs'),
  git('reset -q --hard', ...ALL_WORK),
  git('reset -q --hard HEAD~1', ...ALL_WORK),
  git('reset -q --hard other', ...ALL_WORK),
  git('reset -q --hard old', ...ALL_WORK),
  git('clean -qfd', 'untracked'),
  git('clean -qfdx', 'untracked', 'ignored'),
  git('clean -qfdX', 'ignored'),
  git('clean -qffdx', 'untracked', 'ignored'),
  git('clean -qf', 'untracked'),
  git('stash push -q -u', 'worktree', 'index', 'untracked', 'refs'),
  git('stash clear', 'refs'),
  git('stash drop -q', 'refs'),
  git('branch -q -D old', 'refs'),
  git('branch -q -f other old', 'refs'),
  git('branch -q -M main other', 'refs'),
  git('tag -d v1 v2 light', 'refs'),
  git('tag -f light v1', 'refs'),
  git('update-ref -d refs/heads/old', 'refs'),
  git('reflog expire --expire=now --all', 'refs'),
  git('reflog expire --expire=now --all && git gc -q --prune=now', 'refs'),
  git('gc -q --prune=now --aggressive', 'refs'),
  git('prune --expire=now', 'refs'),
  git('rm -q -r -f --ignore-unmatch src', 'worktree', 'index'),
  git('rm -q -r --cached .', 'index'),
  git('read-tree -u --reset old', 'worktree', 'index', 'untracked'),
  git('checkout-index -f -a', 'worktree', 'untracked'),
  git('merge --abort', ...ALL_WORK, 'untracked'),
  git('rebase --abort', ...ALL_WORK, 'untracked'),
  git('rebase --skip', ...ALL_WORK, 'untracked'),
  git('commit -q -a --amend -m amended', 'refs', 'index'),
  git('submodule deinit -q -f --all', 'worktree', 'index', 'untracked', 'ignored'),
  git('submodule -q update --force', 'worktree', 'index', 'untracked', 'refs'),
  git(
    'submodule -q foreach --recursive "git reset -q --hard && git clean -qfdx"',
    'worktree',
    'index',
    'untracked',
    'ignored',
    'refs',
  ),
  each('git add -A && git commit -qm all && git reset -q --hard HEAD~2 && git clean -qffdx', ALL_WORK, [
    'untracked',
    'ignored',
  ]),
  each(
    'git checkout -q --orphan fresh && git rm -qrf . && git clean -qfd',
    ['refs'],
    ['worktree', 'index'],
    ['untracked'],
  ),
  git(
    'branch -D old other; git tag -d v1; git reset -q --hard old 2>/dev/null; git reflog expire --expire=now --all; git gc -q --prune=now',
    ...ALL_WORK,
    'untracked',
  ),
  git('worktree prune', 'refs'),
];

export const FILE_COMMANDS: readonly MakeDestruction[] = [
  on('any', (name) => `rm -rf ${name}`, 'removed'),
  on('any', (name) => `rm -rf ${name}`, 'removed'),
  on('folder', (name) => `rm -rf ${name}`, 'removed'),
  on('file', (name) => `rm -f ${name}`, 'removed'),
  on('file', (name) => `unlink ${name}`, 'removed'),
  on('folder', (name) => `find ${name} -type f -delete`, 'removed'),
  on('folder', (name) => `find ${name} -depth -delete`, 'removed'),
  on('file', (name) => `shred -n 1 -u ${name}`, 'changed', 'removed'),
  on('file', (name) => `: > ${name}`, 'changed'),
  on('file', (name) => `truncate -s 3 ${name}`, 'changed'),
  on('file', (name) => `echo more >> ${name}`, 'changed'),
  on('file', (name) => `sed -i s/1/X/g ${name}`, 'changed'),
  on('file', (name) => `perl -pi -e s/1/Y/ ${name}`, 'changed'),
  on('file', (name) => `date | tee ${name} >/dev/null`, 'changed'),
  on('file', (name) => `dd if=/dev/zero of=${name} bs=10 count=2 conv=notrunc status=none`, 'changed'),
  on('file', (name) => `cp /etc/hostname ${name}`, 'placed'),
  on('file', (name) => `install -m 777 /etc/hostname ${name}`, 'placed'),
  on('any', (name) => `ln -sfn /etc/hostname ${name}`, 'placed'),
  on('any', (name) => `chmod -R 000 ${name}`, 'changed'),
  on('any', (name) => `touch -h -d 2001-01-01 ${name}`, 'changed'),
  on('folder', (name) => `rm -rf ${name} && mkdir ${name} && echo new > ${name}/new`, 'removed'),
  on('folder', (name) => `rm -rf ${name} && echo file > ${name}`, 'removed', 'changed'),
  on('file', (name) => `rm -f ${name} && mkdir -p ${name}/sub && touch ${name}/sub/x`, 'removed', 'placed'),
  (work, die) => {
    const name = existing(work, die);
    return {
      text: `mv ${quoted(`./${name}`)} moved-here`,
      losses: [path(work, name, 'removed'), path(work, 'moved-here', 'placed')],
    };
  },
  (work, die) => {
    const [from, to] = [existing(work, die, 'file'), existing(work, die, 'file')];
    return {
      text: `mv -f ${quoted(`./${from}`)} ${quoted(`./${to}`)} || true`,
      losses: [path(work, from, 'removed'), path(work, to, 'placed')],
    };
  },
  (work) => ({ text: 'rm -rf *', losses: [path(work, '*', 'removed', true)] }),
  (work) => ({
    text: 'rm -rf -- src/* docs/*',
    losses: [path(work, 'src/*', 'removed', true), path(work, 'docs/*', 'removed', true)],
  }),
  (work) => ({
    text: 'rm -f -- *.txt [ab]* */*.m? .??*[!t] 2>/dev/null || true',
    losses: ['*.txt', '[ab]*', '*/*.m?', '.??*[!t]'].map((one) => path(work, one, 'removed', true)),
  }),
  (work) => ({
    text: "rm -rf -- \\[set\\].c '*star*' \\\\back *\\$* u*",
    losses: ['[set].c', '*star*', '\\back']
      .map((one) => path(work, one, 'removed'))
      .concat([path(work, '*$*', 'removed', true), path(work, 'u*', 'removed', true)]),
  }),
  (work) => ({ text: 'rm -rf .git', losses: [path(work, '.git', 'removed')] }),
  (work) => ({ text: 'rm -rf ../work', losses: [path(work, '', 'removed')] }),
  (work) => ({
    text: 'mkdir -p new/deep/er && cp -r src new/deep/er',
    losses: [path(work, 'new/deep/er/src', 'placed')],
  }),
  (work) => ({ text: 'cp -r src copied', losses: [path(work, 'copied', 'placed')] }),
  (work) => ({ text: 'cp -r src docs', losses: [path(work, 'docs/src', 'placed')] }),
  (work) => ({
    text: 'cp notes/todo.md notes/sub/idea.txt; mv notes/sub/idea.txt notes/same.md',
    losses: [path(work, 'notes', 'changed')],
  }),
  (work) => ({
    text: 'for f in notes/*; do echo gone > "$f"; done 2>/dev/null; true',
    losses: [path(work, 'notes', 'changed'), path(work, 'kept.txt', 'changed')],
  }),
  (work) => ({
    text: 'git mv -f kept.txt second.txt || true',
    losses: [{ kind: 'git', folder: work, loses: ['worktree', 'index', 'untracked'] }],
  }),
  (work) => ({
    text: 'rm -rf notes src && git checkout -q -f other',
    losses: [
      path(work, 'notes', 'removed'),
      path(work, 'src', 'removed'),
      { kind: 'git', folder: work, loses: ['worktree', 'index', 'untracked'] },
    ],
  }),
  (work) => ({
    text: 'cd docs && git checkout -- . && git clean -qfd && rm -rf ../empty',
    losses: [
      { kind: 'git', folder: join(work, 'docs'), loses: ['worktree', 'index'] },
      { kind: 'git', folder: join(work, 'docs'), loses: ['untracked'] },
      path(work, 'empty', 'removed'),
    ],
  }),
];

/** In a linked working tree beside the repository. */
export const LINKED_COMMANDS: readonly MakeDestruction[] = [
  (work) => ({
    text: 'cd ../linked && git reset -q --hard main && git clean -qfd',
    losses: [{ kind: 'git', folder: join(work, '../linked'), loses: [...ALL_WORK, 'untracked'] }],
  }),
  (work) => ({
    text: 'git worktree remove --force ../linked',
    losses: [path(work, '../linked', 'removed'), { kind: 'git', folder: work, loses: ['refs'] }],
  }),
  (work) => ({
    text: 'rm -rf ../linked && git worktree prune',
    losses: [path(work, '../linked', 'removed'), { kind: 'git', folder: work, loses: ['refs'] }],
  }),
];
