import type { QualifiedName } from '#action/sql-connection';

/**
 * What an action really did to a database, counted by the server inside a transaction that was then rolled back, or is not
 * committed yet: cascades, triggers, rules and functions included.
 */
export interface Measurement {
  /** Tables whose rows changed, by name. A partition or child table counts for itself. */
  readonly tables: readonly TableChange[];
  /** System catalogs whose rows changed, by name: DDL, wherever it hid. */
  readonly catalogs: readonly { readonly name: string; readonly rows: number }[];
  /** Relations that were locked against every other use, by name: TRUNCATE and most of ALTER and DROP. */
  readonly exclusive: readonly string[];
  /** Sequences that were advanced. A rollback does not take their values back. */
  readonly sequences: readonly string[];
  /** A few of the rows that change, as they are before. */
  readonly samples: readonly Sample[];
}

export interface TableChange extends QualifiedName {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

export interface Sample {
  /** `schema.table` */
  readonly table: string;
  readonly change: 'updated' | 'deleted';
  readonly columns: readonly string[];
  /** Text values, cut for display; null is SQL NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export const NOTHING_MEASURED: Measurement = { tables: [], catalogs: [], exclusive: [], sequences: [], samples: [] };

/**
 * In which respect `actual` goes beyond what was approved, in words; undefined when it stays within.
 * More rows of any kind in any table, another table, another catalog or another exclusive lock go beyond.
 */
export function beyond(approved: Measurement, actual: Measurement): string | undefined {
  for (const table of actual.tables) {
    const known = approved.tables.find(({ schema, name }) => schema === table.schema && name === table.name);
    for (const change of ['inserted', 'updated', 'deleted'] as const) {
      const most = known?.[change] ?? 0;
      if (table[change] > most)
        return `${table[change]} rows of ${nameOf(table)} are ${change}, and ${most} were shown`;
    }
  }
  for (const { name, rows } of actual.catalogs) {
    const most = approved.catalogs.find((catalog) => catalog.name === name)?.rows ?? 0;
    if (rows > most) return `${rows} rows of the catalog ${name} change, and ${most} were shown`;
  }
  const lock = actual.exclusive.find((name) => !approved.exclusive.includes(name));
  return lock === undefined ? undefined : `${lock} is locked against every other use, which was not shown`;
}

/** False when it counted nothing at all. */
export function changesAnything({ tables, catalogs, exclusive, sequences }: Measurement): boolean {
  return [tables, catalogs, exclusive, sequences].some((found) => found.length > 0);
}

/** As people read it: without the schema when it is `public`. */
export function nameOf({ schema, name }: QualifiedName): string {
  return schema === 'public' ? name : `${schema}.${name}`;
}
