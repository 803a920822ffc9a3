/** The third act: what act two refused is wanted this time. It is counted, approved, done, and undone again. */

import type { HoldView } from '#action/hold-view';
import { numeral } from '#action/measured-view';
import type { SnapshotView } from '#action/snapshot-view';
import type { RestoredTable } from '#action/undo';
import { measuredLines } from '#cli/measured-lines';
import { DemoError } from './errors.js';
import type { Guard } from './guard.js';
import { type GuardedStage, sameTables } from './guarded-stage.js';
import { watchHolds, whileWatched } from './hold-watch.js';
import type { DatabaseState } from './stage.js';

export interface ActThreeOptions {
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface ActThreeResult {
  /** The hold that was approved, as the approver saw it. */
  readonly hold: HoldView;
  readonly snapshot: SnapshotView;
  /** What the undo put back, reset and removed. */
  readonly restored: readonly RestoredTable[];
  readonly before: DatabaseState;
  /** After the approved deletion. */
  readonly between: DatabaseState;
  readonly after: DatabaseState;
  /** True when the deletion changed the tables, and every one has its old checksum again. */
  readonly undone: boolean;
}

/** A table on a terminal of 80 columns, inside the margin that an agent's output has. */
const COLUMNS = 76;

export async function runActThree(guarded: GuardedStage, { say, signal }: ActThreeOptions): Promise<ActThreeResult> {
  const { stage, guard } = guarded;
  const { operations, colleague } = guard;
  const before = await stage.database();
  let seen: HoldView | undefined;
  const approve = async (hold: HoldView) => {
    seen = hold;
    say(`    [person] reads ${hold.id}, with what the statement did when it was tried out:`);
    if (hold.measured !== undefined) {
      for (const line of measuredLines({ ...hold.measured, samples: [], notes: [] }, COLUMNS))
        say(`  ${line}`.trimEnd());
    }
    say(`    ${hold.undo?.words ?? 'nothing is kept of it'}`);
    say(`    [person] approves ${hold.id} with a code; a copy is kept, and the statement runs`);
    await operations.approve(hold.id, {
      approver: colleague.name,
      code: await colleague.authenticator.take(),
      digest: hold.digest,
    });
  };
  await whileWatched(watchHolds(guard, approve), signal, (ends) =>
    guarded.run({ task: 'tidy-up', intent: 'delete bookings that ended over three years ago', say, signal: ends }),
  );
  const between = await stage.database();
  signal?.throwIfAborted();
  if (seen === undefined) throw new DemoError('GUARD_FAILED', 'the deletion of act three was not held');
  say(`\nIt is done: ${changesInWords(before, between)}. Then somebody needs those bookings after all.`);

  const { snapshot, restored } = await undo(guard, say);
  signal?.throwIfAborted();
  const after = await stage.database();
  const undone = !sameTables(before, between) && sameTables(before, after);
  return { hold: seen, snapshot, restored, before, between, after, undone };
}

async function undo({ operations, colleague }: Guard, say: (line: string) => void) {
  const [kept] = await operations.snapshots();
  if (kept === undefined) throw new DemoError('GUARD_FAILED', 'act three kept no copy');
  say(`  $ firebreak undo ${kept.id}`);
  say(`    ${kept.id}  ${kept.answer}; ${numeral(Math.ceil(kept.bytes / 1000))} kB, encrypted, not in the database`);
  const approvals = [{ approver: colleague.name, code: await colleague.authenticator.take() }];
  const { outcome, snapshot } = await operations.undo(kept.id, { approvals });
  if (outcome.kind !== 'undone') throw new DemoError('GUARD_FAILED', `${kept.id} could not be undone`);
  for (const { table, inserted, updated, deleted } of outcome.tables) {
    const parts = [
      ...(inserted > 0 ? [`${numeral(inserted)} put back`] : []),
      ...(updated > 0 ? [`${numeral(updated)} reset`] : []),
      ...(deleted > 0 ? [`${numeral(deleted)} removed`] : []),
    ];
    say(`    ${table}: ${parts.join(', ')}`);
  }
  return { snapshot, restored: outcome.tables };
}

/** `bookings 60,000 -> 18,096 rows, payments ...` */
function changesInWords(before: DatabaseState, after: DatabaseState): string {
  if (before.kind !== 'alive' || after.kind !== 'alive') return 'the database cannot be asked';
  const changes = before.tables.flatMap(({ table, rows }) => {
    const now = after.tables.find((one) => one.table === table)?.rows ?? 0;
    return now < rows ? [`${numeral(rows - now)} rows of ${table} are gone`] : [];
  });
  return changes.length === 0 ? 'no table lost a row' : changes.join(', ');
}
