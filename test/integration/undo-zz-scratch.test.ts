import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync, chownSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { undoRows } from '#protect/postgres/rows/undo-rows';
import { startPostgres } from '../../demo/scratch-postgres.js';
import { connectPg } from '../support/pg-connection.js';
import { act, checksums } from '../support/undo-rig.js';

test('wraparound', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-wrap-'));
  chmodSync(directory, 0o755);
  let server = await startPostgres({ directory, hbaMethod: 'trust' });
  let c = await connectPg(server.connectionString('postgres'));
  await c.script("CREATE SCHEMA shop; CREATE TABLE shop.t (id int primary key, v text); INSERT INTO shop.t SELECT i, 'v' FROM generate_series(1, 3000) i; UPDATE pg_database SET datallowconn = true");
  for (const to of [1_500_000_000, 3_000_000_000]) {
    for (const db of ['postgres', 'template1', 'template0']) {
      const d = await connectPg(server.connectionString(db));
      await d.script('VACUUM FREEZE'); await d.close();
    }
    await c.script('CHECKPOINT'); await c.close();
    await server.stop();
    const seg = Math.floor(to / (1024 * 1024)); const uid = statSync(server.dataDirectory);
    for (const s of [seg, seg + 1]) { const f = join(server.dataDirectory, 'pg_xact', s.toString(16).toUpperCase().padStart(4, '0')); writeFileSync(f, Buffer.alloc(262144)); chownSync(f, uid.uid, uid.gid); }
    console.log(execFileSync(join(server.binFolder, 'pg_resetwal'), ['-f', '-x', String(to), '-D', server.dataDirectory], { uid: uid.uid, gid: uid.gid, cwd: '/' }).toString());
    server = await startPostgres({ directory, hbaMethod: 'trust', superuserPassword: server.superuserPassword });
    c = await connectPg(server.connectionString('postgres'));
  }
  console.log((await c.query('select min(age(xmin)), max(age(xmin)), min(xmin::text), pg_current_xact_id() from shop.t')).rows);
  const before = await checksums(c, 'shop');
  await c.script('BEGIN; SELECT * FROM shop.t WHERE id < 50 FOR UPDATE; COMMIT');
  const draft = await act(c, "DELETE FROM shop.t WHERE id < 10; UPDATE shop.t SET v = 'x' WHERE id = 700; INSERT INTO shop.t VALUES (9999, 'n'); DO $$ BEGIN DELETE FROM shop.t WHERE id = 900; EXCEPTION WHEN division_by_zero THEN NULL; END $$");
  console.log(JSON.stringify(draft.reader.contents));
  const outcome = await undoRows(draft.reader, c);
  console.log(JSON.stringify(outcome));
  expect(await checksums(c, 'shop')).toEqual(before);
  // speed
  await c.script("CREATE TABLE shop.big (id int primary key, a text, b timestamptz default now(), c jsonb); INSERT INTO shop.big SELECT i, md5(i::text), now(), '{\"k\": 1}' FROM generate_series(1, 1000000) i"); await c.script('VACUUM ANALYZE shop.big');
  for (const n of [100, 10_000, 1_000_000]) {
    const t0 = Date.now(); const d = await act(c, `DELETE FROM shop.big WHERE id <= ${n}`);
    const t1 = Date.now(); const o = await undoRows(d.reader, c); const t2 = Date.now();
    console.log(n, 'dry+act+keep', t1 - t0, 'undo', t2 - t1, JSON.stringify(o), Math.round(process.memoryUsage().rss / 1e6));
    await c.script('VACUUM ANALYZE shop.big');
  }
  await c.close(); await server.stop('immediate');
}, 600_000);
