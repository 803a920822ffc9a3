/** Snapshots and conflicts as people see them: every text in them is safe to show. */
import type { Undoable } from '#action/snapshot';
import { type SnapshotView, undoableInWords } from '#action/snapshot-view';
import type { Conflict } from '#action/undo';
import { visibleLine } from '#action/visible-text';
import { ProtectError } from '#protect/errors';
import type { Snapshots } from '#protect/snapshots';
import type { SnapshotRecord } from '#protect/storage';
import type { LocalRestore } from './undo.js';

/** Why an act in this state cannot be undone. */
export const WHY_NOT = {
  draft: 'it is being written',
  sealed: 'its act is still at work',
  unneeded: 'its act was not done, so there is nothing to undo',
  undone: 'it was undone already',
  expired: 'it expired, and its file is gone',
} as const;

/** The view of a snapshot whose file is compared with its digest now, when it can be undone from at all. */
export async function lookedAt(
  snapshots: Snapshots,
  local: LocalRestore | undefined,
  record: SnapshotRecord,
): Promise<SnapshotView> {
  if (record.state !== 'done' && record.state !== 'uncertain') return viewSnapshot(record, false);
  try {
    const reader = await snapshots.open(record.id);
    if (local?.engine.handles(reader) === true) await local.engine.verify(reader);
    return viewSnapshot(record, true);
  } catch (error) {
    if (!(error instanceof ProtectError)) throw error;
    const damaged: Undoable = { answer: 'no', because: [error.message] };
    return viewSnapshot(record, false, damaged);
  }
}

export function viewSnapshot(record: SnapshotRecord, checked: boolean, found?: Undoable): SnapshotView {
  const { about, state } = record;
  const undoable = found ?? undoableNow(record);
  return {
    id: record.id,
    state,
    at: record.createdAt,
    actionId: about.actionId,
    holdId: about.holdId,
    agent: visibleLine(about.agent),
    endedBy: record.changedBy,
    resource: about.resource,
    environments: about.environments.map(visibleLine),
    summary: visibleLine(about.summary),
    bytes: state === 'unneeded' || state === 'expired' ? 0 : (record.sealed?.bytes ?? 0),
    undoable: { ...undoable, because: undoable.because.map(visibleLine) },
    checked,
    answer: undoableInWords(undoable, checked),
  };
}

function undoableNow({ state, sealed }: SnapshotRecord): Undoable {
  const kept = sealed?.undoable ?? { answer: 'no', because: ['nothing was kept'] };
  switch (state) {
    case 'done':
      return kept;
    case 'uncertain':
      // FAIL-CLOSED: of an act whose outcome is unknown, an undo is never promised whole.
      return kept.answer === 'no'
        ? kept
        : {
            answer: 'partly',
            because: ['nobody knows whether the act was done; an undo compares first', ...kept.because],
          };
    default:
      return { answer: 'no', because: [WHY_NOT[state]] };
  }
}

/** Values are what somebody wrote into the database. */
export function shownConflict({ table, key, because, fields }: Conflict): Conflict {
  const shown = (value: string | null | undefined) => (typeof value === 'string' ? visibleLine(value) : value);
  return {
    table: visibleLine(table),
    key: visibleLine(key),
    because: visibleLine(because),
    fields: fields.map(({ column, was, now, wouldBe }) => ({
      column: visibleLine(column),
      was: shown(was),
      now: shown(now),
      wouldBe: shown(wouldBe),
    })),
  };
}
