/**
 * Snapshots when the disk is full and when the process is killed. `FIREBREAK_TORTURE=1000` kills so many times,
 * `FIREBREAK_TORTURE_SEED` repeats a run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SnapshotKey } from '#protect/snapshots';
import { bytesOf, newSnapshotKey, type SnapshotRig, snapshotRig } from '../support/snapshot-rig.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const KILLS = Math.ceil(Number(process.env['FIREBREAK_TORTURE'] ?? 100) / 8);
const SEED = Number(process.env['FIREBREAK_TORTURE_SEED'] ?? Date.now() % 0x7fff_ffff);
const SHORTEST_LIFE = 1;
const LONGEST_LIFE = 250;
const BYTES = 200_000;

const CHILD = fileURLToPath(new URL('../support/snapshot-child.mjs', import.meta.url));

interface Said {
  readonly ready?: true;
  readonly sealed?: { readonly id: string; readonly sha256: string; readonly rows: string };
  readonly done?: string;
  readonly leaving?: string;
  readonly code?: string;
  readonly message?: string;
}

function argumentsOf(folder: string, { recipient, identity }: SnapshotKey, bytes: number): readonly string[] {
  return [CHILD, folder, JSON.stringify({ recipient, identity: identity.reveal() }), String(bytes)];
}

/** Everything that a child says, told one by one; resolves when it has ended. */
async function listen(child: ChildProcess, hear: (said: Said) => void): Promise<void> {
  const ended = once(child, 'close');
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  if (child.stdout !== null) for await (const line of createInterface(child.stdout)) hear(JSON.parse(line));
  await ended;
  expect(errors).toBe('');
}

/** Sealed snapshots are whole, drafts are gone, and no file is there without a state that needs it. */
async function check(
  rig: SnapshotRig,
  all: ReadonlyMap<string, Said['sealed']>,
  done: ReadonlySet<string>,
  left: ReadonlySet<string>,
) {
  await rig.snapshots.sweep();
  const records = await rig.snapshots.list();
  const states = new Map(records.map(({ id, state }) => [id, state]));
  for (const [id, sealed] of all) {
    const state = states.get(id);
    if (left.has(id) && state === 'unneeded') continue;
    expect([id, state]).toEqual([id, done.has(id) ? 'done' : expect.stringMatching(/^(done|uncertain)$/)]);
    const rows = await bytesOf((await rig.snapshots.open(id)).part('rows'));
    expect(createHash('sha256').update(rows).digest('hex')).toBe(sealed?.rows);
  }
  const needed = records.filter(({ state }) => state === 'done' || state === 'uncertain');
  expect(readdirSync(rig.folder).sort()).toEqual(needed.map(({ id }) => `${id}.snapshot`).sort());
  // Also those whose seal was on disk when the child was killed before it could say so.
  for (const { id } of needed) expect((await rig.snapshots.open(id)).id).toBe(id);
  expect(await rig.storage.list({ states: ['draft', 'sealed'], limit: 10 })).toEqual([]);
}

test(`a process killed while it writes (${KILLS} times, seed ${SEED}) leaves whole snapshots or nothing`, async () => {
  const key = await newSnapshotKey();
  let rig = await snapshotRig({}, { key });
  let all = new Map<string, Said['sealed']>();
  let done = new Set<string>();
  let left = new Set<string>();
  const lives = fc.sample(fc.integer({ min: SHORTEST_LIFE, max: LONGEST_LIFE }), { numRuns: KILLS, seed: SEED });
  let sealedInAll = 0;
  for (const [index, life] of lives.entries()) {
    if (index % 10 === 9) {
      rig = await snapshotRig({}, { key });
      [all, done, left] = [new Map(), new Set(), new Set()];
    }
    const child = spawn(process.execPath, argumentsOf(rig.state, key, BYTES), { stdio: ['ignore', 'pipe', 'pipe'] });
    await listen(child, ({ ready, sealed, done: ended, leaving }) => {
      if (ready) void sleep(life).then(() => child.kill('SIGKILL'));
      if (sealed !== undefined) all.set(sealed.id, sealed);
      if (sealed !== undefined) sealedInAll += 1;
      if (ended !== undefined) done.add(ended);
      if (leaving !== undefined) left.add(leaving);
    });
    await check(rig, all, done, left);
  }
  expect(sealedInAll).toBeGreaterThan(0);
}, 600_000);

test('on a full disk nothing is sealed and nothing is left behind', async () => {
  const key = await newSnapshotKey();
  const state = temporaryFolder();
  // No file may grow over 4096 blocks of 512 bytes (POSIX, `ulimit -f`), which the snapshot alone needs: EFBIG, as ENOSPC.
  const limited = [
    '-c',
    'ulimit -f 4096; exec "$@"',
    'sh',
    process.execPath,
    ...argumentsOf(state, key, 6_000_000),
    'once',
  ];
  const said: Said[] = [];
  await listen(spawn('sh', limited, { stdio: ['ignore', 'pipe', 'pipe'] }), (one) => said.push(one));
  expect(said).toEqual([
    { ready: true },
    { code: 'SNAPSHOT_UNWRITABLE', message: expect.stringMatching(/^the snapshot cannot be kept: (EFBIG|ENOSPC)/) },
  ]);
  const rig = await snapshotRig({}, { state, key });
  expect(readdirSync(rig.folder)).toEqual([]);
  expect(await rig.storage.list({ limit: 10 })).toEqual([]);
});
