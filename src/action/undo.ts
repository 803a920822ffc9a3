/** What undoing says, in plain data: the engine makes it, people see it. */

/** Where a row was changed since the act: `before` puts back what was kept, `current` leaves it as it is now. */
export type UndoSide = 'before' | 'current';

/** What an undo would do. */
export interface UndoCheck {
  /** What it would do to each table. Without conflicts: exactly; with conflicts: as if `before` won. */
  readonly tables: readonly RestoredTable[];
  readonly conflicts: readonly Conflict[];
  /** How many there are in all, when more than `conflicts` shows. */
  readonly conflictCount: number;
}

export type UndoOutcome =
  | {
      readonly kind: 'undone';
      readonly tables: readonly RestoredTable[];
      /** What could not be put back although the act could be undone otherwise; empty for a whole undo. */
      readonly left: readonly string[];
      /** The snapshot from which this undo can itself be undone, where one is kept. */
      readonly kept?: string | undefined;
    }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[]; readonly conflictCount: number };

/** How an undo changes one table. */
export interface RestoredTable {
  /** As people read it: `orders`, `billing.orders`. */
  readonly table: string;
  /** What the numbers count; rows when it is absent. */
  readonly unit?: 'files' | undefined;
  /** Rows put back that the act had deleted. */
  readonly inserted: number;
  /** Rows given their old values again. */
  readonly updated: number;
  /** Rows removed that the act had inserted. */
  readonly deleted: number;
  /** For what is not rows: `table recreated`, `taken back from the trash`. */
  readonly note?: string | undefined;
}

/** A row, or something else, that is no longer as the act left it. */
export interface Conflict {
  readonly table: string;
  /** What names the row, such as `id = 7`; an object's name when it is no row. */
  readonly key: string;
  /** In one clause, such as `the row was changed after the act`. */
  readonly because: string;
  /** The fields that differ; the rest of the row is left out. */
  readonly fields: readonly ConflictField[];
}

/**
 * One field of a row in conflict, as PostgreSQL's text, cut for display; null is SQL NULL, undefined says that there is no
 * such row.
 */
export interface ConflictField {
  readonly column: string;
  /** As the act left it. */
  readonly was?: string | null | undefined;
  readonly now?: string | null | undefined;
  /** What an undo with the side `before` would make of it. */
  readonly wouldBe?: string | null | undefined;
}
