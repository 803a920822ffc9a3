import type { SqlConnection } from '#action/sql-connection';

/** Rows that the transaction has inserted, updated and deleted so far, by table. */
export type Counters = ReadonlyMap<
  string,
  { readonly name: string; readonly written: number; readonly removed: number }
>;

/** What the open transaction has done to every table. The settings must be pinned. */
export async function readCounters(connection: SqlConnection): Promise<Counters> {
  const { rows } = await connection.query(COUNTERS);
  return new Map(
    rows.map(([oid, name, written, removed]) => [
      oid ?? '',
      { name: name ?? '', written: Number(written), removed: Number(removed) },
    ]),
  );
}

/** pg_stat_xact_user_tables, without its other columns; temporary tables are nobody's loss. */
const COUNTERS = `
  SELECT counted.oid, counted.name, counted.inserted + counted.updated, counted.deleted + counted.updated
  FROM (
    SELECT c.oid, n.nspname || '.' || c.relname AS name, pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) AS inserted,
      pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS updated,
      pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS deleted
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  ) AS counted
  WHERE counted.inserted + counted.updated + counted.deleted > 0`;
