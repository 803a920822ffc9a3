/** Copies of local work as this daemon's configuration has them, together with the vault of snapshots. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '#action/session';
import type { Clock } from '#base/clock';
import { createLocalKeeper, type LocalCopies } from '#protect/local/keeper';
import { createLocalUndo } from '#protect/local/undo';
import type { Snapshots } from '#protect/snapshots';
import type { SnapshotRecord } from '#protect/storage';
import { type Config, durationMilliseconds } from './config/config.js';
import type { StateFolder } from './state-folder.js';
import type { LocalRestore } from './undo.js';

export interface OpenedCopies {
  readonly copies: LocalCopies;
  /** The vault of snapshots, whose snapshots take their copies with them when they go. */
  readonly snapshots: Snapshots;
  readonly restore: LocalRestore;
}

/** How long a command is taken to be at work when nobody tells, in milliseconds: the longest that agents let one run. */
const AT_WORK_MS = 600_000;

/** Nobody else works on the state folder yet: what a crash has left is removed. */
export async function openLocalCopies(
  state: StateFolder,
  config: Config,
  vault: Snapshots,
  clock: Clock,
): Promise<OpenedCopies> {
  const { most_files: mostFiles, most_bytes: mostBytes, most_time: mostTime } = config.snapshots.local;
  const limits = { mostFiles, mostBytes, mostMilliseconds: durationMilliseconds(mostTime) };
  const copies = createLocalKeeper({ folder: state.kept, limits, clock });
  const records = new Map((await vault.list(Number.MAX_SAFE_INTEGER)).map((record) => [record.id, record.state]));
  await copies.sweep(async (id) => {
    const known = records.get(id);
    // A snapshot that the store does not know keeps its copies: the store may be the older copy of the two.
    if (known === undefined) return existsSync(join(state.snapshots, `${id}.snapshot`));
    return known !== 'unneeded' && known !== 'expired';
  });
  const snapshots: Snapshots = {
    ...vault,
    async unneeded(id) {
      await vault.unneeded(id);
      await copies.forget(id);
    },
    async expire() {
      const expired = await vault.expire();
      for (const id of expired) await copies.forget(id);
      return expired;
    },
  };
  const overOf = (record: SnapshotRecord) => {
    const begun = record.state === 'done' ? (record.changedAt ?? record.createdAt) : record.createdAt;
    return copies.overOf(record.id) ?? Math.min(clock.now(), begun + AT_WORK_MS);
  };
  const restore: LocalRestore = {
    engine: createLocalUndo(copies, () => clock.now()),
    overOf,
    isOver: (id) => copies.over(id, clock.now()),
    begin: (record) =>
      snapshots.begin({
        actionId: record.about.actionId,
        session: UNDO_SESSION,
        resource: record.about.resource,
        environments: record.about.environments,
        summary: `undoes ${record.id}: ${record.about.summary}`,
      }),
  };
  return { copies, snapshots, restore };
}

/** Whoever undoes is named where it is undone. */
const UNDO_SESSION: Session = {
  id: 'undo',
  agent: 'firebreak undo',
  intent: '',
  environments: ['*'],
  mode: 'work',
  tier: 'remote',
};
