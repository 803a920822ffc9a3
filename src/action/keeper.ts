import type { Measurement } from '#action/measurement';
import type { SealedSnapshot, SnapshotDraft, Undoable } from '#action/snapshot';
import type { QualifiedName, SqlConnection } from '#action/sql-connection';

/**
 * Keeps what an act on a database is about to change. `protect/postgres` implements it; a door calls it, since only the door
 * has the connection on which the act runs.
 */
export interface DatabaseKeeper {
  /**
   * Whether the changes of this measurement could be undone, asked in the transaction that was measured, before it is rolled
   * back. Reads catalogs only.
   */
  undoable(connection: SqlConnection, measurement: Measurement): Promise<Undoable>;
  /**
   * Called in a new REPEATABLE READ transaction, before the act: opens what must go on seeing the old rows.
   *
   * @param tables those that the dry run saw change.
   */
  beforeRows(connection: SqlConnection, tables: readonly QualifiedName[]): Promise<RowKeeping>;
  /**
   * Keeps what a change of the schema, a TRUNCATE or a DROP takes away. Called in the owner's transaction, before the act:
   * runs `tryAct` in a savepoint, sees in the catalogs what it took away, rolls back to the savepoint, and keeps that.
   */
  beforeSchema(connection: SqlConnection, tryAct: () => Promise<void>): Promise<SchemaKeeping>;
}

export interface RowKeeping {
  /** After the act, in its transaction, before its commit: writes the rows before and after, and seals. */
  keep(draft: SnapshotDraft): Promise<SealedSnapshot>;
}

export interface SchemaKeeping {
  /** Still before the act: writes data and definitions of what it takes away. */
  readonly undoable: Undoable;
  keep(draft: SnapshotDraft): Promise<SealedSnapshot>;
}
