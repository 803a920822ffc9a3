/** A server with the three roles, and the way of an act: run dry, kept, run, committed; and its undo. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowKeeping } from '#action/keeper';
import type { Measurement } from '#action/measurement';
import type { Undoable } from '#action/snapshot';
import type { QualifiedName } from '#action/sql-connection';
import { coverage } from '#protect/postgres/rows/coverage';
import { watchRows } from '#protect/postgres/rows/keep-rows';
import { type ScratchPostgres, startPostgres } from '../../demo/scratch-postgres.js';
import { connectPg, type TestConnection } from './pg-connection.js';
import { MemoryDraft } from './undo-draft.js';

export interface UndoRig {
  readonly server: ScratchPostgres;
  readonly version: number;
  readonly superuser: TestConnection;
  /** Owns the tables, and is nobody special. */
  readonly owner: TestConnection;
  /** The same role, after `GRANT SET ON PARAMETER session_replication_role` (or a superuser before PostgreSQL 15). */
  readonly replica: TestConnection;
  /** May change rows, and owns nothing. */
  readonly writer: TestConnection;
  stop(): Promise<void>;
}

export async function startUndoRig(): Promise<UndoRig> {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-undo-'));
  chmodSync(directory, 0o755); // PostgreSQL runs as another user when the tests run as root.
  const server = await startPostgres({ directory, hbaMethod: 'trust' });
  const superuser = await connectPg(server.connectionString('postgres'));
  await superuser.script(`
    CREATE ROLE shop_owner LOGIN; CREATE ROLE shop_replica LOGIN IN ROLE shop_owner;
    CREATE ROLE shop_writer LOGIN;
    GRANT CREATE ON DATABASE postgres TO shop_owner; GRANT CREATE ON SCHEMA public TO shop_owner;`);
  const [[version = '0'] = []] = (await superuser.query('SHOW server_version_num')).rows;
  const grants = Number(version) >= 150000;
  await superuser.script(
    grants ? 'GRANT SET ON PARAMETER session_replication_role TO shop_replica' : 'ALTER ROLE shop_replica SUPERUSER',
  );
  const connect = (user: string) => connectPg(server.connectionString('postgres', user, ''));
  const rig = {
    server,
    version: Math.floor(Number(version) / 10000),
    superuser,
    owner: await connect('shop_owner'),
    replica: await connect('shop_replica'),
    writer: await connect('shop_writer'),
  };
  return {
    ...rig,
    async stop() {
      for (const connection of [superuser, rig.owner, rig.replica, rig.writer]) await connection.close();
      await server.stop('immediate');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What the transaction has changed so far, as the door measures it. */
export async function measure(connection: TestConnection, baseline: Measurement | undefined): Promise<Measurement> {
  const counted = await connection.query(`
    SELECT schemaname, relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_catalog.pg_stat_xact_user_tables
    WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY 1, 2`);
  const tables = counted.rows.flatMap(([schema, name, ...counts]) => {
    const before = baseline?.tables.find((table) => table.schema === schema && table.name === name);
    const [inserted = 0, updated = 0, deleted = 0] = counts.map(Number);
    const change = {
      schema: schema ?? '',
      name: name ?? '',
      inserted: inserted - (before?.inserted ?? 0),
      updated: updated - (before?.updated ?? 0),
      deleted: deleted - (before?.deleted ?? 0),
    };
    return change.inserted + change.updated + change.deleted > 0 ? [change] : [];
  });
  const catalogs = await connection.query(`
    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_catalog.pg_stat_xact_sys_tables
    WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname = 'pg_catalog' ORDER BY 1`);
  return {
    tables,
    catalogs: catalogs.rows.flatMap(([name, rows]) => {
      const before = baseline?.catalogs.find((catalog) => catalog.name === name)?.rows ?? 0;
      return Number(rows) > before ? [{ name: name ?? '', rows: Number(rows) - before }] : [];
    }),
    exclusive: [],
    sequences: [],
    samples: [],
  };
}

/** Runs the act and rolls it back. */
export async function dryRun(
  connection: TestConnection,
  act: string,
): Promise<{ readonly measurement: Measurement; readonly undoable: Undoable }> {
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  try {
    const baseline = await measure(connection, undefined);
    await connection.script(act);
    // As a COMMIT would: what was deferred happens now.
    await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
    const measurement = await measure(connection, baseline);
    return { measurement, undoable: await coverage(connection, measurement) };
  } finally {
    await connection.query('ROLLBACK');
  }
}

/** Runs the act, with its rows kept, and commits. */
export async function runKept(
  connection: TestConnection,
  act: string,
  tables: readonly QualifiedName[],
): Promise<MemoryDraft> {
  const draft = new MemoryDraft();
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  try {
    const keeping: RowKeeping = await watchRows(connection, tables);
    await connection.script(act);
    await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
    await keeping.keep(draft);
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
  return draft;
}

/** Dry run, then the act with its rows kept. */
export async function act(connection: TestConnection, text: string): Promise<MemoryDraft> {
  const { measurement } = await dryRun(connection, text);
  return runKept(connection, text, measurement.tables);
}

/** A digest of every row of every table in the schema, as the superuser sees them. */
export async function checksums(connection: TestConnection, schema: string): Promise<ReadonlyMap<string, string>> {
  const tables = await connection.query(
    `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY 1`,
    [schema],
  );
  if (tables.rows.length === 0) return new Map();
  const each = tables.rows.map(
    ([name]) =>
      `SELECT '${name}', count(*) || ' ' || md5(coalesce(string_agg(x.*::text, chr(10) ORDER BY x.*::text COLLATE "C"), ''))
       FROM ONLY ${name} AS x`,
  );
  const sums = await connection.query(each.join(' UNION ALL '));
  return new Map(sums.rows.map(([table, sum]) => [table ?? '', sum ?? '']));
}
