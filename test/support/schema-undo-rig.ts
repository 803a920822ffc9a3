/** Acts on the schema of a real server, kept and undone: by an owner who is no superuser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Undoable } from '#action/snapshot';
import { type ScratchPostgres, startPostgres } from '../../demo/scratch-postgres.js';
import { pin } from '../../src/protect/postgres/pinned.js';
import { inventoryTaker } from '../../src/protect/postgres/schema/inventory.js';
import { beforeSchema } from '../../src/protect/postgres/schema/keep.js';
import { connectPg, type TestConnection } from './pg-connection.js';
import { type MemorySnapshot, memorySnapshot } from './schema-memory-snapshot.js';

export interface SchemaServer {
  readonly version: string;
  readonly server: ScratchPostgres;
  readonly admin: TestConnection;
  /** Makes a database of the owner's, with this in it; `as` may be used as a template, so nobody is connected to it. */
  template(name: string, script: string): Promise<void>;
  /** A new database like the template, and its owner's connection to it. It is dropped at the end of `work`. */
  database(template: string, work: (connection: TestConnection) => Promise<void>): Promise<void>;
  /** The owner's connection to a database. */
  connect(database: string): Promise<TestConnection>;
  /** A superuser's connection to the database that the other one is in. */
  adminOf(connection: TestConnection): Promise<TestConnection>;
  stop(): Promise<void>;
}

/** PostgreSQL of this machine, or the one from npm. */
export async function startSchemaServer(programs: 'system' | 'embedded'): Promise<SchemaServer> {
  const before = process.env['FIREBREAK_POSTGRES'];
  process.env['FIREBREAK_POSTGRES'] = programs;
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-schema-'));
  const server = await startPostgres({ directory }).finally(() => {
    if (before === undefined) delete process.env['FIREBREAK_POSTGRES'];
    else process.env['FIREBREAK_POSTGRES'] = before;
  });
  const admin = await connectPg(server.connectionString('postgres'));
  await admin.script(
    `CREATE ROLE owner LOGIN PASSWORD 'o'; CREATE ROLE reader; CREATE ROLE "Odd ""Role"""; CREATE ROLE other`,
  );
  const { rows } = await admin.query('SHOW server_version');
  let count = 0;
  return {
    version: rows[0]?.[0] ?? '',
    server,
    admin,
    async template(name, script) {
      await admin.script(`CREATE DATABASE ${name} OWNER owner`);
      const superuser = await connectPg(server.connectionString(name));
      await superuser.script('ALTER SCHEMA public OWNER TO owner');
      await superuser.close();
      const owner = await connectPg(server.connectionString(name, 'owner', 'o'));
      await owner.script(script);
      await owner.close();
    },
    async database(template, work) {
      count += 1;
      const name = `d${count}`;
      await admin.script(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER owner`);
      const connection = await connectPg(server.connectionString(name, 'owner', 'o'));
      try {
        await work(connection);
      } finally {
        await connection.close();
        await admin.script(`DROP DATABASE ${name} WITH (FORCE)`);
      }
    },
    connect: (database) => connectPg(server.connectionString(database, 'owner', 'o')),
    async adminOf(connection) {
      const { rows } = await connection.query('SELECT current_database()');
      return connectPg(server.connectionString(rows[0]?.[0] ?? ''));
    },
    async stop() {
      await admin.close();
      await server.stop('immediate');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface Kept {
  readonly undoable: Undoable;
  readonly snapshot: MemorySnapshot;
  readonly changedRows: readonly string[];
}

/** What the door does: begin, keep, act, commit. Without an answer but `no` nothing is written. */
export async function keepAndAct(connection: TestConnection, act: string): Promise<Kept> {
  const snapshot = memorySnapshot();
  await connection.script('BEGIN');
  try {
    const keeping = await beforeSchema(connection, () => connection.script(act));
    if (keeping.undoable.answer !== 'no') await keeping.keep(snapshot);
    await connection.script(act);
    await connection.script('COMMIT');
    return { undoable: keeping.undoable, snapshot, changedRows: keeping.changedRows.map(({ name }) => name) };
  } catch (error) {
    await connection.script('ROLLBACK');
    throw error;
  }
}

/** Everything in a database that an undo must give back: each definition, and each table's rows. */
export async function stateOf(connection: TestConnection): Promise<ReadonlyMap<string, string>> {
  await connection.script('BEGIN');
  await pin(connection);
  const inventory = await (await inventoryTaker(connection))();
  const state = new Map<string, string>();
  const counted: string[] = [];
  for (const [key, { kind, definition, identity, facts }] of inventory.byKey) {
    if (kind === 'other') continue;
    state.set(key, definition);
    if (kind === 'sequence' || kind === 'identity')
      counted.push(`SELECT 'value of ${identity}', last_value || ' ' || is_called FROM ${identity}`);
    if (kind !== 'table' && !(kind === 'materialized view' && facts['populated'] === true)) continue;
    if (inventory.byKey.get(`table settings ${identity}`)?.facts['forced'] === true)
      await connection.script(`ALTER TABLE ${identity} NO FORCE ROW LEVEL SECURITY`);
    counted.push(
      `SELECT 'rows of ${identity}', md5(coalesce(string_agg(r, E'\\n' ORDER BY r), '')) FROM (SELECT ROW(t.*)::text AS r FROM ONLY ${identity} t) x`,
    );
  }
  if (counted.length > 0) {
    const { rows } = await connection.query(counted.join(' UNION ALL '));
    for (const [what, value] of rows) state.set(what ?? '', value ?? '');
  }
  await connection.script('ROLLBACK');
  return state;
}

/** Keys in which two states differ, with both sides. */
export function differences(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((key) => one.get(key) !== other.get(key))
    .map((key) => `${key}: ${one.get(key) ?? '(none)'} / ${other.get(key) ?? '(none)'}`);
}
