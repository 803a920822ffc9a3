import type { Conflict, UndoCheck, UndoOutcome, UndoSide } from '#action/undo';
import { ApproveError } from '#approve/errors';
import { createUndoing, type Restore } from '#daemon/undo';
import { type DeskRig, openDeskRig, STEP } from './desk-rig.js';
import { bytesOf, type SnapshotRig, snapshotRig } from './snapshot-rig.js';

export interface UndoingRig extends SnapshotRig {
  readonly desk: DeskRig;
  readonly undoing: ReturnType<typeof createUndoing>;
  /** What the database answers; a test changes it. */
  readonly database: {
    conflicts: Conflict[];
    fails: unknown;
    unreachable: boolean;
    /** Called while an undo is at work. */
    meanwhile: () => Promise<void>;
    opened: number;
    closed: number;
    readonly undone: { readonly rows: string; readonly side: UndoSide | undefined }[];
  };
  /** How many people must agree. */
  readonly needed: { approvers: number };
  /** This person's next code. */
  agree(approver: string): { readonly approver: string; readonly code: string };
}

export const CHANGED: Conflict = {
  table: 'orders',
  key: 'id = 7',
  because: 'the row was inserted again after the act',
  fields: [{ column: 'total', was: undefined, now: '12', wouldBe: null }],
};

/**
 * Undoing with the real vault of snapshots, codes and store. Only the database is the test's own: one table, whose rows come
 * back when it is told to undo; engines have tests of their own against real servers.
 */
export async function undoingRig(): Promise<UndoingRig> {
  const snapshots = await snapshotRig();
  const desk = await openDeskRig();
  for (const approver of ['dana', 'eli']) await desk.enrol(approver);
  const database: UndoingRig['database'] = {
    conflicts: [],
    fails: undefined,
    unreachable: false,
    meanwhile: async () => undefined,
    opened: 0,
    closed: 0,
    undone: [],
  };
  const tables = [{ table: 'orders', inserted: 3, updated: 1, deleted: 0 }];
  const restore: Restore = {
    engine: {
      async check(): Promise<UndoCheck> {
        return { tables, conflicts: database.conflicts, conflictCount: database.conflicts.length };
      },
      async undo(reader, _connection, side): Promise<UndoOutcome> {
        await database.meanwhile();
        if (database.fails !== undefined) throw database.fails;
        const { conflicts } = database;
        if (conflicts.length > 0 && side === undefined)
          return { kind: 'conflict', conflicts, conflictCount: conflicts.length };
        database.undone.push({ rows: String(await bytesOf(reader.part('rows'))), side });
        return { kind: 'undone', tables, left: ['the sequence orders_id_seq goes on where it was'] };
      },
    },
    async openConnection() {
      if (database.unreachable) throw new Error('connect ECONNREFUSED');
      database.opened += 1;
      return {
        query: () => Promise.reject(new Error('this engine asks nothing')),
        async close() {
          database.closed += 1;
        },
      };
    },
  };
  const needed = { approvers: 1 };
  return {
    ...snapshots,
    desk,
    database,
    needed,
    undoing: createUndoing({
      snapshots: snapshots.snapshots,
      restore,
      approversNeeded: () => needed.approvers,
      checkApprover: async (name) => {
        if (name === 'mallory') throw new ApproveError('APPROVER_UNKNOWN', 'not among the approvers');
      },
      factors: desk.factors,
      note: async (event) => {
        await desk.recorder.append({ ...event, kind: 'administered', time: desk.clock.now() });
      },
    }),
    agree(approver: string) {
      desk.clock.advance(STEP);
      return { approver, code: desk.code(approver) };
    },
  };
}
