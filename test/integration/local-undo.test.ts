/** Copies of local work and undo: what is refused and why, what meets later work, what a hostile repository cannot do. */
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { GitPart, LocalLoss, PathLoss } from '#action/local-loss';
import type { LocalLimits } from '#protect/local/keeper';
import { differencesBetween, pictureOf } from '../support/local-picture.js';
import { bash } from '../support/local-repositories.js';
import { type LocalRig, localRig } from '../support/local-rig.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let root: string;
let work: string;
beforeEach(() => {
  root = temporaryFolder();
  work = join(root, 'work');
  mkdirSync(work);
});

async function openRig(limits: Partial<LocalLimits> = {}): Promise<LocalRig> {
  const rig = await localRig(join(root, 'state'), limits);
  onTestFinished(() => rig.close());
  return rig;
}

const write = (name: string, text: string | Buffer = `${name}\n`) => {
  mkdirSync(join(work, name, '..'), { recursive: true });
  writeFileSync(join(work, name), text);
};
const read = (name: string) => readFileSync(join(work, name), 'utf8');
const path = (name: string, fate: PathLoss['fate'] = 'removed', pattern = false): PathLoss => ({
  kind: 'path',
  path: name.startsWith('/') ? name : join(work, name),
  pattern,
  fate,
});
const git = (...loses: readonly GitPart[]): LocalLoss => ({ kind: 'git', folder: work, loses });
const signal = new AbortController().signal;

/** A repository with one commit, a change that is staged and one that is not. */
function repository(): void {
  write('a.txt', 'one\n');
  write('src/b.txt', 'two\n');
  bash(
    work,
    'git init -q -b main && git add -A && git commit -qm first && echo more >> a.txt && echo s > s && git add s',
  );
}

describe('it is said beforehand that no copy can be kept of', () => {
  const cases: readonly [string, () => readonly LocalLoss[], RegExp, Partial<LocalLimits>][] = [
    ['everything', () => [path('/')], /`\/` is everything/, {}],
    ['another file system', () => [path('/proc')], /`\/proc` is another file system, which is mounted there/, {}],
    ['too many files', () => [path('many')], /^it is more than 10 files$/, { mostFiles: 10 }],
    ['too many bytes', () => [path('big', 'changed')], /^it is more than 1,000 bytes to copy$/, { mostBytes: 1000 }],
    ['a pipe', () => [path('odd')], /`.*\/odd\/pipe` is no file, folder or link/, {}],
    ['what is nested too deep', () => [path('deep')], /is nested deeper than 256 folders/, {}],
    [
      'a link that leads to itself',
      () => [path('loop', 'changed')],
      /`.*\/loop` is a link that cannot be followed/,
      {},
    ],
    ['what Firebreak keeps itself', () => [path(join(root, 'state'))], /holds what Firebreak keeps itself/, {}],
    ['a folder in no repository', () => [git('worktree')], /is in no git repository/, {}],
    ['what takes too long', () => [path('many')], /^it takes longer than 0 s/, { mostMilliseconds: 0 }],
  ];
  test.each(cases)('%s', async (_, losses, words, limits) => {
    for (let n = 0; n < 20; n += 1) write(`many/${n}`);
    write('big', Buffer.alloc(400_000));
    mkdirSync(join(work, 'odd'));
    bash(work, `mkfifo odd/pipe; mkdir -p deep/${'d/'.repeat(260)}; ln -s loop loop`);
    const rig = await openRig(limits);
    const found = await rig.copies.assess(losses(), signal);
    expect(found).toMatchObject({ answer: 'no', because: [expect.stringMatching(words)] });
    await expect(rig.keep(losses())).rejects.toThrow(words);
  });
});

test('a file that changes while it is copied is not kept, and what could not be kept whole leaves nothing behind', async () => {
  repository();
  const rig = await openRig();
  const losses = [path('src'), git('worktree', 'index', 'refs')];
  expect(await rig.copies.assess(losses, signal)).toEqual({ answer: 'yes', because: [] });
  appendFileSync(join(work, 'src/b.txt'), 'a change after the look\n');
  await expect(rig.keep(losses)).rejects.toMatchObject({
    code: 'NOT_UNDOABLE',
    message: expect.stringContaining('src/b.txt` is being changed while it is copied'),
  });
  expect(readdirSync(rig.folder)).toEqual([]);
  expect(bash(work, 'git for-each-ref refs/firebreak')).toBe('');
  expect(await rig.snapshots.list()).toEqual([]);
  expect(readdirSync(join(root, 'state/snapshots'))).toEqual([]);
});

describe('folders that are made anew', () => {
  test('are left out, and that is said; what git follows in one is kept', async () => {
    bash(work, 'git init -q -b main');
    write('.gitignore', 'dist/\nnode_modules/\n');
    for (const name of [
      'app/node_modules/x.js',
      'app/dist/o.js',
      'app/own.js',
      'lib/dist/kept.js',
      'lib/build/kept.js',
    ])
      write(name);
    bash(work, 'git add -f lib && git commit -qm lib');
    const rig = await openRig();
    const losses = [path('app'), path('lib')];
    const words = `${work}/app/dist, ${work}/app/node_modules can be made anew and is left out`;
    expect(await rig.copies.assess(losses, signal)).toEqual({ answer: 'yes', because: [words] });
    const { id } = await rig.keep(losses);
    bash(work, 'rm -rf app lib');
    expect(await rig.undo(id)).toMatchObject({ kind: 'undone' });
    expect(bash(work, 'find app lib -type f | sort')).toBe('app/own.js\nlib/build/kept.js\nlib/dist/kept.js\n');
  });
});

describe('work that was done after the act', () => {
  /** Files a, b and c are deleted; an hour later b and a new file stand there again. */
  async function laterWork() {
    for (const name of ['d/a', 'd/b', 'd/c']) write(name);
    const rig = await openRig();
    const { id } = await rig.keep([path('d')]);
    rmSync(join(work, 'd'), { recursive: true });
    const over = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    write('d/b', 'written later\n');
    write('d/new', 'new work\n');
    return { rig, id, over };
  }

  test('is a conflict, which is said before anything is changed', async () => {
    const { rig, id, over } = await laterWork();
    const before = pictureOf(work);
    const conflict = { table: join(work, 'd'), key: 'b', because: 'was changed after the act', fields: [] };
    const check = await rig.local.check(await rig.snapshots.open(id), over);
    expect(check).toMatchObject({ conflicts: [conflict], conflictCount: 1 });
    expect(check.tables).toMatchObject([
      { table: join(work, 'd'), unit: 'files', inserted: 2, updated: 1, deleted: 0 },
    ]);
    expect(await rig.undo(id, { over })).toEqual({ kind: 'conflict', conflicts: [conflict], conflictCount: 1 });
    expect(differencesBetween(before, pictureOf(work))).toEqual([]);
  });

  test('stays with the side `current`, and what is not in the way stays in any case', async () => {
    const { rig, id, over } = await laterWork();
    expect(await rig.undo(id, { over, side: 'current' })).toMatchObject({ kind: 'undone' });
    expect(['a', 'b', 'c', 'new'].map((name) => read(`d/${name}`))).toEqual([
      'd/a\n',
      'written later\n',
      'd/c\n',
      'new work\n',
    ]);
  });

  test('is kept first when the side `before` replaces it, so that the undo can be undone', async () => {
    const { rig, id, over } = await laterWork();
    const before = pictureOf(work);
    const outcome = await rig.undo(id, { over, side: 'before' });
    expect(read('d/b')).toBe('d/b\n');
    expect(read('d/new')).toBe('new work\n');
    expect(outcome).toMatchObject({ kind: 'undone', kept: 'S-2' });
    expect(await rig.undo('S-2')).toMatchObject({ kind: 'undone' });
    expect(differencesBetween(before, pictureOf(work))).toEqual([]);
  });

  test('in git is a conflict too: commits made since are not thrown away unasked, and come back', async () => {
    repository();
    const rig = await openRig();
    const { id } = await rig.keep([git('worktree', 'index', 'refs')]);
    bash(work, 'git reset -q --hard');
    const over = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    bash(work, 'echo later > later.txt && git add later.txt && git commit -qm later');
    const later = bash(work, 'git rev-parse HEAD');
    expect(await rig.undo(id, { over })).toMatchObject({ kind: 'conflict' });
    expect(bash(work, 'git rev-parse HEAD')).toBe(later);
    await rig.undo(id, { over, side: 'before' });
    expect(bash(work, 'git status --porcelain')).toBe(' M a.txt\nA  s\n?? later.txt\n');
    bash(work, 'git reflog expire --expire=now --all && git gc -q --prune=now');
    expect(await rig.undo('S-2')).toMatchObject({ kind: 'undone' });
    expect(bash(work, 'git rev-parse HEAD && git fsck --no-dangling')).toBe(later);
  });

  test('at this very moment is waited for: a repository in which git works is not touched', async () => {
    repository();
    const rig = await openRig();
    const { id } = await rig.keep([git('worktree', 'index')]);
    bash(work, 'git checkout -q -- .');
    writeFileSync(join(work, '.git/index.lock'), '');
    await expect(rig.undo(id)).rejects.toMatchObject({ code: 'UNDO_BUSY' });
    rmSync(join(work, '.git/index.lock'));
    expect(await rig.undo(id)).toMatchObject({ kind: 'undone' });
    expect(read('a.txt')).toBe('one\nmore\n');
  });
});

test('a repository cannot make us run anything, and files that it converts come back byte for byte', async () => {
  repository();
  const ran = join(root, 'ran');
  const trap = join(root, 'trap.sh');
  writeFileSync(trap, `#!/bin/sh\necho "$0 $*" >> '${ran}'\ncat\n`, { mode: 0o755 });
  write('.gitattributes', '*.txt filter=trap diff=trap text eol=crlf\n*.bin filter=trap\n');
  write('x.bin', 'as it is\n');
  write('crlf.txt', 'a\r\nb\r\n');
  bash(work, 'git add -A && git commit -qm attributes');
  const traps = [
    'filter.trap.clean',
    'filter.trap.smudge',
    'filter.trap.process',
    'diff.trap.textconv',
    'diff.trap.command',
    'core.fsmonitor',
    'core.sshCommand',
    'core.pager',
    'core.editor',
    'core.askPass',
    'gpg.program',
    'alias.ls-files',
    'alias.rev-parse',
    'uploadpack.packObjectsHook',
  ];
  for (const name of traps) bash(work, `git config ${name} ${trap}`);
  for (const hook of ['reference-transaction', 'post-index-change', 'post-checkout', 'pre-auto-gc']) {
    writeFileSync(join(work, '.git/hooks', hook), `#!/bin/sh\necho ${hook} >> '${ran}'\n`, { mode: 0o755 });
  }
  bash(work, 'sleep 0.01; touch x.bin crlf.txt a.txt');
  rmSync(ran, { force: true });
  const leave = (name: string) => name === '.git/objects' || name === '.git/refs/firebreak';
  const before = pictureOf(work, { leave });
  const rig = await openRig();
  const losses = [git('worktree', 'index', 'refs', 'untracked', 'ignored'), path('src')];
  expect(await rig.copies.assess(losses, signal)).toMatchObject({ answer: 'yes' });
  const { id } = await rig.keep(losses);
  for (const name of ['x.bin', 'crlf.txt', 'a.txt', 's']) write(name, 'overwritten');
  rmSync(join(work, 'src'), { recursive: true });
  writeFileSync(join(work, '.git/HEAD'), 'ref: refs/heads/elsewhere\n');
  await rig.local.check(await rig.snapshots.open(id), Date.now());
  expect(await rig.undo(id)).toMatchObject({ kind: 'undone' });
  expect(differencesBetween(before, pictureOf(work, { leave }))).toEqual([]);
  await rig.copies.forget(id);
  expect(existsSync(ran) ? readFileSync(ran, 'utf8') : '').toBe('');
});

describe('nothing is written elsewhere', () => {
  test('when a link was put in the place of a folder', async () => {
    write('d/inner/file', 'mine\n');
    const outside = join(root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'file'), 'theirs\n');
    const rig = await openRig();
    const { id } = await rig.keep([path('d/inner/file', 'changed')]);
    const inside = await rig.keep([path('d')]);
    rmSync(join(work, 'd/inner'), { recursive: true });
    symlinkSync(outside, join(work, 'd/inner'));
    await expect(rig.undo(id)).rejects.toThrow();
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('theirs\n');
    // Where the folder itself was kept, it is put back in the place of the link.
    expect(await rig.undo(inside.id)).toMatchObject({ kind: 'undone' });
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('theirs\n');
    expect(read('d/inner/file')).toBe('mine\n');
  });

  test('when the repository says that its working tree is elsewhere', async () => {
    repository();
    bash(work, `git config core.worktree ${root}`);
    const rig = await openRig();
    const { answer, because } = await rig.copies.assess([git('untracked')], signal);
    expect([answer, because[0]]).toEqual(['no', expect.stringMatching(/not a git repository/)]);
  });
});

test('what comes into being through a link that led nowhere goes again', async () => {
  write('d/x');
  bash(work, 'ln -s ../made/by/it d/broken && mkdir made');
  const rig = await openRig();
  const before = pictureOf(work);
  const { id } = await rig.keep([path('d/broken', 'changed')]);
  bash(work, 'mkdir made/by && echo something > d/broken');
  expect(await rig.undo(id)).toMatchObject({ kind: 'undone' });
  expect(differencesBetween(before, pictureOf(work))).toEqual([]);
});

describe('a large file', () => {
  const large = () => write('large', Buffer.alloc(700_000, 1));

  test('that only goes away gets a second name instead of a copy', async () => {
    large();
    const rig = await openRig({ mostBytes: 1000 });
    const before = pictureOf(work);
    const { id } = await rig.keep([path('large')]);
    const [name = ''] = readdirSync(rig.copies.folderOf(id)).filter((one) => one.startsWith('f-'));
    expect(statSync(join(rig.copies.folderOf(id), name)).ino).toBe(statSync(join(work, 'large')).ino);
    rmSync(join(work, 'large'));
    await rig.undo(id);
    expect(differencesBetween(before, pictureOf(work))).toEqual([]);
  });

  test('that is moved, or written to, is copied: the copy stays what it is', async () => {
    large();
    const rig = await openRig();
    const { id } = await rig.keep([path('large'), path('moved', 'placed')]);
    bash(work, 'mv large moved && echo more >> moved');
    await rig.undo(id);
    expect(statSync(join(work, 'large')).size).toBe(700_000);
    expect(existsSync(join(work, 'moved'))).toBe(false);
  });

  test('whose copy was changed all the same is not undone from', async () => {
    large();
    const rig = await openRig();
    const { id } = await rig.keep([path('large')]);
    linkSync(join(work, 'large'), join(work, 'other-name'));
    rmSync(join(work, 'large'));
    appendFileSync(join(work, 'other-name'), 'in place');
    const reader = await rig.snapshots.open(id);
    await expect(rig.local.verify(reader)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
    await expect(rig.undo(id)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
    expect(existsSync(join(work, 'large'))).toBe(false);
  });
});

describe('what was kept', () => {
  test('outlives everything that git throws away, until it is forgotten; then nothing is left of it', async () => {
    repository();
    bash(work, 'git branch side && git tag -a -m note noted && echo lost | git hash-object -w --stdin');
    const rig = await openRig();
    const { id } = await rig.keep([git('refs')]);
    const objects = () =>
      bash(work, 'git cat-file --batch-all-objects --batch-check')
        .split('\n')
        .filter((line) => line !== '');
    const before = objects();
    bash(
      work,
      'git branch -q -D side && git tag -d noted && git reflog expire --expire=now --all && git gc -q --prune=now',
    );
    // A tag cannot be held by a commit; its bytes are in the snapshot.
    expect(before.filter((object) => !objects().includes(object))).toEqual([expect.stringContaining(' tag ')]);
    expect(await rig.undo(id)).toMatchObject({ kind: 'undone' });
    expect(before.filter((object) => !objects().includes(object))).toEqual([]);
    expect(bash(work, 'git rev-parse noted^{tag} side')).toMatch(/^\w+\n\w+\n$/);
    for (const one of [id, 'S-2']) await rig.copies.forget(one);
    expect(bash(work, 'git for-each-ref refs/firebreak')).toBe('');
    expect(readdirSync(rig.folder)).toEqual([]);
  });

  test('after a crash goes when no snapshot needs it', async () => {
    repository();
    const rig = await openRig();
    for (let n = 0; n < 2; n += 1) await rig.keep([git('worktree')]);
    await rig.copies.sweep(async (id) => id === 'S-2');
    expect(readdirSync(rig.folder)).toEqual(['S-2']);
    expect(bash(work, "git for-each-ref --format='%(refname)' refs/firebreak")).toMatch(/^refs\/firebreak\/S-2-\w+\n$/);
  });

  test('is said to be damaged when the repository has lost its objects', async () => {
    repository();
    bash(work, 'git status -s >/dev/null');
    const rig = await openRig();
    const { id } = await rig.keep([git('worktree', 'index')]);
    rmSync(join(work, '.git/objects'), { recursive: true });
    mkdirSync(join(work, '.git/objects'));
    await expect(rig.local.verify(await rig.snapshots.open(id))).rejects.toMatchObject({
      code: 'SNAPSHOT_DAMAGED',
      message: expect.stringMatching(/objects of the repository are gone/),
    });
  });

  test('says what it took', async () => {
    repository();
    const rig = await openRig();
    const { took, undoable } = await rig.keep([git('worktree'), path('src')]);
    expect(undoable).toEqual({ answer: 'yes', because: [] });
    expect(took).toMatchObject({ files: expect.any(Number), bytes: expect.any(Number) });
    expect(took?.files).toBeGreaterThan(1);
    expect(took?.milliseconds).toBeGreaterThan(0);
  });
});

test('a mixture of losses of the same place is undone as one', async () => {
  repository();
  const rig = await openRig();
  const before = pictureOf(work, { leave: (name) => name === '.git/refs/firebreak' });
  const { id } = await rig.keep([
    path('.git'),
    git('worktree', 'index', 'refs'),
    path('src/*', 'removed', true),
    path('new', 'placed'),
  ]);
  bash(work, 'git reset -q --hard && rm -rf .git src/* && mkdir new && echo x > new/x');
  expect(await rig.undo(id)).toMatchObject({ kind: 'undone' });
  const after = pictureOf(work, { leave: (name) => name === '.git/refs/firebreak' });
  expect(
    differencesBetween(before, after).filter(
      (line) => !line.startsWith('.git/objects') && !line.startsWith('.git/refs:'),
    ),
  ).toEqual([]);
});
