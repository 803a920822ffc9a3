import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type GuardedRig, startGuarded } from '../integration/guarded-rig.js';
import { type Finished, finished } from '../support/finished.js';

// A normal day's work of clients that are no npm packages, on a protected database: nothing waits, until something is deleted.

const TOKEN = `fbk_production_${'p'.repeat(26)}`;
/** The Debian packages belong to the system's own Python. */
const PYTHON = '/usr/bin/python3';
const JDBC = '/usr/share/java/postgresql.jar';

let rig: GuardedRig;
let folder: string;
let heldBefore = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
  rig = await startGuarded({
    schema: `
      CREATE TYPE mood AS ENUM ('glad', 'sad');
      CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, tags text[] NOT NULL DEFAULT '{}', extra jsonb, mood mood);
      CREATE TABLE visits (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person int NOT NULL REFERENCES people ON DELETE CASCADE, place text);
      CREATE TABLE readings (n int PRIMARY KEY, filler text);
      CREATE VIEW names AS SELECT name FROM people;
      CREATE FUNCTION plain(n int) RETURNS int LANGUAGE sql AS 'SELECT n + 1';
      INSERT INTO people (name, tags, extra) SELECT 'person ' || n, ARRAY['a', 'b'], '{"n": 1}' FROM generate_series(1, 50) n;
      INSERT INTO visits (person, place) SELECT 1 + n % 50, 'place ' || n FROM generate_series(1, 100) n;
      INSERT INTO readings SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n;
    `,
  });
  const owner = {
    PGHOST: rig.server.host,
    PGPORT: String(rig.server.port),
    PGUSER: 'fb_owner',
    PGPASSWORD: 'the real password',
  };
  const made = await run(pgbench(), ['-i', '-q', 'orders'], owner);
  expect([made.status, made.err]).toEqual([0, expect.not.stringContaining('ERROR')]);
}, 120_000);

afterEach(() => {
  heldBefore = rig.recorder.of('held').length;
});

afterAll(async () => {
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
});

const pgbench = () => join(rig.server.binFolder, 'pgbench');

function start(program: string, args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(program, args, {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      PGHOST: '127.0.0.1',
      PGPORT: String(rig.port),
      PGUSER: 'agent',
      PGPASSWORD: TOKEN,
      PGDATABASE: 'orders-db',
      PGOPTIONS: '',
      ...environment,
    },
  });
}

/** Runs to the end; what is held but must not be is shown and ends the wait. */
async function run(
  program: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Finished> {
  return watched(start(program, args, environment), undefined);
}

/** Approves one hold, which must be for this. */
async function watched(child: ChildProcess, toApprove: string | undefined): Promise<Finished> {
  const end = finished(child);
  let left = toApprove;
  let over = false;
  void end.finally(() => {
    over = true;
  });
  while (!over) {
    const [hold] = (await rig?.desk.list()) ?? [];
    const what = hold?.effects.map(({ explain }) => explain).join('; ');
    if (hold !== undefined && left !== undefined && what?.includes(left)) {
      left = undefined;
      await rig.approve(hold);
    } else if (hold !== undefined) {
      child.kill('SIGKILL');
      const { out, err } = await end;
      throw new Error(`held: ${what}\n${out}${err}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return end;
}

const psql = (...commands: string[]) => run('psql', ['-XAtq', ...commands.flatMap((command) => ['-c', command])]);

test('psql: meta commands, scripts, variables, copies and transactions are not held, a deletion waits', async () => {
  for (const meta of [
    '\\d',
    '\\d+ people',
    '\\dt+',
    '\\df',
    '\\dT+',
    '\\dv',
    '\\di',
    '\\dn+',
    '\\du',
    '\\l',
    '\\dp people',
    '\\sf plain',
    '\\ds',
    '\\dx',
    '\\dRp',
    '\\drds',
  ]) {
    expect([meta, await psql(meta)]).toEqual([meta, expect.objectContaining({ status: 0, err: '' })]);
  }
  const script = join(folder, 'day.sql');
  await writeFile(
    script,
    `\\set ON_ERROR_STOP on
     \\timing off
     SET statement_timeout = '30s';
     BEGIN;
     INSERT INTO people (name) VALUES ('psql one') RETURNING id AS who \\gset
     SAVEPOINT s;
     INSERT INTO visits (person, place) VALUES (:who, 'psql');
     RELEASE s;
     COMMIT;
     SELECT 'seen ' || count(*) FROM visits WHERE person = :who;
     PREPARE one (text) AS SELECT name FROM people WHERE name = $1;
     EXECUTE one ('psql one');
     SELECT format('SELECT %L', 'generated') \\gexec
     \\echo done
    `,
  );
  expect(await run('psql', ['-XAtq', '-f', script])).toEqual({
    status: 0,
    out: 'seen 1\npsql one\ngenerated\ndone\n',
    err: '',
  });
  const file = join(folder, 'people.csv');
  expect((await psql(`\\copy people (name) to '${file}' csv`)).status).toBe(0);
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(52);
  await writeFile(file, 'from a file\n');
  expect(await psql(`\\copy people (name) from '${file}' csv`)).toMatchObject({ status: 0, err: '' });
  expect(await run('psql', ['-XAtq', '--single-transaction', '-c', 'select 1', '-c', 'select 2'])).toMatchObject({
    out: '1\n2\n',
  });
  // FETCH_COUNT makes psql read through a cursor.
  expect(
    (await run('psql', ['-XAtq', '-v', 'FETCH_COUNT=1000', '-c', 'select n from readings'])).out.split('\n'),
  ).toHaveLength(20_001);
  expect((await psql('selec 1')).err).toContain('syntax error at or near "selec"\nLINE 1: selec 1\n        ^');
  const deleted = await watched(
    start('psql', ['-XAt', '-c', "delete from people where name in ('psql one', 'from a file')"]),
    'deletes 2 rows of people',
  );
  expect(deleted).toMatchObject({ status: 0, out: 'DELETE 2\n', err: expect.stringContaining('held as H') });
});

test('pg_dump reads the schema and the data of a protected database without a hold', async () => {
  const dump = join(rig.server.binFolder, 'pg_dump');
  const whole = await run(dump, []);
  expect([whole.status, whole.err]).toEqual([0, '']);
  expect(whole.out).toContain('CREATE TABLE public.people');
  expect(whole.out).toContain('COPY public.readings');
  expect((await run(dump, ['--schema-only'])).out).not.toContain('COPY public.readings');
  const archive = join(folder, 'orders.dump');
  expect(await run(dump, ['-Fc', '-f', archive, '--lock-wait-timeout=5000'])).toMatchObject({ status: 0, err: '' });
  expect((await run(join(rig.server.binFolder, 'pg_restore'), ['-l', archive])).out).toContain(
    'TABLE DATA public people',
  );
  expect(rig.recorder.of('held')).toHaveLength(heldBefore);
});

test('pgbench reads and writes in all three protocols without a hold', async () => {
  const before = Number(await rig.truth('select count(*)::int from pgbench_history'));
  for (const protocol of ['simple', 'extended', 'prepared']) {
    for (const kind of [['-S'], ['-N'], []]) {
      const { status, err } = await run(pgbench(), ['-n', '-M', protocol, '-c', '2', '-t', '20', ...kind, 'orders-db']);
      expect([protocol, kind, status, err]).toEqual([protocol, kind, 0, expect.not.stringMatching(/ERROR|error/)]);
    }
  }
  expect(await rig.truth('select count(*)::int from pgbench_history')).toBe(before + 2 * 3 * 2 * 20);
  expect(rig.recorder.of('held')).toHaveLength(heldBefore);
});

test('psycopg2: transactions, savepoints, arrays, JSON, server-side cursors and copies are not held, a deletion waits', async () => {
  const script = join(folder, 'day.py');
  await writeFile(script, PSYCOPG);
  const end = await watched(start(PYTHON, [script]), 'deletes 1 row of people');
  expect(end).toEqual({ status: 0, out: 'before the deletion\ndeleted 1\n', err: '' });
  expect(rig.recorder.of('held')).toHaveLength(heldBefore + 1);
});

const PSYCOPG = `
import psycopg2, psycopg2.extras, io
c = psycopg2.connect("")
with c, c.cursor() as q:
    q.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", ("public",))
    assert ("people",) in q.fetchall()
    q.execute("INSERT INTO people (name, tags, extra) VALUES (%s, %s, %s) RETURNING id, tags, extra", ("py one", ["x", 'y"'], psycopg2.extras.Json({"a": [1]})))
    who, tags, extra = q.fetchone()
    assert tags == ["x", 'y"'] and extra == {"a": [1]}
    q.execute("SAVEPOINT s")
    try:
        q.execute("INSERT INTO visits (person, place) VALUES (0, 'bad')")
        assert False
    except psycopg2.errors.ForeignKeyViolation:
        q.execute("ROLLBACK TO SAVEPOINT s")
    psycopg2.extras.execute_values(q, "INSERT INTO visits (person, place) VALUES %s", [(who, "py %d" % n) for n in range(50)])
with c, c.cursor("server_side") as q:
    q.itersize = 1000
    q.execute("SELECT n FROM readings")
    assert sum(1 for _ in q) == 20000
with c, c.cursor() as q:
    out = io.StringIO()
    q.copy_expert("COPY (SELECT n FROM readings WHERE n <= 2 ORDER BY n) TO STDOUT", out)
    assert out.getvalue() == "1\\n2\\n"
    q.copy_expert("COPY people (name) FROM STDIN", io.StringIO("py copied\\n"))
    assert q.rowcount == 1
with c.cursor() as q:
    q.execute("UPDATE people SET mood = 'glad' WHERE name = 'py one'")
c.rollback()
c.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
with c, c.cursor() as q:
    q.execute("SELECT mood FROM people WHERE name = 'py one'")
    assert q.fetchone() == (None,)
    q.execute("SHOW transaction_isolation")
    assert q.fetchone() == ("repeatable read",)
c.set_session(isolation_level="DEFAULT", readonly="DEFAULT", autocommit=True)
with c.cursor() as q:
    q.execute("SELECT count(*) FROM visits WHERE place LIKE %s", ("py %",))
    assert q.fetchone() == (50,)
    print("before the deletion", flush=True)
    q.execute("DELETE FROM people WHERE name = 'py copied'")
    print("deleted", q.rowcount)
`;

test('JDBC: prepared statements, batches, savepoints, fetch size and metadata are not held, a deletion waits', async () => {
  const file = join(folder, 'Day.java');
  await writeFile(file, JAVA);
  const end = await watched(
    start('java', ['-cp', JDBC, '-Xshare:auto', file, `jdbc:postgresql://127.0.0.1:${rig.port}/orders-db`, TOKEN]),
    'deletes 1 row of people',
  );
  expect(end).toEqual({ status: 0, out: 'before the deletion\ndeleted 1\n', err: '' });
  expect(rig.recorder.of('held')).toHaveLength(heldBefore + 1);
});

const JAVA = `
import java.sql.*;
public class Day {
  static void check(boolean ok) { if (!ok) throw new AssertionError(); }
  public static void main(String[] args) throws Exception {
    try (Connection c = DriverManager.getConnection(args[0], "agent", args[1])) {
      DatabaseMetaData about = c.getMetaData();
      try (ResultSet r = about.getTables(null, "public", "%", new String[] {"TABLE"})) { int n = 0; while (r.next()) n++; check(n >= 3); }
      try (ResultSet r = about.getColumns(null, "public", "people", "%")) { int n = 0; while (r.next()) n++; check(n == 5); }
      try (ResultSet r = about.getImportedKeys(null, "public", "visits")) { check(r.next() && r.getString("PKTABLE_NAME").equals("people")); }
      try (ResultSet r = about.getPrimaryKeys(null, "public", "people")) { check(r.next()); }
      int who;
      try (PreparedStatement p = c.prepareStatement("INSERT INTO people (name, tags, extra) VALUES (?, ?, ?::jsonb)", Statement.RETURN_GENERATED_KEYS)) {
        p.setString(1, "java one"); p.setArray(2, c.createArrayOf("text", new String[] {"x", "y"})); p.setString(3, "{\\"a\\": 1}");
        check(p.executeUpdate() == 1);
        try (ResultSet r = p.getGeneratedKeys()) { r.next(); who = r.getInt("id"); }
      }
      c.setAutoCommit(false);
      Savepoint s = c.setSavepoint();
      try (Statement q = c.createStatement()) { q.executeUpdate("INSERT INTO visits (person, place) VALUES (0, 'bad')"); check(false); }
      catch (SQLException e) { check(e.getSQLState().equals("23503")); c.rollback(s); }
      try (PreparedStatement p = c.prepareStatement("INSERT INTO visits (person, place) VALUES (?, ?)")) {
        for (int n = 0; n < 40; n++) { p.setInt(1, who); p.setString(2, "java " + n); p.addBatch(); }
        for (int n : p.executeBatch()) check(n == 1);
      }
      c.commit();
      // From the fifth execution on it is a named statement on the server, with binary results.
      try (PreparedStatement p = c.prepareStatement("SELECT id, name, tags FROM people WHERE id = ?")) {
        for (int n = 0; n < 12; n++) { p.setInt(1, who); try (ResultSet r = p.executeQuery()) { check(r.next() && r.getInt(1) == who && r.getString(2).equals("java one")); } }
      }
      c.commit();
      try (Statement q = c.createStatement()) {
        q.setFetchSize(500);
        try (ResultSet r = q.executeQuery("SELECT n FROM readings")) { int n = 0; while (r.next()) n++; check(n == 20000); }
      }
      c.commit();
      c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      c.setReadOnly(true);
      try (Statement q = c.createStatement(); ResultSet r = q.executeQuery("SELECT count(*) FROM visits WHERE place LIKE 'java %'")) { r.next(); check(r.getInt(1) == 40); }
      c.commit();
      c.setReadOnly(false);
      c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      c.setAutoCommit(true);
      System.out.println("before the deletion");
      try (PreparedStatement p = c.prepareStatement("DELETE FROM people WHERE id = ?")) { p.setInt(1, who); System.out.println("deleted " + p.executeUpdate()); }
    }
  }
}
`;
