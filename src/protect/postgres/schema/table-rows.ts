import type { SnapshotPart } from '#action/snapshot';
import { arrayLiteral, type SqlConnection, type SqlRow } from '#action/sql-connection';
import { decodeRows, encodeRow } from '../rows/copy-text.js';
import type { KeptTable } from './step.js';

const FETCH_ROWS = 2000;
/** The protocol counts parameters in 16 bits (Bind). */
const MOST_PARAMETERS = 60_000;

/**
 * Writes all rows of one table (not of its children) as lines of COPY's text format. The settings must be pinned.
 *
 * @returns how many.
 */
export async function copyRows(connection: SqlConnection, table: KeptTable, part: SnapshotPart): Promise<number> {
  const columns = table.columns.length === 0 ? 'NULL' : table.columns.join(', ');
  await connection.query(`DECLARE firebreak_rows NO SCROLL CURSOR FOR SELECT ${columns} FROM ONLY ${table.table}`);
  let count = 0;
  for (;;) {
    const { rows } = await connection.query(`FETCH ${FETCH_ROWS} FROM firebreak_rows`);
    if (rows.length > 0) await part.write(Buffer.from(rows.map(encodeRow).join('')));
    count += rows.length;
    if (rows.length < FETCH_ROWS) break;
  }
  await connection.query('CLOSE firebreak_rows');
  return count;
}

/** What loading has done; `refused` are rows whose key is taken now. */
export interface Loaded {
  readonly inserted: number;
  readonly updated: number;
  readonly refused: readonly SqlRow[];
}

/**
 * Puts kept rows back into a table.
 *
 * @param onTaken where a row with the same key is there now: leave it, or give it the kept values.
 */
export async function loadRows(
  connection: SqlConnection,
  table: KeptTable,
  chunks: AsyncIterable<Uint8Array>,
  onTaken: 'leave' | 'overwrite' | 'fail',
): Promise<Loaded> {
  const width = Math.max(table.columns.length, 1);
  let inserted = 0;
  let updated = 0;
  const refused: SqlRow[] = [];
  for await (const rows of decodeRows(chunks, width, {
    most: Math.max(1, Math.min(1000, Math.floor(MOST_PARAMETERS / width))),
  })) {
    const done = await connection.query(
      insertOf(table, rows.length, onTaken),
      table.columns.length === 0 ? [] : rows.flat(),
    );
    if (onTaken === 'overwrite') {
      const added = done.rows.filter(([isNew]) => isNew === 't').length;
      inserted += added;
      updated += done.rows.length - added;
      continue;
    }
    inserted += done.rows.length;
    if (done.rows.length === rows.length || onTaken === 'fail') continue;
    const there = new Set(done.rows.map((row) => JSON.stringify(row)));
    const at = table.key.map((column) => table.columns.indexOf(column));
    refused.push(...rows.filter((row) => !there.has(JSON.stringify(at.map((column) => row[column] ?? null)))));
  }
  return { inserted, updated, refused };
}

function insertOf(
  { table, columns, key, fixed }: KeptTable,
  rows: number,
  onTaken: 'leave' | 'overwrite' | 'fail',
): string {
  if (columns.length === 0)
    return `INSERT INTO ${table} SELECT FROM pg_catalog.generate_series(1, ${rows}) RETURNING true`;
  // Parameters in VALUES take the types of the columns: each value is read by its type's own input function.
  const values = Array.from(
    { length: rows },
    (_, row) => `(${columns.map((_, at) => `$${row * columns.length + at + 1}`).join(', ')})`,
  );
  const insert = `INSERT INTO ${table} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE VALUES ${values.join(', ')}`;
  const settable = columns.filter((column) => !key.includes(column) && !fixed.includes(column));
  switch (onTaken) {
    case 'fail':
      return `${insert} RETURNING true`;
    case 'leave':
      // Without a target, ON CONFLICT refuses a table that has any deferrable key.
      return key.length === 0
        ? `${insert} RETURNING true`
        : `${insert} ON CONFLICT (${key.join(', ')}) DO NOTHING RETURNING ${key.join(', ')}`;
    default:
      if (key.length === 0) return `${insert} RETURNING true`;
      if (settable.length === 0) return `${insert} ON CONFLICT DO NOTHING RETURNING true`;
      return `${insert} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${settable
        .map((column) => `${column} = EXCLUDED.${column}`)
        .join(', ')} RETURNING xmax = 0`;
  }
}

/** A number for all rows of something, whatever their order. The settings must be pinned. */
export async function fingerprint(connection: SqlConnection, source: string): Promise<string> {
  const { rows } = await connection.query(
    `SELECT count(*) || ':' || coalesce(sum(hashtextextended(ROW(kept.*)::text, 0)::numeric), 0) FROM ${source} AS kept`,
  );
  return rows[0]?.[0] ?? '';
}

/**
 * Lets the owner see all rows where row security binds the owner too, also when a foreign key is checked. Call it where it
 * will be rolled back, or where the tables are forced again.
 *
 * @param tables all of the owner's unless told.
 */
export async function unforce(connection: SqlConnection, tables?: readonly string[]): Promise<readonly string[]> {
  const { rows } = await connection.query(
    `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relforcerowsecurity AND c.relrowsecurity AND pg_has_role(c.relowner, 'USAGE')
       AND ($1::text[] IS NULL OR format('%I.%I', n.nspname, c.relname) = ANY ($1::text[]))`,
    [tables === undefined ? null : arrayLiteral(tables)],
  );
  const forced = rows.map(([name]) => name ?? '');
  for (const name of forced) await connection.query(`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`);
  return forced;
}
