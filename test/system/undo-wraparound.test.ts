/**
 * Rows that were frozen more than two thousand million transactions ago: their `xmin` looks newer than the transaction that
 * keeps them. Needs `pg_resetwal`, which only an installed PostgreSQL brings along.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { undoRows } from '#protect/postgres/rows/undo-rows';
import { type ScratchPostgres, startPostgres } from '../../demo/scratch-postgres.js';
import { connectPg } from '../support/pg-connection.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { act, checksums } from '../support/undo-rig.js';

/** Transactions that one file of pg_xact tells of, and its bytes (src/backend/access/transam/slru.c). */
const PER_FILE = 1024 * 1024;
const FILE_BYTES = 256 * 1024;

/** Freezes every row of every database, stops the server, and lets its next transaction be `next`. */
async function jumpTo(server: ScratchPostgres, next: number): Promise<void> {
  for (const database of ['postgres', 'template1', 'template0']) {
    const connection = await connectPg(server.connectionString(database));
    await connection.script('VACUUM FREEZE');
    await connection.close();
  }
  await server.stop();
  const { uid, gid } = statSync(server.dataDirectory);
  const file = Math.floor(next / PER_FILE);
  const path = join(server.dataDirectory, 'pg_xact', file.toString(16).toUpperCase().padStart(4, '0'));
  writeFileSync(path, Buffer.alloc(FILE_BYTES));
  chownSync(path, uid, gid);
  const arguments_ = ['-f', '-x', String(next), '-D', server.dataDirectory];
  execFileSync(join(server.binFolder, 'pg_resetwal'), arguments_, { uid, gid, cwd: '/' });
}

test('old rows whose transaction ids look new are neither kept nor undone', async () => {
  const directory = temporaryFolder();
  chmodSync(directory, 0o755); // PostgreSQL runs as another user when the tests run as root.
  const start = () => startPostgres({ directory, hbaMethod: 'trust' });
  let server = await start();
  const first = await connectPg(server.connectionString('postgres'));
  await first.script(`CREATE SCHEMA shop; CREATE TABLE shop.t (id int PRIMARY KEY, v text);
    INSERT INTO shop.t SELECT i, 'v' FROM generate_series(1, 3000) i; UPDATE pg_database SET datallowconn = true`);
  await first.close();
  for (const next of [1_500_000_000, 3_000_000_000]) {
    await jumpTo(server, next);
    server = await start();
  }
  const connection = await connectPg(server.connectionString('postgres'));
  try {
    const ages = await connection.query('SELECT max(age(xmin)) < 0 FROM shop.t');
    expect(ages.rows, 'all rows look newer than now').toEqual([['t']]);
    const before = await checksums(connection, 'shop');
    await connection.script('BEGIN; SELECT FROM shop.t WHERE id < 50 FOR UPDATE; COMMIT');
    const draft = await act(
      connection,
      `DELETE FROM shop.t WHERE id < 10; UPDATE shop.t SET v = 'x' WHERE id = 700; INSERT INTO shop.t VALUES (9999, 'n');
       DO $$ BEGIN DELETE FROM shop.t WHERE id = 900; EXCEPTION WHEN division_by_zero THEN NULL; END $$`,
    );
    const tables = [{ table: 'shop.t', inserted: 10, updated: 1, deleted: 1 }];
    expect(await undoRows(draft.reader, connection)).toEqual({ kind: 'undone', tables, left: [] });
    expect(await checksums(connection, 'shop')).toEqual(before);
  } finally {
    await connection.close();
    await server.stop('immediate');
    rmSync(directory, { recursive: true, force: true });
  }
}, 120_000);
