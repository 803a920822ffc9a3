import type { SqlConnection } from '#action/sql-connection';
import type { Conflict, ConflictField, RestoredTable, UndoSide } from '#action/undo';
import { bare, imageOf, type StagedTable, sameKey, sameStagedKey, stagedColumns } from './staged-table.js';
import { shown } from './table-shape.js';

export const SHOWN_CONFLICTS = 20;
const SHOWN_CHARACTERS = 200;

export interface Planned {
  readonly table: StagedTable;
  readonly restored: RestoredTable;
  readonly conflicts: readonly Conflict[];
  readonly conflictCount: number;
  /** Why the table is left as it is; undefined when it is not. */
  readonly left: string | undefined;
}

/**
 * Compares what is there now with what the act left, and decides for every row. The tables must be locked.
 *
 * @param side who wins in a conflict.
 */
export async function planTable(connection: SqlConnection, table: StagedTable, side: UndoSide): Promise<Planned> {
  const keyed = table.key.length > 0;
  await (keyed ? planKeyed(connection, table) : planKeyless(connection, table));
  const conflictCount = Number(
    (await connection.query(`SELECT count(*) FROM ${table.plan} WHERE conflict`)).rows[0]?.[0],
  );
  const conflicts =
    conflictCount === 0 ? [] : await (keyed ? keyedConflicts(connection, table) : keylessConflicts(connection, table));
  let left: string | undefined;
  if (side === 'current' && conflictCount > 0) {
    // Without a key nobody can tell which old row a changed row was, so the whole table is left alone.
    await connection.query(`UPDATE ${table.plan} SET op = 'c'${keyed ? ' WHERE conflict' : ''}`);
    left = keyed
      ? `${conflictCount} rows of ${shown(table.kept)} that were changed after the act`
      : `${shown(table.kept)}, which has no key and was changed after the act`;
  }
  const counts = await connection.query(`SELECT op, count(*) FROM ${table.plan} GROUP BY op`);
  const count = (op: string) => Number(counts.rows.find(([found]) => found === op)?.[1] ?? 0);
  const restored = { table: shown(table.kept), inserted: count('i'), updated: count('u'), deleted: count('d') };
  return {
    table,
    restored: keyed ? restored : pairUp(restored),
    conflicts,
    conflictCount,
    left,
  };
}

/** Without a key, an update is one row away and another one back. */
function pairUp({ table, inserted, deleted }: RestoredTable): RestoredTable {
  const updated = Math.min(inserted, deleted);
  return { table, inserted: inserted - updated, updated, deleted: deleted - updated };
}

async function planKeyed(connection: SqlConnection, table: StagedTable): Promise<void> {
  const keys = table.key.map(({ at }) => `c${at + 1}`).join(', ');
  await connection.query(
    `CREATE TEMPORARY TABLE ${bare(table.now)} ON COMMIT DROP AS
     SELECT r.ctid AS at, ${imageOf(table, 'r')} AS img${stagedColumns(table)}
     FROM (SELECT ${keys} FROM ${table.before} UNION SELECT ${keys} FROM ${table.after}) AS k
     JOIN ${table.only} r ON ${sameKey(table, 'r', 'k')}`,
  );
  await connection.query(`ANALYZE ${table.now}`);
  await connection.query(
    `CREATE TEMPORARY TABLE ${bare(table.plan)} ON COMMIT DROP AS
     SELECT b.n, a.n AS a, w.at, a.img IS DISTINCT FROM w.img AS conflict,
       CASE WHEN b.n IS NULL AND w.at IS NULL THEN '-' WHEN b.n IS NULL THEN 'd' WHEN w.at IS NULL THEN 'i'
            WHEN b.img = w.img THEN '-' ELSE 'u' END AS op
     FROM (SELECT ${keys} FROM ${table.before} UNION SELECT ${keys} FROM ${table.after}) AS k
     LEFT JOIN ${table.before} b ON ${sameStagedKey(table, 'b', 'k')}
     LEFT JOIN ${table.after} a ON ${sameStagedKey(table, 'a', 'k')}
     LEFT JOIN ${table.now} w ON ${sameStagedKey(table, 'w', 'k')}`,
  );
  await connection.query(`ANALYZE ${table.plan}`);
}

/** Equal rows are told apart by counting them. */
async function planKeyless(connection: SqlConnection, table: StagedTable): Promise<void> {
  await connection.query(
    `CREATE TEMPORARY TABLE ${bare(table.now)} ON COMMIT DROP AS
     SELECT r.ctid AS at, ${imageOf(table, 'r')} AS img${stagedColumns(table)} FROM ${table.only} r
     WHERE ${imageOf(table, 'r')} IN (SELECT img FROM ${table.before} UNION SELECT img FROM ${table.after})`,
  );
  await connection.query(
    `CREATE TEMPORARY TABLE ${bare(table.plan)} ON COMMIT DROP AS
     SELECT NULL::bigint AS n, a.n AS a, w.at, w.at IS NULL AS conflict, CASE WHEN w.at IS NULL THEN '-' ELSE 'd' END AS op
     FROM (SELECT n, img, row_number() OVER (PARTITION BY img ORDER BY n) AS copy FROM ${table.after}) AS a
     LEFT JOIN (SELECT at, img, row_number() OVER (PARTITION BY img ORDER BY at) AS copy FROM ${table.now}) AS w
       ON w.img = a.img AND w.copy = a.copy
     UNION ALL
     SELECT b.n, NULL, NULL, false, 'i' FROM ${table.before} b`,
  );
}

const cut = (text: string | null): string | null =>
  text !== null && text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;

async function keyedConflicts(connection: SqlConnection, table: StagedTable): Promise<readonly Conflict[]> {
  const { columns } = table.kept;
  const sides = ['a', 'w', 'b'].flatMap((alias) => columns.map((_, at) => `, ${alias}.c${at + 1}::text`));
  const found = await connection.query(
    `SELECT a.n IS NOT NULL, w.at IS NOT NULL, b.n IS NOT NULL, coalesce(b.img = w.img, false)${sides.join('')}
     FROM ${table.plan} p
     LEFT JOIN ${table.before} b ON b.n = p.n LEFT JOIN ${table.after} a ON a.n = p.a
     LEFT JOIN ${table.now} w ON w.at = p.at
     WHERE p.conflict ORDER BY p.a, p.n LIMIT ${SHOWN_CONFLICTS}`,
  );
  return found.rows.map(([left, present, kept, restored, ...values]) => {
    const value = (exists: string | null | undefined, side: number, at: number) =>
      exists === 't' ? cut(values[side * columns.length + at] ?? null) : undefined;
    const fields = columns.map(
      ({ name }, at): ConflictField => ({
        column: name,
        was: value(left, 0, at),
        now: value(present, 1, at),
        wouldBe: value(kept, 2, at),
      }),
    );
    const because =
      restored === 't'
        ? 'the row is already as it was before the act'
        : left !== 't'
          ? 'the row was deleted by the act, and there is another one with its key'
          : present === 't'
            ? 'the row was changed after the act'
            : 'the row is no longer there';
    return {
      table: shown(table.kept),
      key: table.key
        .map(
          ({ at }) => `${columns[at]?.name ?? ''} = ${fields[at]?.now ?? fields[at]?.was ?? fields[at]?.wouldBe ?? ''}`,
        )
        .join(', '),
      because,
      fields: fields.filter(({ was, now }) => was !== now),
    };
  });
}

async function keylessConflicts(connection: SqlConnection, table: StagedTable): Promise<readonly Conflict[]> {
  const values = table.kept.columns.map((_, at) => `, a.c${at + 1}::text`);
  const found = await connection.query(
    `SELECT a.n${values.join('')} FROM ${table.plan} p JOIN ${table.after} a ON a.n = p.a
     WHERE p.conflict ORDER BY a.n LIMIT ${SHOWN_CONFLICTS}`,
  );
  return found.rows.map(([, ...row]) => ({
    table: shown(table.kept),
    key: cut(table.kept.columns.map(({ name }, at) => `${name} = ${row[at] ?? 'null'}`).join(', ')) ?? '',
    because: 'no row is as the act left this one, and the table has no key',
    fields: table.kept.columns.map(({ name }, at) => ({ column: name, was: cut(row[at] ?? null) })),
  }));
}
