import type { SqlConnection } from '#action/sql-connection';
import { ProtectError } from '../../errors.js';
import type { Planned } from './plan.js';
import { imageOf, type StagedTable, sameKey } from './staged-table.js';
import { GRANT_HINT } from './suspension.js';
import { shown } from './table-shape.js';

/**
 * Verifies that every row is now as the plan wants it.
 *
 * @throws ProtectError `UNDO_FAILED`
 */
export async function verifyRows(connection: SqlConnection, table: StagedTable): Promise<void> {
  const { rows } = await connection.query(table.key.length > 0 ? keyedDifference(table) : keylessDifference(table));
  const wrong = Number(rows[0]?.[0]);
  // FAIL-CLOSED: an undo after which a row is not as it was kept changes nothing.
  if (wrong > 0) throw failed(`${wrong} rows of ${shown(table.kept)} would not be as they were`);
}

function keyedDifference(table: StagedTable): string {
  const { only, plan, before, now } = table;
  return `SELECT count(*) FROM (
    SELECT FROM ${plan} p JOIN ${before} b ON b.n = p.n
    WHERE p.op IN ('i', 'u', '-')
      AND NOT EXISTS (SELECT FROM ${only} r WHERE ${sameKey(table, 'r', 'b')} AND ${imageOf(table, 'r')} = b.img)
    UNION ALL
    SELECT FROM ${plan} p JOIN ${now} w ON w.at = p.at
    WHERE p.op = 'd' AND EXISTS (SELECT FROM ${only} r WHERE ${sameKey(table, 'r', 'w')})
  ) AS wrong`;
}

/** Equal rows are counted: those there were, less those taken away, and those put back, are those there are. */
function keylessDifference(table: StagedTable): string {
  const { only, plan, before, after, now } = table;
  const image = imageOf(table, 'r');
  return `SELECT count(*) FROM (
    SELECT FROM (
      SELECT img, 1 AS one FROM ${now}
      UNION ALL SELECT w.img, -1 FROM ${plan} p JOIN ${now} w ON w.at = p.at WHERE p.op IN ('d', 'u')
      UNION ALL SELECT b.img, 1 FROM ${plan} p JOIN ${before} b ON b.n = p.n WHERE p.op IN ('i', 'u')
      UNION ALL SELECT ${image}, -1 FROM ${only} r
        WHERE ${image} IN (SELECT img FROM ${before} UNION SELECT img FROM ${after})
    ) AS counted GROUP BY img HAVING sum(one) <> 0
  ) AS wrong`;
}

/** Rows inserted, updated and deleted in the open transaction, together, by table. */
export async function countChanges(connection: SqlConnection): Promise<ReadonlyMap<string, number>> {
  const { rows } = await connection.query(CHANGES);
  return new Map(rows.map(([oid, count]) => [oid ?? '', Number(count)]));
}

/**
 * Verifies that nothing but the plans was carried out: what a cascade or a trigger had done besides would be counted.
 *
 * @throws ProtectError `UNDO_FAILED`
 */
export async function verifyChanges(
  connection: SqlConnection,
  baseline: ReadonlyMap<string, number>,
  planned: readonly Planned[],
  tuples: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [oid, count] of await countChanges(connection)) {
    const changed = count - (baseline.get(oid) ?? 0);
    const meant = tuples.get(oid) ?? 0;
    if (changed === meant) continue;
    const name = planned.find(({ table }) => table.shape.oid === oid)?.restored.table ?? 'a table beside';
    // FAIL-CLOSED: an undo that sets a cascade in motion changes nothing.
    throw failed(`foreign keys or triggers would change ${changed} rows of ${name}, where ${meant} are to be undone`);
  }
}

const failed = (message: string): ProtectError =>
  new ProtectError('UNDO_FAILED', message, { hint: `nothing was changed; ${GRANT_HINT}` });

const CHANGES = `
  SELECT oid, count FROM (
    SELECT c.oid, pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
      + pg_stat_get_xact_tuples_deleted(c.oid) AS count
    FROM pg_class c
    WHERE c.relkind = 'r' AND c.relpersistence <> 't'
      AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  ) AS counted WHERE count > 0`;
