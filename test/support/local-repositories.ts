/** Repositories as people leave them: half staged, half not, with odd names, links, submodules and a merge at work. */
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Numbers that only the seed decides (mulberry32). */
export interface Dice {
  /** From 0 up to, and without, `below`. */
  roll(below: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  chance(of: number): boolean;
}

export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const roll = (below: number) => Math.floor(next() * below);
  return {
    roll,
    pick: (from) => from[roll(from.length)] ?? from[0],
    chance: (of) => next() < of,
  };
}

/** What a command of a test runs with: nothing of the machine's own settings. */
export function sandboxEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Dana',
    GIT_AUTHOR_EMAIL: 'dana@example.com',
    GIT_COMMITTER_NAME: 'Dana',
    GIT_COMMITTER_EMAIL: 'dana@example.com',
    GIT_ALLOW_PROTOCOL: 'file',
  };
}

export function bash(folder: string, text: string): string {
  return execFileSync('bash', ['-c', text], { cwd: folder, env: sandboxEnvironment(folder), encoding: 'utf8' });
}

export type Feature =
  | 'merge'
  | 'rebase'
  | 'detached'
  | 'unborn'
  | 'packed'
  | 'submodule'
  | 'worktree'
  | 'stash'
  | 'ignored'
  | 'nested';

/** Names that need care: in patterns, in words of a shell, as text. */
const ODD_NAMES: readonly string[] = [
  'plain.txt',
  'two words.md',
  'new\nline',
  '-dash',
  '*star*',
  "quo'te",
  'ümlaut',
  '\\back',
  '$dollar',
  '[set].c',
  '.hidden',
  'trailing ',
];
/** No UTF-8. */
const BAD_NAME = Buffer.from([0x62, 0xff, 0xfe, 0x2e, 0x62]);

const FOLDERS: readonly [string, ...string[]] = ['', 'src', 'src/deep/er', 'docs', 'a b'];

/** Makes a repository in `folder`, which is made. */
export function makeRepository(folder: string, seed: number, features: readonly Feature[]): void {
  const { roll, pick, chance } = dice(seed);
  const has = (feature: Feature) => features.includes(feature);
  mkdirSync(folder, { recursive: true });
  bash(folder, 'git init -q -b main');
  const content = () => `${seed} ${roll(1_000_000)}\n`.repeat(1 + roll(20));
  const write = (path: string | Buffer, text: string | Buffer = content()) => {
    const full = Buffer.isBuffer(path) ? Buffer.concat([Buffer.from(`${folder}/`), path]) : join(folder, path);
    writeFileSync(full, text);
    const time = 1_600_000_000 + roll(100_000_000) + roll(1000) / 1000;
    utimesSync(full, time, time);
  };
  for (const one of FOLDERS) mkdirSync(join(folder, one), { recursive: true });
  if (has('ignored')) write('.gitignore', '*.log\n/private/\nnode_modules/\ndist/\n.env\n');
  const tracked = ODD_NAMES.filter(() => chance(0.6)).map((name) => join(pick(FOLDERS), name));
  tracked.push('kept.txt', 'src/run.sh', 'src/deep/er/x.js');
  for (const name of tracked) write(name);
  write(BAD_NAME);
  write('src/large.bin', Buffer.alloc(300_000 + roll(10_000), roll(256)));
  write('crlf.txt', 'one\r\ntwo\r\n');
  chmodSync(join(folder, 'src/run.sh'), 0o755);
  symlinkSync('kept.txt', join(folder, 'link'));
  symlinkSync('nowhere', join(folder, 'docs/broken'));
  if (!has('unborn')) {
    bash(folder, 'git add -A && git commit -qm first && git branch old && git tag -a v1 -m one && git tag light');
    write('kept.txt');
    write('second.txt');
    bash(folder, 'git rm -q --cached crlf.txt; git add -A && git commit -qm second && git branch other');
    bash(
      folder,
      'git checkout -q other && echo theirs > kept.txt && echo new > src/only-other.txt && git add -A && git commit -qm third && git checkout -q main',
    );
    write('src/deep/er/x.js');
    write('kept.txt');
    bash(folder, 'git add -A && git commit -qm fourth && git tag -a -m two v2');
    // Nothing leads to this one but the log of HEAD, and to that blob nothing at all.
    bash(
      folder,
      'git commit -q --allow-empty -m lost && git reset -q --hard HEAD~1 && echo dangling | git hash-object -w --stdin',
    );
    if (has('stash'))
      bash(folder, 'echo stashed >> kept.txt && echo other > stashed-untracked && git stash push -q -u');
    if (has('packed')) bash(folder, 'git gc -q && git pack-refs --all');
    if (has('submodule')) {
      bash(
        folder,
        'git init -q -b main ../library && cd ../library && echo lib > lib.txt && git add -A && git commit -qm lib',
      );
      bash(folder, 'git -c protocol.file.allow=always submodule --quiet add ../library sub && git commit -qm sub');
      bash(folder, 'cd sub && echo dirty >> lib.txt && echo new > untracked && echo staged > staged && git add staged');
    }
    if (has('detached')) bash(folder, 'git checkout -q --detach HEAD~1');
    if (has('worktree'))
      bash(
        folder,
        'git worktree add -q ../linked other && cd ../linked && echo dirty >> kept.txt && echo u > untracked',
      );
  }
  if (has('merge')) bash(folder, 'git merge -q other >/dev/null || true');
  if (has('rebase'))
    bash(
      folder,
      'git checkout -q -b feature && echo mine > kept.txt && git commit -qam mine && git rebase other >/dev/null 2>&1 || true',
    );

  // What nobody has committed.
  if (!has('merge') && !has('rebase')) {
    const changed = tracked.filter(() => chance(0.3));
    for (const name of changed) write(name);
    write('staged.txt');
    write('second.txt');
    bash(folder, 'git add staged.txt second.txt');
    write('second.txt');
    if (chance(0.5)) bash(folder, 'rm -f docs/broken');
    if (chance(0.5) && !has('unborn')) bash(folder, 'git rm -q --cached link');
    if (chance(0.5)) bash(folder, 'chmod 600 kept.txt; chmod -x src/run.sh');
    if (chance(0.3))
      bash(folder, 'git update-index --assume-unchanged src/deep/er/x.js; echo hidden >> src/deep/er/x.js');
    if (chance(0.3)) bash(folder, 'git add -N docs 2>/dev/null; echo later > later.txt; git add -N later.txt');
  }
  // Git takes away folders in which nothing is left.
  for (const one of FOLDERS) mkdirSync(join(folder, one), { recursive: true });
  const untracked = ODD_NAMES.filter(() => chance(0.4)).map((name) => join(pick(FOLDERS), `u${name}`));
  for (const name of untracked) write(name);
  write(Buffer.concat([Buffer.from('src/'), BAD_NAME, Buffer.from('u')]));
  mkdirSync(join(folder, 'empty/inner'), { recursive: true });
  mkdirSync(join(folder, 'notes/sub'), { recursive: true });
  write('notes/todo.md');
  write('notes/sub/idea.txt');
  write('notes/big.dat', Buffer.alloc(270_000 + roll(1000), roll(256)));
  linkSync(join(folder, 'notes/todo.md'), join(folder, 'notes/same.md'));
  linkSync(join(folder, 'notes/todo.md'), join(folder, 'src/outer-name.md'));
  symlinkSync('../kept.txt', join(folder, 'notes/up'));
  chmodSync(join(folder, 'notes/sub'), 0o500);
  chmodSync(join(folder, 'notes/sub/idea.txt'), 0o440);
  if (has('ignored')) {
    for (const inner of ['private/keys', 'node_modules/pkg', 'dist'])
      mkdirSync(join(folder, inner), { recursive: true });
    for (const name of ['private/keys/a.key', 'debug.log', 'src/x.log', '.env', 'node_modules/pkg/i.js', 'dist/o.js'])
      write(name);
  }
  if (has('nested'))
    bash(
      folder,
      'git init -q -b main inner && cd inner && echo own > own.txt && git add -A && git commit -qm own && echo dirty > own.txt',
    );
  for (const name of ['link', 'notes/up']) {
    try {
      lutimesSync(join(folder, name), 1_650_000_000.25, 1_650_000_000.25);
    } catch {}
  }
  for (const one of ['notes/sub', 'notes', 'empty/inner', 'empty', 'src/deep', 'src', '.']) {
    const time = 1_700_000_000 + roll(10_000_000);
    utimesSync(join(folder, one), time, time);
  }
}
