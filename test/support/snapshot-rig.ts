import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { onTestFinished } from 'vitest';
import { Secret } from '#base/secret';
import { openSnapshots, type SnapshotKey, type SnapshotLimits, type Snapshots } from '#protect/snapshots';
import type { SnapshotStorage } from '#protect/storage';
import { openDatabase } from '#store/database';
import { createSnapshotStorage } from '#store/snapshots';
import { FakeClock } from './fake-clock.js';
import { temporaryFolder } from './temporary-folder.js';

export interface SnapshotRig {
  readonly snapshots: Snapshots;
  readonly storage: SnapshotStorage;
  readonly clock: FakeClock;
  readonly key: SnapshotKey;
  /** Of the state: `snapshots/` and `state.sqlite` are in it. */
  readonly state: string;
  readonly folder: string;
}

export const ABOUT = {
  actionId: 'act_1',
  session: {
    id: 'ses_1',
    agent: 'claude-code',
    intent: '',
    environments: ['*'],
    mode: 'work',
    tier: 'contained',
  },
  resource: 'orders-db',
  environments: ['production'],
  summary: 'deletes 3 rows of orders',
} as const;

export const DAY = 86_400_000;

export async function newSnapshotKey(): Promise<SnapshotKey> {
  const identity = await generateX25519Identity();
  return { recipient: await identityToRecipient(identity), identity: new Secret(identity) };
}

/** A vault of snapshots on a real store, in a folder of its own. */
export async function snapshotRig(
  limits: Partial<SnapshotLimits> = {},
  again?: Partial<Pick<SnapshotRig, 'state' | 'key' | 'clock'>>,
): Promise<SnapshotRig> {
  const state = again?.state ?? temporaryFolder();
  const clock = again?.clock ?? new FakeClock();
  const key = again?.key ?? (await newSnapshotKey());
  const database = await openDatabase(join(state, 'state.sqlite'));
  onTestFinished(() => database.close());
  const storage = createSnapshotStorage(database.kysely);
  const folder = join(state, 'snapshots');
  const snapshots = openSnapshots({
    folder,
    storage,
    key,
    clock,
    limits: { keep: 30 * DAY, mostBytes: 1024 ** 3, ...limits },
  });
  return { snapshots, storage, clock, key, state, folder };
}

/** Seals a snapshot of these parts. */
export async function keep(
  snapshots: Snapshots,
  parts: Readonly<Record<string, readonly (Uint8Array | string)[]>>,
  undoable: Parameters<Awaited<ReturnType<Snapshots['begin']>>['seal']>[1] = { answer: 'yes', because: [] },
) {
  const draft = await snapshots.begin(ABOUT);
  for (const [name, chunks] of Object.entries(parts)) {
    const part = await draft.part(name);
    for (const chunk of chunks) await part.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    await part.end();
  }
  return draft.seal({ kind: 'test', parts: Object.keys(parts) }, undoable);
}

export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
