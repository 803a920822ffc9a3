import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactly, UNKNOWN_PART } from '../../argument.js';
import { invoke } from '../../invocation.case.js';
import { told } from '../files/told.case.js';
import { gitTools } from './index.js';

const say = (line: string) => told(gitTools, line);

describe('uncommitted work', () => {
  test.each([
    ['git reset --hard', 'git worktree,index,refs'],
    ['git reset --hard HEAD~3', 'git worktree,index,refs'],
    ['git reset --har', 'git worktree,index,refs'],
    ['git reset --merge', 'git worktree,index,refs'],
    ['git reset --soft HEAD~1', 'git refs'],
    ['git reset HEAD a', 'git index,refs'],
    ['git reset $MODE', 'git worktree,index,refs'],
    ['git -C sub -c a.b=c --no-pager reset --hard', 'git worktree,index,refs in sub'],
    ['git -C a -C b reset --hard', 'git worktree,index,refs in a/b'],
    ['git --git-dir=x/.git reset --hard', 'destroy local git'],
    ['git --git-dir=.git --work-tree=y reset --hard', 'destroy local git'],
    ['git-reset --hard', 'git worktree,index,refs'],
    ['git checkout main', ''],
    ['git checkout -b delete-me', ''],
    ['git checkout -B main', 'git refs'],
    ['git checkout -- a', 'git worktree,index'],
    ['git checkout .', 'git worktree,index'],
    ['git checkout HEAD~1 src/a.ts', 'git worktree,index'],
    ['git checkout src/a.ts', 'git worktree,index'],
    ['git checkout -f main', 'git worktree,index,untracked'],
    ['git checkout -', ''],
    ['git checkout $X', 'git worktree,index'],
    ['git checkout $BRANCH', ''],
    ['git switch main', ''],
    ['git switch -f main', 'git worktree,index,untracked'],
    ['git switch --discard-changes main', 'git worktree,index,untracked'],
    ['git switch -C main', 'git refs'],
    ['git restore a', 'git worktree'],
    ['git restore --staged a', 'git index'],
    ['git restore -SW a', 'git worktree,index'],
    ['git clean -n', ''],
    ['git clean -fdn', ''],
    ['git clean', ''],
    ['git clean -fd', 'git untracked'],
    ['git clean -fdx', 'git untracked,ignored'],
    ['git clean -fX', 'git ignored'],
    ['git -c clean.requireForce=false clean -d', 'git untracked'],
    ['git stash', 'git worktree,index'],
    ['git stash push -u', 'git worktree,index,untracked'],
    ['git stash drop', 'git refs'],
    ['git stash clear', 'git refs'],
    ['git stash pop', 'git refs,worktree,index,untracked'],
    ['git rm a', 'git worktree,index'],
    ['git rm --cached a', 'git index'],
    ['git rm -n a', ''],
    ['git mv a b', 'git worktree,index'],
    ['git mv -f a b', 'git worktree,index,untracked'],
    ['git merge --abort', 'git worktree,index'],
    ['git merge main', 'git refs'],
    ['git am --abort', 'git worktree,index'],
    ['git apply x.patch', ''],
    ['git apply -R x.patch', 'git worktree,index,untracked'],
    ['git worktree remove ../x', 'git ignored in ../x'],
    ['git worktree remove --force ../x', 'git worktree,index,untracked,ignored in ../x'],
    ['git submodule deinit -f lib', 'git worktree,index,untracked,ignored in lib'],
    ['git pull', 'git refs'],
    ['git commit -m "git reset --hard"', ''],
    ['git log --grep=delete', ''],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('history', () => {
  test.each([
    ['git branch -D x', 'git refs'],
    ['git branch -d x', 'git refs'],
    ['git branch -M main', 'git refs'],
    ['git branch delete', ''],
    ['git branch -a', ''],
    ['git tag -d v1', 'git refs'],
    ['git tag -f v1', 'git refs'],
    ['git tag -a v1 -m x', ''],
    ['git rebase main', 'git refs'],
    ['git rebase --continue', ''],
    ['git rebase --abort', 'git worktree,index,refs'],
    ["git rebase -x 'rm -rf x' main", 'git refs; shell rm -rf x'],
    ['git commit --amend --no-edit', 'git refs'],
    ['git filter-branch --tree-filter x HEAD', 'git refs; shell x'],
    ['git filter-branch --index-filter x -- --all', 'destroy local git no; shell x'],
    ['git filter-repo --path x', 'destroy local git no'],
    ['git filter-repo --analyze', ''],
    ['git reflog', ''],
    ['git reflog expire --expire=now --all', 'git refs'],
    ['git reflog delete HEAD@{1}', 'git refs'],
    ['git gc', ''],
    ['git gc --prune=now', 'git refs'],
    ['git prune', 'git refs'],
    ['git prune -n', ''],
    ['git update-ref -d refs/heads/x', 'git refs'],
    ['git update-ref --stdin', 'opaque'],
    ['git lfs prune', ''],
    ['git obliterate x', 'destroy local git no'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('remotes', () => {
  const destroyed = 'destroy remote git-remote no';
  const written = 'write remote git-remote';
  test.each([
    ['git push', written],
    ['git push -u origin main', written],
    ['git push origin HEAD:refs/heads/x --tags', written],
    ['git push -n --force', ''],
    ['git push --force', destroyed],
    ['git push origin main -f', destroyed],
    ['git push -fu origin main', destroyed],
    ['git push --force-with-lease=main', 'git refs'],
    ['git push --force-with-lease origin main', 'destroy remote git-remote yes'],
    ['git push --force-with-lease origin feature', 'git refs'],
    ['git push --force-with-lease --force', destroyed],
    ['git push --forc', destroyed],
    ['git push origin +main', destroyed],
    ['git push origin :main', destroyed],
    ['git push origin --delete main', destroyed],
    ['git push --mirror x', destroyed],
    ['git push --no-force origin main', written],
    ['git push -- origin --force', written],
    ['git push $OPTIONS', destroyed],
    ['git push origin $BRANCH', written],
    ['git push origin +$BRANCH', destroyed],
    ['git push origin :$BRANCH', destroyed],
    ['git fetch --prune', ''],
    ['git fetch -f origin main:main', 'git refs'],
    ['git fetch origin +refs/heads/*:refs/remotes/origin/*', ''],
    ['git fetch --upload-pack=id x', 'shell id'],
    ["git clone 'ext::sh -c id' x", 'command sh -c id'],
    ['git clone https://example.com/x', ''],
    ["git clone -c 'core.sshCommand=ssh -i key' x", 'shell ssh -i key'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('what git runs', () => {
  test.each([
    ['git -c "alias.x=!rm -rf y" x', 'shell rm -rf y'],
    ['git -c "alias.x=reset --hard" x', 'git worktree,index,refs'],
    ['git -c core.pager=less log', 'shell less'],
    ['git -c core.pager= log', ''],
    ['git -c core.sshCommand=x fetch', 'shell x'],
    ['git -c user.name=x commit', ''],
    ['git -c core.hooksPath=/dev/null commit', ''],
    ['git -c core.hooksPath=there commit', 'execute local git-setting'],
    ['git --exec-path=there status', 'opaque'],
    ['git bisect run make test', 'command make test'],
    ['git bisect start', 'git refs'],
    ['git bisect log', ''],
    ["git submodule foreach 'git clean -fd'", 'shell git clean -fd'],
    ['git submodule foreach --recursive git clean', 'command git clean'],
    ['git grep -Ovim x', 'shell vim'],
    ['git archive -o a.tar HEAD', 'overwrite a.tar'],
    ['git credential fill', 'reveal remote credential'],
    ['git config user.name x', 'write local git-setting yes'],
    ['git config core.hooksPath x', 'configure local git-setting yes'],
    ['git config --get core.hooksPath', ''],
    ['git config user.name', ''],
    ['git $X --hard', 'opaque'],
    ['git nuke', 'opaque'],
    ['git lg', ''],
    ['git add delete', ''],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));

  test('variables that name commands are run as well', () => {
    const invocation = { ...invoke('git commit'), variables: new Map([['GIT_EDITOR', exactly('rm -rf x')]]) };
    expect(gitTools.find(({ names }) => names.includes('git'))?.judge(invocation)).toMatchObject([
      { kind: 'shell', by: 'GIT_EDITOR' },
    ]);
  });
});

test.each([
  'git update-ref -d refs/firebreak/kept/1',
  'git push origin :refs/firebreak/kept/1',
  'git fetch origin +x:refs/firebreak/kept/1',
  'git-update-ref refs/firebreak/kept/1 HEAD',
  'git reflog delete refs/firebreak/kept/1',
])("Firebreak's own refs are named: %s", (line) => expect(say(line)).toContain('destroy local firebreak no'));

test('a commit message may name them', () => {
  expect(say('git commit -m "explain refs/firebreak/kept"')).toBe('');
});

describe('other version control', () => {
  test.each([
    ['hg update -C', 'destroy local hg:update'],
    ['hg status', ''],
    ['hg push --force', 'destroy remote hg:push'],
    ['svn revert -R .', 'destroy local svn:revert'],
    ['svn update', ''],
    ['jj abandon', 'destroy local jj:abandon yes'],
    ['jj op abandon', 'destroy local jj:op'],
    ['bfg --delete-files x', 'destroy local git no'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

test('no words make it throw', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'push',
      'reset',
      'stash',
      'submodule',
      'foreach',
      '-c',
      '-C',
      '--',
      '-f',
      '--stdin',
      'config',
      UNKNOWN_PART,
      `+${UNKNOWN_PART}`,
      'alias.a=a',
      'a',
    ),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...gitTools), fc.array(word, { maxLength: 6 }), (tool, words) => {
      const args = words.map((text) => ({
        text,
        certainty: text.includes(UNKNOWN_PART) ? ('unknown' as const) : ('exact' as const),
        written: text,
      }));
      expect(Array.isArray(tool.judge({ ...invoke('git'), args }))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
