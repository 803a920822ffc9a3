/**
 * What keeping local work costs before a command may run, and what putting it back costs. The copies lie on the same disk as
 * the work; a snapshot is sealed and flushed as ever.
 *
 *     npm run bench:build && node dist-bench/bench/local-undo.js [folder on the disk to measure]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { LocalLoss } from '#action/local-loss';
import { systemClock } from '#base/clock';
import { Secret } from '#base/secret';
import { OPERATOR_SESSION } from '#daemon/core';
import { createLocalKeeper } from '#protect/local/keeper';
import { createLocalUndo } from '#protect/local/undo';
import { openSnapshots } from '#protect/snapshots';
import { openDatabase } from '#store/database';
import { createSnapshotStorage } from '#store/snapshots';
import { quantile } from './figures.js';

const ROUNDS = 7;
const MEGABYTE = 1024 * 1024;

interface Scenario {
  readonly name: string;
  readonly make: (work: string) => void;
  readonly losses: (work: string) => readonly LocalLoss[];
  readonly act: string;
}

const git = (work: string, text: string) =>
  execFileSync('sh', ['-c', text], {
    cwd: work,
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: 'b',
      GIT_AUTHOR_EMAIL: 'b@b',
      GIT_COMMITTER_NAME: 'b',
      GIT_COMMITTER_EMAIL: 'b@b',
    },
  });

function files(folder: string, count: number, bytes: number): void {
  for (let n = 0; n < count; n += 1) {
    const own = join(folder, `d${n % 50}`);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, `f${n}`), Buffer.alloc(bytes, n % 251));
  }
}

/** A repository of so many files of 4 kB, of which 20 are changed and 20 are not followed. */
function repository(count: number): Scenario['make'] {
  return (work) => {
    files(join(work, 'src'), count, 4096);
    git(work, 'git init -q && git add -A && git commit -qm first && sleep 0.02 && git update-index -q --refresh');
    files(join(work, 'src'), 20, 5000);
    files(join(work, 'new'), 20, 5000);
  };
}

const removed =
  (name: string) =>
  (work: string): readonly LocalLoss[] => [{ kind: 'path', path: join(work, name), pattern: false, fate: 'removed' }];
const reset = (folder: string): readonly LocalLoss[] => [{ kind: 'git', folder, loses: ['worktree', 'index', 'refs'] }];

const SCENARIOS: readonly Scenario[] = [
  { name: 'git reset --hard, 200 files', make: repository(200), losses: reset, act: 'git reset -q --hard' },
  { name: 'git reset --hard, 5,000 files', make: repository(5000), losses: reset, act: 'git reset -q --hard' },
  {
    name: 'rm -rf, 100 files of 4 kB',
    make: (work) => files(join(work, 'a'), 100, 4096),
    losses: removed('a'),
    act: 'rm -rf a',
  },
  {
    name: 'rm -rf, 5,000 files of 4 kB',
    make: (work) => files(join(work, 'a'), 5000, 4096),
    losses: removed('a'),
    act: 'rm -rf a',
  },
  {
    name: 'rm of 256 MB (second name)',
    make: (work) => files(join(work, 'a'), 4, 64 * MEGABYTE),
    losses: removed('a'),
    act: 'rm -rf a',
  },
  {
    name: 'overwrite of 64 MB (copy)',
    make: (work) => files(join(work, 'a'), 1, 64 * MEGABYTE),
    losses: (work) => [{ kind: 'path', path: join(work, 'a'), pattern: false, fate: 'changed' }],
    act: ': > a/d0/f0',
  },
];

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'firebreak-bench-'));
const database = await openDatabase(join(folder, 'state.sqlite'));
try {
  const identity = await generateX25519Identity();
  const snapshots = openSnapshots({
    folder: join(folder, 'snapshots'),
    storage: createSnapshotStorage(database.kysely),
    key: { recipient: await identityToRecipient(identity), identity: new Secret(identity) },
    clock: systemClock,
    limits: { keep: 86_400_000, mostBytes: 2 ** 31 },
  });
  const limits = { mostFiles: 100_000, mostBytes: 2 ** 31, mostMilliseconds: 60_000 };
  const copies = createLocalKeeper({ folder: join(folder, 'kept'), limits, clock: systemClock });
  const local = createLocalUndo(copies, () => Date.now());
  const { signal } = new AbortController();
  const about = {
    actionId: 'act',
    session: OPERATOR_SESSION,
    resource: folder,
    environments: ['local'],
    summary: 'bench',
  };
  const begin = () => snapshots.begin(about);

  const ms = (values: readonly number[], of: number) => `${quantile(values, of).toFixed(0)} ms`;
  console.log(
    '  what                            files        kB  cloned/second name/copied   look, keep (worst), undo',
  );
  for (const { name, make, losses, act } of SCENARIOS) {
    const times = { look: [] as number[], keep: [] as number[], undo: [] as number[] };
    let said: readonly string[] = [];
    const work = join(folder, 'work');
    mkdirSync(work);
    make(work);
    for (let round = 0; round < ROUNDS; round += 1) {
      const lost = losses(work);
      const began = performance.now();
      const { answer, because } = await copies.assess(lost, signal);
      if (answer !== 'yes') throw new Error(because.join('; '));
      times.look.push(performance.now() - began);
      const sealed = await copies.keep(lost, await begin(), signal);
      times.keep.push(performance.now() - began);
      git(work, act);
      const reader = await snapshots.open(sealed.id);
      const { cloned, linked, copied } = reader.contents;
      said = [
        `${sealed.took?.files}`,
        `${Math.round((sealed.took?.bytes ?? 0) / 1000)}`,
        `${cloned}/${linked}/${copied}`,
      ];
      const undoing = performance.now();
      const outcome = await local.undo(reader, Date.now(), undefined, begin, async () => undefined);
      if (outcome.kind !== 'undone') throw new Error('it was not undone');
      times.undo.push(performance.now() - undoing);
      for (const id of [sealed.id, outcome.kept ?? '']) await copies.forget(id);
    }
    const [files = '', kilobytes = '', how = ''] = said;
    const figures = `${ms(times.look, 0.5)}, ${ms(times.keep, 0.5)} (${ms(times.keep, 1)}), ${ms(times.undo, 0.5)}`;
    console.log(`  ${name.padEnd(30)} ${files.padStart(6)} ${kilobytes.padStart(9)}  ${how.padEnd(25)}   ${figures}`);
    rmSync(work, { recursive: true });
  }
} finally {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}
