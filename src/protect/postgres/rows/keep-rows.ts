import { randomBytes } from 'node:crypto';
import type { RowKeeping } from '#action/keeper';
import type { SealedSnapshot, SnapshotDraft } from '#action/snapshot';
import {
  arrayLiteral,
  type QualifiedName,
  quoteIdentifier,
  quoteQualified,
  type SqlConnection,
  type SqlRow,
} from '#action/sql-connection';
import { ProtectError } from '../../errors.js';
import { withPinned } from '../pinned.js';
import { walPosition } from '../wal-position.js';
import { type Counters, readCounters } from './change-counters.js';
import { type CoverageOptions, databaseObstacle, examineTables, USUAL_COVERAGE } from './coverage.js';
import { encodeRowContents, type KeptTable } from './row-contents.js';
import { shown, type TableShape } from './table-shape.js';
import { writePart } from './write-part.js';

/** Rows that are fetched at once at most, and what they should have in characters, since a row may have many megabytes. */
const MOST_ROWS = 1000;
const BATCH_CHARACTERS = 1024 * 1024;

/** A table whose old rows a cursor goes on seeing. */
interface Watched {
  readonly shape: TableShape;
  readonly cursor: string;
  /** When the server made the cursor, so that another one of the same name is noticed. */
  readonly createdAt: string;
}

/**
 * Opens a cursor on each table, before the act. A cursor keeps its snapshot, yet its condition on `xmax` is evaluated when
 * rows are fetched: fetched after the act it gives the rows that the act has deleted or updated as they were, whether a
 * cascade, a trigger, a function or a subtransaction did it.
 *
 * Besides, it gives old rows whose `xmin` would pass for one of this transaction: frozen rows keep theirs for ever, and
 * after two thousand million transactions it looks new.
 *
 * @throws ProtectError `NOT_UNDOABLE`
 */
export async function watchRows(
  connection: SqlConnection,
  tables: readonly QualifiedName[],
  options: CoverageOptions = USUAL_COVERAGE,
): Promise<RowKeeping> {
  const state = await connection.query(
    `SELECT pg_catalog.current_setting('transaction_isolation'),
       pg_catalog.pg_current_xact_id_if_assigned() IS NULL,
       pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.xid`,
  );
  const [isolation, untouched, newest] = state.rows[0] ?? [];
  // FAIL-CLOSED: rows are kept only from the beginning of a transaction that sees one snapshot throughout.
  if ((isolation !== 'repeatable read' && isolation !== 'serializable') || untouched !== 't' || newest == null)
    throw refused('the transaction had begun before its rows were kept');
  const database = await databaseObstacle(connection);
  if (database !== undefined) throw refused(database);

  const examined = await examineTables(connection, tables, options);
  // FAIL-CLOSED: a table of which some rows could not be seen is not kept at all, and then nothing runs.
  const obstacle = examined.find((table) => table.obstacle !== undefined)?.obstacle;
  if (obstacle !== undefined) throw refused(obstacle);

  const watched: Watched[] = [];
  for (const { shape } of examined) {
    if (shape === undefined) continue;
    const cursor = `firebreak_${randomBytes(8).toString('hex')}`;
    await connection.query(`DECLARE ${cursor} SCROLL CURSOR FOR ${candidates(shape, newest)}`);
    const made = await connection.query(CURSOR, [cursor]);
    watched.push({ shape, cursor, createdAt: made.rows[0]?.[0] ?? '' });
  }
  const baseline = await withPinned(connection, () => readCounters(connection));
  return {
    async keep(draft) {
      // What the act has put off until COMMIT happens now, so that it is kept too.
      await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
      const held = await withPinned(connection, () => connection.query(HELD));
      // FAIL-CLOSED: a cursor WITH HOLD runs its query at COMMIT, when nothing is kept any more, so it refuses the act.
      if (held.rows.length > 0) throw unkept('the act opened a cursor WITH HOLD, which would run at its end');
      const kept = await withPinned(connection, () => keepAll(connection, watched, newest, draft, baseline));
      for (const { cursor } of watched) await connection.query(`CLOSE ${cursor}`);
      return kept;
    },
  };
}

const refused = (because: string): ProtectError =>
  new ProtectError('NOT_UNDOABLE', because, { hint: 'nothing was run' });

/** `age` counts from one point throughout a transaction, so it compares transaction ids modulo 2^32 as the server does. */
const isNew = (newest: string): string =>
  `pg_catalog.age(xmin) OPERATOR(pg_catalog.<=) pg_catalog.age('${newest}'::pg_catalog.xid)`;

function candidates(shape: TableShape, newest: string): string {
  return `SELECT ctid, ${isNew(newest)}${columnList(shape)} FROM ONLY ${quoteQualified(shape)}
    WHERE xmax OPERATOR(pg_catalog.<>) '0'::pg_catalog.xid OR ${isNew(newest)}`;
}

const columnList = ({ columns }: TableShape): string =>
  columns.map(({ name }) => `, ${quoteIdentifier(name)}`).join('');

const CURSOR =
  "SELECT pg_catalog.extract('epoch', creation_time) FROM pg_catalog.pg_cursors WHERE name OPERATOR(pg_catalog.=) $1";

const HELD = 'SELECT FROM pg_cursors WHERE is_holdable AND creation_time >= now()';

async function keepAll(
  connection: SqlConnection,
  watched: readonly Watched[],
  newest: string,
  draft: SnapshotDraft,
  baseline: Counters,
): Promise<SealedSnapshot> {
  const counters = await readCounters(connection);
  const tables: KeptTable[] = [];
  for (const [at, table] of watched.entries()) {
    const kept = await keepTable(connection, table, newest, draft, `t${at}`);
    checkCounts(table.shape, kept, counters, baseline);
    if (kept.before.rows + kept.after.rows > 0) tables.push(kept);
  }
  // FAIL-CLOSED: a change of a table that nobody watched refuses the whole act.
  for (const [oid, { name, written, removed }] of counters) {
    const before = baseline.get(oid);
    const changed = written + removed > (before?.written ?? 0) + (before?.removed ?? 0);
    if (changed && !watched.some(({ shape }) => shape.oid === oid))
      throw unkept(`${name} was changed too, and its rows were not kept`);
  }
  const [database, server, at] = (await connection.query(SERVER)).rows[0] ?? [];
  const contents = encodeRowContents({
    database: database ?? '',
    server: server ?? '',
    at: at ?? '',
    wal: await walPosition(connection),
    tables,
  });
  return draft.seal(contents, { answer: 'yes', because: [] });
}

const unkept = (message: string): ProtectError =>
  new ProtectError('SNAPSHOT_UNWRITABLE', message, { hint: 'nothing was changed; run it again' });

async function keepTable(
  connection: SqlConnection,
  { shape, cursor, createdAt }: Watched,
  newest: string,
  draft: SnapshotDraft,
  part: string,
): Promise<KeptTable> {
  const made = await connection.query(CURSOR, [cursor]);
  // FAIL-CLOSED: a cursor that the act has closed or replaced keeps nothing; one that it has moved is rewound.
  if (made.rows[0]?.[0] !== createdAt) throw unkept(`the act closed what kept the rows of ${shown(shape)}`);
  await connection.query(`MOVE ABSOLUTE 0 IN ${cursor}`);

  const { schema, name, columns, key } = shape;
  const bytes = columns.map(({ type }) => type === '"char"');
  /** Where old rows are that look new. */
  const old = new Set<string>();
  const before = await writePart(draft, `${part}.before`, async (write) => {
    for await (const rows of fetchAll(connection, cursor)) {
      const visible = await stillVisible(connection, shape, rows);
      for (const [ctid, looksNew, ...values] of rows) {
        if (ctid == null) continue;
        if (looksNew === 't') old.add(ctid);
        // Locked but not changed, or changed by a transaction or subtransaction that was rolled back.
        if (!visible.has(ctid)) await write(exact(values, bytes, shape));
      }
    }
  });
  const current = `${cursor}_after`;
  await connection.query(
    `DECLARE ${current} NO SCROLL CURSOR FOR SELECT ctid${columnList(shape)} FROM ONLY ${quoteQualified(shape)}
     WHERE ${isNew(newest)}`,
  );
  const after = await writePart(draft, `${part}.after`, async (write) => {
    for await (const rows of fetchAll(connection, current)) {
      for (const [ctid, ...values] of rows) {
        if (ctid != null && !old.has(ctid)) await write(exact(values, bytes, shape));
      }
    }
  });
  await connection.query(`CLOSE ${current}`);
  return {
    schema,
    name,
    columns: columns.map((column) => ({ name: column.name, type: column.type, generated: column.generated })),
    key: key.map((column) => column.name),
    before,
    after,
  };
}

/** The rows of a cursor, in lists of about `BATCH_CHARACTERS`, going by the list before. */
async function* fetchAll(connection: SqlConnection, cursor: string): AsyncGenerator<readonly SqlRow[]> {
  for (let most = 20; ; ) {
    const { rows } = await connection.query(`FETCH ${most} FROM ${cursor}`);
    if (rows.length === 0) return;
    yield rows;
    const characters = rows.reduce((sum, row) => row.reduce((of, value) => of + (value?.length ?? 0), sum), 0);
    const fitting = Math.floor((rows.length * BATCH_CHARACTERS) / Math.max(characters, 1));
    most = Math.max(1, Math.min(MOST_ROWS, fitting, most * 10));
  }
}

/** A `"char"` above 127 comes as a byte that is no UTF-8, before PostgreSQL 16. */
function exact(values: SqlRow, bytes: readonly boolean[], shape: TableShape): SqlRow {
  if (values.some((value, at) => bytes[at] === true && value?.includes('\uFFFD') === true))
    throw unkept(`a "char" of ${shown(shape)} cannot be kept exactly`);
  return values;
}

async function stillVisible(
  connection: SqlConnection,
  shape: TableShape,
  rows: readonly SqlRow[],
): Promise<ReadonlySet<string | null | undefined>> {
  const ctids = arrayLiteral(rows.map(([ctid]) => ctid ?? null));
  const seen = await connection.query(
    `SELECT ctid FROM ONLY ${quoteQualified(shape)} WHERE ctid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.tid[])`,
    [ctids],
  );
  return new Set(seen.rows.map(([ctid]) => ctid));
}

/** More rows kept than the server has counted cannot be; the counters are upper bounds, since they keep what was rolled back. */
function checkCounts(shape: TableShape, kept: KeptTable, counters: Counters, baseline: Counters): void {
  const now = counters.get(shape.oid);
  const then = baseline.get(shape.oid);
  const removed = (now?.removed ?? 0) - (then?.removed ?? 0);
  const written = (now?.written ?? 0) - (then?.written ?? 0);
  if (kept.before.rows <= removed && kept.after.rows <= written) return;
  throw unkept(
    `${kept.before.rows} old and ${kept.after.rows} new rows of ${shown(shape)} were found, where the server counts ${removed} and ${written}`,
  );
}

const SERVER = `
  SELECT pg_catalog.current_database(), pg_catalog.current_setting('server_version'), pg_catalog.clock_timestamp()`;
