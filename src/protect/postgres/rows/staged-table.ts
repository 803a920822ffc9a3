import { arrayLiteral, quoteIdentifier, quoteQualified, type SqlConnection, type SqlRow } from '#action/sql-connection';
import { ProtectError } from '../../errors.js';
import type { KeptRows, KeptTable } from './row-contents.js';
import { readShapes, shown, type TableShape } from './table-shape.js';

/**
 * A table that is being undone. Its kept rows lie in temporary tables `before`, `after`, so that comparing, writing and
 * verifying are done by the server, on sets. Each has `n`, the columns as `c1`, `c2`... with the table's own types, and
 * `img`: the row as the text of a row, which is equal exactly when all values are written alike.
 */
export interface StagedTable {
  readonly kept: KeptTable;
  readonly shape: TableShape;
  /** `ONLY "schema"."name"` */
  readonly only: string;
  readonly qualified: string;
  /** The key's columns, by their place among the kept ones; empty for a table without key. */
  readonly key: readonly { readonly at: number; readonly equals: string }[];
  /** Names of the temporary tables. */
  readonly before: string;
  readonly after: string;
  /** What is there now: `at` (ctid), `img` and the columns. */
  readonly now: string;
  /** What is to be done: `op` (`i`, `u`, `d`, `-` nothing, `c` left to the conflict), `n` of `before`, `at`. */
  readonly plan: string;
}

/**
 * Finds the tables of a snapshot as they are now.
 *
 * @throws ProtectError `NOT_UNDOABLE` when one is gone, or its columns no longer hold what was kept.
 */
export async function findTables(
  connection: SqlConnection,
  tables: readonly KeptTable[],
): Promise<readonly StagedTable[]> {
  const shapes = await readShapes(connection, tables);
  return tables.map((kept, number) => {
    const shape = shapes.find(({ schema, name }) => schema === kept.schema && name === kept.name);
    if (shape?.kind !== 'r') throw notUndoable(`the table ${shown(kept)} is no longer there`);
    for (const column of kept.columns) {
      const now = shape.columns.find(({ name }) => name === column.name);
      if (now === undefined) throw notUndoable(`${shown(kept)} no longer has the column ${column.name}`);
      if (now.type !== column.type || now.generated !== column.generated)
        throw notUndoable(`the column ${column.name} of ${shown(kept)} has been altered: it is ${now.type} now`);
    }
    const key = shape.key.map(({ name, equals }) => ({
      at: kept.columns.findIndex((column) => column.name === name),
      equals,
    }));
    const temporary = (what: string) => `pg_temp.firebreak_${what}_${number}`;
    return {
      kept,
      shape,
      only: `ONLY ${quoteQualified(kept)}`,
      qualified: quoteQualified(kept),
      // A key over a column that came later names no row of the snapshot.
      key: key.some(({ at }) => at < 0) ? [] : key,
      before: temporary('before'),
      after: temporary('after'),
      now: temporary('now'),
      plan: temporary('plan'),
    };
  });
}

export const notUndoable = (message: string): ProtectError =>
  new ProtectError('NOT_UNDOABLE', message, { hint: 'nothing was changed' });

/** The kept columns of `alias`, which is a row of the table itself: `alias."a", alias."b"`. */
export const columnsOf = ({ kept }: StagedTable, alias: string): string =>
  kept.columns.map(({ name }) => `${alias}.${quoteIdentifier(name)}`).join(', ');

/** The kept columns of `r`, which is a row of the table itself, under their names in temporary tables. */
export const stagedColumns = ({ kept }: StagedTable): string =>
  kept.columns.map(({ name }, at) => `, r.${quoteIdentifier(name)} AS c${at + 1}`).join('');

/** CREATE TEMPORARY TABLE takes the name without its schema. */
export const bare = (name: string): string => name.replace('pg_temp.', '');

/** `ROW(...)::text` of a row of the table itself. The settings must be pinned. */
export const imageOf = (table: StagedTable, alias: string): string => `ROW(${columnsOf(table, alias)})::text`;

/** `alias."id" = other.c1 AND ...`, by the equality of the key's own index. */
export const sameKey = (table: StagedTable, alias: string, other: string): string =>
  table.key
    .map(
      ({ at, equals }) =>
        `${alias}.${quoteIdentifier(table.kept.columns[at]?.name ?? '')} ${equals} ${other}.c${at + 1}`,
    )
    .join(' AND ');

/** The same between two temporary tables. */
export const sameStagedKey = (table: StagedTable, alias: string, other: string): string =>
  table.key.map(({ at, equals }) => `${alias}.c${at + 1} ${equals} ${other}.c${at + 1}`).join(' AND ');

/** Makes `before` and `after` and loads them from the snapshot. */
export async function stage(
  connection: SqlConnection,
  table: StagedTable,
  rowsOf: (part: string) => AsyncIterable<readonly SqlRow[]>,
): Promise<void> {
  for (const [name, source] of [
    [table.before, table.kept.before],
    [table.after, table.kept.after],
  ] as const) {
    await connection.query(
      `CREATE TEMPORARY TABLE ${bare(name)} ON COMMIT DROP AS
       SELECT 0::bigint AS n, ''::text AS img${stagedColumns(table)} FROM ${table.only} r WITH NO DATA`,
    );
    await load(connection, table, name, source, rowsOf);
  }
}

/** Values travel as an array of the table's own row type, so that each type's own input reads them. */
async function load(
  connection: SqlConnection,
  table: StagedTable,
  target: string,
  source: KeptRows,
  rowsOf: (part: string) => AsyncIterable<readonly SqlRow[]>,
): Promise<void> {
  const places = table.shape.columns.map(({ name }) => table.kept.columns.findIndex((column) => column.name === name));
  let loaded = 0;
  for await (const batch of rowsOf(source.part)) {
    const images = batch.map((row) => rowLiteral(places.map((place) => row[place] ?? null)));
    const columns = columnsOf(table, 'r');
    await connection.query(
      `INSERT INTO ${target} SELECT $2::bigint + row_number() OVER (), ${imageOf(table, 'r')}${columns === '' ? '' : `, ${columns}`}
       FROM unnest($1::${table.qualified}[]) AS r`,
      [arrayLiteral(images), String(loaded)],
    );
    loaded += batch.length;
  }
  if (loaded !== source.rows)
    throw new ProtectError('SNAPSHOT_DAMAGED', `its part \`${source.part}\` has ${loaded} rows, not ${source.rows}`);
  await connection.query(`ANALYZE ${target}`);
}

/** A composite value as PostgreSQL reads it (documentation, "Composite Type Input and Output Syntax"). */
function rowLiteral(values: SqlRow): string {
  return `(${values.map((value) => (value === null ? '' : `"${value.replaceAll(/["\\]/g, (c) => c + c)}"`)).join(',')})`;
}
