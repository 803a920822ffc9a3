import type { SnapshotReader } from '#action/snapshot';
import type { SqlConnection } from '#action/sql-connection';
import type { UndoCheck, UndoOutcome, UndoSide } from '#action/undo';

export type { Conflict, RestoredTable, UndoCheck, UndoOutcome, UndoSide } from '#action/undo';

/**
 * Puts back what a snapshot has kept. One implementation for each kind of database (`protect/postgres`); it reads the
 * snapshot's own `contents` to know what is in it.
 */
export interface UndoEngine {
  /**
   * Says what an undo would do and where it would meet later changes. Changes nothing: whatever it needs runs in a
   * transaction that is rolled back.
   *
   * @throws ProtectError `NOT_UNDOABLE`, `SNAPSHOT_DAMAGED`; SqlError what the database answered.
   */
  check(reader: SnapshotReader, connection: SqlConnection): Promise<UndoCheck>;
  /**
   * Restores in one transaction, after comparing every current row with the recorded one.
   *
   * INVARIANT: on a conflict without a `side` nothing is changed.
   *
   * @param side who wins where a row was changed since.
   * @throws ProtectError `NOT_UNDOABLE`, `SNAPSHOT_DAMAGED`, and `UNDO_UNCERTAIN` when the connection was lost after COMMIT
   * was sent; SqlError what the database answered, with nothing changed.
   */
  undo(reader: SnapshotReader, connection: SqlConnection, side?: UndoSide): Promise<UndoOutcome>;
}
