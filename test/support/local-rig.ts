import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalLoss } from '#action/local-loss';
import type { SealedSnapshot } from '#action/snapshot';
import type { UndoOutcome, UndoSide } from '#action/undo';
import { systemClock } from '#base/clock';
import { createLocalKeeper, type LocalCopies, type LocalLimits } from '#protect/local/keeper';
import { createLocalUndo, type LocalUndo } from '#protect/local/undo';
import { openSnapshots, type Snapshots } from '#protect/snapshots';
import { openDatabase } from '#store/database';
import { createSnapshotStorage } from '#store/snapshots';
import { DAY, newSnapshotKey } from './snapshot-rig.js';

export interface LocalRig {
  readonly copies: LocalCopies;
  readonly local: LocalUndo;
  readonly snapshots: Snapshots;
  /** Of the copies. */
  readonly folder: string;
  /** Keeps what these losses take, as the pipeline does. */
  keep(losses: readonly LocalLoss[]): Promise<SealedSnapshot>;
  /** Undoes; what changed after `over` (milliseconds, by default now) was not the act. */
  undo(id: string, options?: { readonly over?: number; readonly side?: UndoSide }): Promise<UndoOutcome>;
  close(): Promise<void>;
}

export const LOCAL_LIMITS: LocalLimits = { mostFiles: 100_000, mostBytes: 256 * 1024 * 1024, mostMilliseconds: 30_000 };

const ABOUT = {
  actionId: 'act_1',
  session: { id: 'ses_1', agent: 'claude-code', intent: '', environments: ['*'], mode: 'work', tier: 'advisory' },
  resource: 'this machine',
  environments: ['local'],
  summary: 'deletes files',
} as const;

/** The real keeper, vault of snapshots and store, in a folder of their own. */
export async function localRig(state: string, limits: Partial<LocalLimits> = {}): Promise<LocalRig> {
  mkdirSync(state, { recursive: true });
  const database = await openDatabase(join(state, 'state.sqlite'));
  const snapshots = openSnapshots({
    folder: join(state, 'snapshots'),
    storage: createSnapshotStorage(database.kysely),
    key: await newSnapshotKey(),
    clock: systemClock,
    limits: { keep: 30 * DAY, mostBytes: 1024 ** 3 },
  });
  const folder = join(state, 'kept');
  const copies = createLocalKeeper({ folder, limits: { ...LOCAL_LIMITS, ...limits }, clock: systemClock });
  const local = createLocalUndo(copies, () => systemClock.now());
  const signal = new AbortController().signal;
  return {
    copies,
    local,
    snapshots,
    folder,
    async keep(losses) {
      const sealed = await copies.keep(losses, await snapshots.begin(ABOUT), signal);
      await snapshots.done(sealed.id);
      return sealed;
    },
    async undo(id, { over = Date.now(), side } = {}) {
      const reader = await snapshots.open(id);
      let kept: string | undefined;
      const outcome = await local.undo(
        reader,
        over,
        side,
        () => snapshots.begin({ ...ABOUT, summary: `undo of ${id}` }),
        async (sealed) => {
          kept = sealed.id;
        },
      );
      if (outcome.kind === 'undone') await snapshots.undone(id, 'dana');
      if (kept !== undefined) await snapshots.done(kept);
      return outcome;
    },
    close: () => database.close(),
  };
}
