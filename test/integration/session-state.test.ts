// Over 300 lines: one table, a row for each kind of state.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  bind,
  cancelRequest,
  close,
  describe as describing,
  execute,
  flush,
  parse,
  query,
  startupMessage,
  sync,
} from '#wire/postgres/build';
import { type Exception, type Script, startTwins, type Twins } from '../support/fidelity-run.js';
import { type GuardedRig, startGuarded } from './guarded-rig.js';

// The table "Session state across the lanes" of docs/guides/postgres.md. Most rows are shown by asking a protected database
// through the door, and a twin directly with the writing role on one connection: they answer the same, byte by byte.

const SCHEMA = `
  CREATE TABLE people (id serial PRIMARY KEY, name text UNIQUE, born timestamptz DEFAULT '2026-01-02 03:04:05+00');
  INSERT INTO people (name) SELECT 'person ' || n FROM generate_series(1, 300) n;
  CREATE SCHEMA other;
  GRANT USAGE ON SCHEMA other TO PUBLIC;
  CREATE TABLE other.people (name text);
  INSERT INTO other.people VALUES ('of the other schema');
  CREATE FUNCTION plain(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'asked for %', n; RETURN n + 1; END $$;
`;

const SAME: readonly Script[] = [
  {
    name: 'SET, SHOW and RESET',
    statements: [
      "SET statement_timeout = '7s'",
      'SHOW statement_timeout',
      "SELECT current_setting('statement_timeout')",
      "SET timezone = 'Asia/Tokyo'",
      'SELECT born FROM people WHERE id = 1',
      "SET datestyle = 'German'",
      'SELECT born FROM people WHERE id = 1',
      'UPDATE people SET born = born WHERE id = 1 RETURNING born',
      'RESET timezone',
      'SELECT born FROM people WHERE id = 1',
      "SELECT set_config('intervalstyle', 'iso_8601', false)",
      "SELECT age(born, '2025-01-01') FROM people WHERE id = 2",
      'SET extra_float_digits = 0',
      'SELECT 0.1::float8 + 0.2::float8 + (0 * id) FROM people WHERE id = 1',
      'SET bytea_output = escape',
      "SELECT 'a\\000b'::bytea",
      'RESET ALL',
      'SHOW statement_timeout',
      'SELECT born FROM people WHERE id = 1',
      'SET no_such_setting = 1',
      "SET statement_timeout = 'long'",
      "SET application_name = 'day'",
      'SHOW application_name',
    ],
  },
  {
    name: 'SET LOCAL',
    statements: [
      'BEGIN',
      "SET LOCAL timezone = 'Asia/Tokyo'",
      'SELECT born FROM people WHERE id = 1',
      "SELECT set_config('datestyle', 'German', true)",
      'SELECT born FROM people WHERE id = 1',
      'SAVEPOINT s',
      "SET LOCAL timezone = 'UTC'",
      'SELECT born FROM people WHERE id = 1',
      'ROLLBACK TO s',
      'SELECT born FROM people WHERE id = 1',
      'COMMIT',
      'SELECT born FROM people WHERE id = 1',
      "SET LOCAL timezone = 'Asia/Tokyo'",
      'BEGIN',
      "SET timezone = 'Asia/Tokyo'",
      'ROLLBACK',
      'SELECT born FROM people WHERE id = 1',
    ],
  },
  {
    name: 'search_path',
    statements: [
      'SELECT count(*) FROM people',
      'SET search_path TO other, public',
      'SELECT name FROM people',
      'SHOW search_path',
      'SELECT current_schemas(false), current_schema',
      "SELECT 'people'::regclass, to_regclass('public.people')",
      'SET search_path TO public',
      'SELECT count(*) FROM people',
      'BEGIN',
      'SET LOCAL search_path TO other',
      'SELECT name FROM people',
      'COMMIT',
      'SELECT count(*) FROM people',
    ],
  },
  {
    name: 'temporary tables',
    statements: [
      'CREATE TEMP TABLE notes (id int PRIMARY KEY, text text)',
      "INSERT INTO notes VALUES (1, 'one'), (2, 'two')",
      'SELECT * FROM notes ORDER BY id',
      'SELECT p.name, n.text FROM people p JOIN notes n USING (id) ORDER BY id',
      'CREATE TEMP TABLE people AS SELECT 1 AS only',
      'SELECT * FROM people',
      'SELECT count(*) FROM public.people',
      'DROP TABLE pg_temp.people',
      'SELECT count(*) FROM people',
      "UPDATE notes SET text = 'changed' WHERE id = 2 RETURNING *",
      'INSERT INTO people (name) SELECT text FROM notes RETURNING name',
      'CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT 1',
      'BEGIN',
      'CREATE TEMP TABLE brief (n int) ON COMMIT DELETE ROWS',
      'INSERT INTO brief VALUES (1)',
      'SELECT * FROM brief',
      'COMMIT',
      'SELECT * FROM brief',
      'CREATE TEMP SEQUENCE counted',
      "SELECT nextval('counted'), nextval('counted')",
      'ALTER TABLE pg_temp.notes ADD COLUMN more int',
      'SELECT * FROM notes ORDER BY id',
      'DROP TABLE pg_temp.notes',
      'SELECT * FROM notes',
    ],
  },
  {
    name: 'prepared statements by SQL',
    statements: [
      'PREPARE one (int) AS SELECT name FROM people WHERE id = $1',
      'EXECUTE one (1)',
      'EXECUTE one (2)',
      'EXECUTE one',
      'PREPARE one AS SELECT 2',
      'SELECT name, statement, parameter_types FROM pg_prepared_statements',
      'PREPARE two (text) AS INSERT INTO people (name) VALUES ($1) RETURNING name',
      "EXECUTE two ('prepared')",
      "EXECUTE two ('prepared')",
      'EXPLAIN (COSTS OFF) EXECUTE one (1)',
      'BEGIN',
      'EXECUTE one (3)',
      'ROLLBACK',
      'DEALLOCATE one',
      'EXECUTE one (1)',
      'DEALLOCATE ALL',
      "EXECUTE two ('x')",
    ],
  },
  {
    name: 'cursors without hold',
    statements: [
      'DECLARE c CURSOR FOR SELECT 1',
      'BEGIN',
      'DECLARE c SCROLL CURSOR FOR SELECT id FROM people ORDER BY id',
      'FETCH 3 FROM c',
      'MOVE 2 IN c',
      'FETCH c',
      'FETCH BACKWARD 2 FROM c',
      'SELECT name, is_holdable, is_scrollable FROM pg_cursors',
      'SAVEPOINT s',
      'FETCH ABSOLUTE 10 FROM c',
      'ROLLBACK TO s',
      'FETCH NEXT FROM c',
      'CLOSE c',
      'FETCH c',
      'ROLLBACK',
      'BEGIN',
      'DECLARE d CURSOR FOR SELECT id FROM people ORDER BY id FOR UPDATE',
      'FETCH 1 FROM d',
      "UPDATE people SET name = 'current' WHERE CURRENT OF d",
      'COMMIT',
      'SELECT name FROM people WHERE id = 1',
      'FETCH d',
    ],
  },
  {
    name: 'cursors WITH HOLD',
    statements: [
      'DECLARE kept CURSOR WITH HOLD FOR SELECT id FROM people ORDER BY id',
      'FETCH 2 FROM kept',
      'SELECT count(*) FROM people',
      'FETCH 2 FROM kept',
      'SELECT name, is_holdable FROM pg_cursors',
      'BEGIN',
      'DECLARE also CURSOR WITH HOLD FOR SELECT name FROM people ORDER BY id',
      'FETCH 1 FROM also',
      'COMMIT',
      'FETCH 1 FROM also',
      'CLOSE kept',
      'FETCH kept',
      'CLOSE ALL',
      'FETCH also',
    ],
  },
  {
    name: 'currval and lastval',
    statements: [
      "SELECT currval('people_id_seq')",
      'SELECT lastval()',
      "INSERT INTO people (name) VALUES ('numbered') RETURNING id > 300",
      "SELECT currval('people_id_seq') = lastval(), currval('people_id_seq') = (SELECT max(id) FROM people)",
      "SELECT nextval('people_id_seq') - currval('people_id_seq')",
      'BEGIN',
      "INSERT INTO people (name) VALUES ('numbered too')",
      "SELECT currval('people_id_seq') = (SELECT max(id) FROM people)",
      'COMMIT',
    ],
  },
  {
    name: 'advisory locks',
    statements: [
      'SELECT pg_advisory_lock(7)',
      'SELECT pg_try_advisory_lock(7)',
      'SELECT pg_advisory_unlock(7)',
      'SELECT pg_advisory_unlock(7)',
      'SELECT pg_advisory_unlock(7)',
      'BEGIN',
      'SELECT pg_advisory_xact_lock(8)',
      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
      'COMMIT',
      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
      'SELECT pg_advisory_unlock_all()',
    ],
  },
  {
    name: 'who one is',
    statements: [
      'SELECT current_user, session_user, current_role, user',
      'SELECT current_user, count(*) > 1 FROM people',
      "SELECT has_table_privilege('people', 'INSERT'), has_table_privilege('people', 'TRUNCATE')",
      'SHOW session_authorization',
      'SHOW is_superuser',
      'SELECT pg_backend_pid() = pg_backend_pid(), (SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid())',
      'SELECT current_database(), current_catalog',
    ],
  },
  {
    name: 'isolation and read-only transactions',
    statements: [
      'SHOW transaction_isolation',
      'BEGIN ISOLATION LEVEL SERIALIZABLE',
      'SHOW transaction_isolation',
      'SELECT count(*) > 1 FROM people',
      'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
      'ROLLBACK',
      'BEGIN',
      'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
      'SELECT count(*) > 1 FROM people',
      'SHOW transaction_read_only',
      "INSERT INTO people (name) VALUES ('never')",
      'COMMIT',
      'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ',
      'SHOW default_transaction_isolation',
      'SHOW transaction_isolation',
      'BEGIN',
      'SHOW transaction_isolation',
      'COMMIT',
      'START TRANSACTION READ ONLY, DEFERRABLE',
      'SELECT 1',
      'END',
      'SET default_transaction_read_only = on',
      "INSERT INTO people (name) VALUES ('never')",
      'SHOW transaction_read_only',
      'RESET default_transaction_read_only',
      "INSERT INTO people (name) VALUES ('again')",
      'SET CONSTRAINTS ALL DEFERRED',
    ],
  },
  {
    name: 'transactions and savepoints',
    statements: [
      'BEGIN',
      'BEGIN',
      "INSERT INTO people (name) VALUES ('kept')",
      'SAVEPOINT a',
      "INSERT INTO people (name) VALUES ('kept')",
      'SELECT 1',
      'ROLLBACK TO a',
      "SELECT count(*) FROM people WHERE name = 'kept'",
      'RELEASE a',
      'RELEASE a',
      'COMMIT',
      "SELECT count(*) FROM people WHERE name = 'kept'",
      'BEGIN',
      "INSERT INTO people (name) VALUES ('kept')",
      'ROLLBACK',
      "SELECT count(*) FROM people WHERE name = 'kept'",
      'BEGIN',
      "INSERT INTO people (name) VALUES ('kept')",
      'COMMIT',
      'COMMIT',
      'ROLLBACK',
      'SAVEPOINT outside',
      'BEGIN',
      'SELECT id FROM people WHERE id = 1 FOR UPDATE',
      'LOCK TABLE people IN ROW EXCLUSIVE MODE',
      'SELECT pg_current_xact_id_if_assigned() IS NULL',
      'COMMIT',
    ],
  },
  {
    name: 'several commands in one text',
    statements: [
      'SELECT 1; SELECT 2',
      "INSERT INTO people (name) VALUES ('first of two'); SELECT count(*) FROM people WHERE name = 'first of two'",
      "INSERT INTO people (name) VALUES ('never either'); SELECT 1/0; SELECT 3",
      "SELECT count(*) FROM people WHERE name = 'never either'",
      "BEGIN; INSERT INTO people (name) VALUES ('both'); COMMIT; SELECT count(*) FROM people WHERE name = 'both'",
      'SELECT 1; SELECT nonsense FROM people; SELECT 2',
      '',
      ' ; ; ',
      '-- only a comment',
      '/* before */ SELECT 1 /* behind */;',
    ],
  },
  {
    name: 'errors, notices and their positions',
    statements: [
      'SELECT plain(1)',
      'SELECT plain(2) FROM people WHERE id < 4 ORDER BY id',
      'selec 1',
      'SELECT nonsense FROM people',
      'SELECT * FROM nowhere',
      'SELECT 1/0 FROM people',
      "INSERT INTO people (name) VALUES ('person 9')",
      "INSERT INTO people (id) VALUES ('x')",
      'SELECT no_such_function(1)',
      "SELECT 'unfinished",
      "DO $$ BEGIN RAISE WARNING 'careful' USING HINT = 'look', DETAIL = 'closer'; END $$",
      "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'U0001', HINT = 'another way'; END $$",
      'SELECT 1; selec 2',
      'BEGIN',
      'selec 3',
      'SELECT 1',
      'ROLLBACK',
    ],
  },
  {
    name: 'COPY in and out',
    statements: [
      'COPY (SELECT id, name FROM people WHERE id BETWEEN 2 AND 4 ORDER BY id) TO STDOUT',
      'COPY (SELECT id, name FROM people WHERE id < 3 ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)',
      'COPY other.people TO STDOUT',
      { copy: 'COPY people (name) FROM STDIN', data: ['copied 1\ncopied', ' 2\n'] },
      "SELECT count(*) FROM people WHERE name LIKE 'copied %'",
      { copy: 'COPY people (name) FROM STDIN (FORMAT csv)', data: ['"copied, 3"\n'] },
      { copy: 'COPY people (name) FROM STDIN', data: ['copied 1\n'] },
      { copy: 'COPY people (id) FROM STDIN', data: ['no number\n'] },
      'BEGIN',
      { copy: 'COPY people (name) FROM STDIN', data: ['copied 4\n'] },
      'ROLLBACK',
      "SELECT count(*) FROM people WHERE name LIKE 'copied%'",
      { copy: 'COPY people (name) FROM STDIN', data: [] },
    ],
  },
  {
    name: 'DISCARD',
    statements: [
      "SET timezone = 'Asia/Tokyo'",
      'PREPARE one AS SELECT 1',
      'CREATE TEMP TABLE notes (id int)',
      'DECLARE kept CURSOR WITH HOLD FOR SELECT 1',
      'DISCARD PLANS',
      'EXECUTE one',
      'DISCARD TEMP',
      'SELECT * FROM notes',
      'DISCARD SEQUENCES',
      'SELECT lastval()',
      'BEGIN',
      'DISCARD ALL',
      'ROLLBACK',
      'DISCARD ALL',
      'EXECUTE one',
      'SELECT born FROM people WHERE id = 1',
      'FETCH kept',
    ],
  },
  {
    name: 'large results',
    statements: [
      "SELECT n, repeat('x', 500) FROM generate_series(1, 4000) n",
      'SELECT a.id, b.id FROM people a CROSS JOIN people b WHERE a.id < 15 ORDER BY 1, 2',
      "SELECT repeat('long ', 150000)",
      'UPDATE people SET born = born WHERE id < 200 RETURNING id, name, born',
    ],
  },
  {
    name: 'prepared statements by protocol',
    statements: [
      { about: 'Parse', send: [parse('s', 'SELECT name FROM people WHERE id = $1', [23]), sync()] },
      { about: 'Describe', send: [describing('statement', 's'), sync()] },
      { about: 'Bind and Execute', send: [bind('', 's', ['2']), describing('portal', ''), execute(''), sync()] },
      { about: 'again', send: [bind('', 's', ['3']), execute(''), sync()] },
      { about: 'a bad value', send: [bind('', 's', ['x']), execute(''), sync()] },
      { about: 'the name is taken', send: [parse('s', 'SELECT 2'), sync()] },
      'SELECT name, statement, from_sql FROM pg_prepared_statements',
      'SET search_path TO other, public',
      {
        about: 'with another path',
        send: [parse('t', 'SELECT name FROM people LIMIT 1'), bind('', 't', []), execute(''), sync()],
      },
      'SET search_path TO public',
      { about: 'means another table now', send: [bind('', 't', []), execute(''), sync()] },
      {
        about: 'insert',
        send: [
          parse('i', 'INSERT INTO people (name) VALUES ($1) RETURNING name'),
          bind('', 'i', ['by protocol']),
          execute(''),
          sync(),
        ],
      },
      { about: 'insert again', send: [bind('', 'i', ['by protocol']), execute(''), sync()] },
      { about: 'Close', send: [close('statement', 's'), sync()] },
      { about: 'free again', send: [parse('s', 'SELECT 5'), bind('', 's', []), execute(''), sync()] },
      { about: 'empty', send: [parse('', ''), bind('', '', []), execute(''), sync()] },
      { about: 'a slip', send: [parse('', 'selec 1'), bind('', '', []), execute(''), sync()] },
      { about: 'after it', send: [parse('', 'SELECT 6'), bind('', '', []), execute(''), sync()] },
    ],
  },
  {
    name: 'portals with row limits',
    statements: [
      'BEGIN',
      {
        about: 'three rows',
        send: [parse('', 'SELECT id FROM people ORDER BY id'), bind('p', '', []), execute('p', 3), sync()],
      },
      { about: 'two more', send: [execute('p', 2), sync()] },
      { about: 'something between', send: [parse('', 'SELECT 1'), bind('', '', []), execute(''), sync()] },
      { about: 'and on', send: [describing('portal', 'p'), execute('p', 1), sync()] },
      { about: 'closed', send: [close('portal', 'p'), sync()] },
      'COMMIT',
      {
        about: 'gone with the block',
        send: [parse('', 'SELECT 2'), bind('q', '', []), execute('q', 1), execute('q', 1), sync()],
      },
      { about: 'not there any more', send: [parse('z', 'SELECT 7'), sync()] },
    ],
  },
  {
    name: 'pipelines, Flush and errors in the middle',
    statements: [
      {
        about: 'flushed',
        send: [parse('', 'SELECT count(*) > 1 FROM people'), bind('', '', []), execute(''), flush()],
        until: 'C',
      },
      { about: 'and synced', send: [sync()] },
      {
        about: 'written, flushed',
        send: [parse('', "INSERT INTO people (name) VALUES ('flushed')"), bind('', '', []), execute(''), flush()],
        until: 'C',
      },
      { about: 'then an error', send: [parse('', 'SELECT 1/0'), bind('', '', []), execute(''), flush()], until: 'E' },
      { about: 'passed over up to Sync', send: [parse('', 'SELECT 3'), bind('', '', []), execute(''), sync()] },
      "SELECT count(*) FROM people WHERE name = 'flushed'",
      {
        about: 'three at once',
        send: ['SELECT 1', 'SELECT count(*) > 1 FROM people', 'SELECT 3']
          .flatMap((text) => [parse('', text), bind('', '', []), execute('')])
          .concat(sync()),
      },
      {
        about: 'an error in the middle undoes what is before it',
        send: [
          "INSERT INTO people (name) VALUES ('half')",
          'SELECT 1/0',
          "INSERT INTO people (name) VALUES ('other half')",
        ]
          .flatMap((text) => [parse('', text), bind('', '', []), execute('')])
          .concat(sync()),
      },
      "SELECT count(*) FROM people WHERE name LIKE '%half'",
      {
        about: 'a block in one pipeline',
        send: ['BEGIN', "INSERT INTO people (name) VALUES ('whole')", 'COMMIT']
          .flatMap((text) => [parse('', text), bind('', '', []), execute('')])
          .concat(sync()),
      },
      "SELECT count(*) FROM people WHERE name = 'whole'",
      {
        about: 'a query behind messages without Sync',
        send: [parse('', 'SELECT 8'), bind('', '', []), execute(''), query('SELECT 9')],
      },
    ],
  },
];

let twins: Twins;
let rig: GuardedRig;
beforeAll(async () => {
  [twins, rig] = await Promise.all([startTwins(SCHEMA, 'production'), startGuarded({ schema: SCHEMA })]);
}, 60_000);
afterAll(() => Promise.all([twins.stop(), rig.stop()]));

/** What differs, and why. */
const EXCEPTIONS: readonly Exception[] = [
  {
    reason: 'every command goes as a Parse of its own, so that an EXECUTE is described before it fails',
    matches: (statement, difference) =>
      /^EXECUTE/.test(statement) && /^message 1: door T .* direct E /.test(difference),
  },
  {
    reason: 'pg_cursors lists the unnamed portal in which the question itself runs',
    matches: (statement) => /FROM pg_cursors/.test(statement),
  },
  {
    reason: 'in a failed transaction the server names another routine of its own for a Parse than for a query',
    matches: (_statement, difference) =>
      /door E severity=ERROR; code=25P02; .* direct E severity=ERROR; code=25P02; /.test(difference),
  },
];

test.each(SAME)('as on one connection: $name', async (script) => {
  const { differences, held } = await twins.run([script], 'simple', EXCEPTIONS);
  expect({ differences, held }).toEqual({ differences: [], held: [] });
});

test('LISTEN and NOTIFY: what another session says arrives, and what is rolled back is not said', async () => {
  const [listener, speaker] = await Promise.all([rig.client(), rig.client()]);
  const heard: (string | undefined)[] = [];
  listener.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
  await listener.query('LISTEN news');
  await listener.query('SELECT count(*) FROM people');
  await speaker.query("NOTIFY news, 'one'");
  await speaker.query("SELECT pg_notify('news', 'two')");
  await speaker.query('BEGIN');
  await speaker.query("NOTIFY news, 'never'");
  await speaker.query('ROLLBACK');
  await speaker.query("NOTIFY news, 'three'");
  await expect.poll(() => heard).toEqual(['news one', 'news two', 'news three']);
  expect((await listener.query('SELECT pg_listening_channels()')).rows).toEqual([{ pg_listening_channels: 'news' }]);
  await listener.query('UNLISTEN *');
  await speaker.query("NOTIFY news, 'nobody listens'");
  await listener.query('SELECT 1');
  expect(heard).toHaveLength(3);
});

test.each([
  'SELECT pg_sleep(20)',
  'SELECT count(*), pg_sleep(20) FROM people',
  'UPDATE people SET name = name || pg_sleep(20)::text',
])('cancel: %s ends with 57014, and the session goes on', async (text) => {
  const client = await rig.client();
  const work = client.query(text);
  const raw = await rig.raw();
  const secret = Buffer.alloc(4);
  secret.writeInt32BE(Reflect.get(client, 'secretKey'));
  setTimeout(() => raw.send(cancelRequest({ processId: Reflect.get(client, 'processID'), secret })), 300);
  await expect(work).rejects.toMatchObject({ code: '57014', message: 'canceling statement due to user request' });
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('what names a temporary table of the session is refused, unless it names it as one', async () => {
  const client = await rig.client();
  await client.query('CREATE TEMP TABLE people AS SELECT 1 AS only');
  for (const text of ['DROP TABLE people', 'TRUNCATE people', 'ALTER TABLE people ADD COLUMN n int']) {
    await expect(client.query(text)).rejects.toMatchObject({
      code: '0A000',
      message: "firebreak: `people` is a temporary table of this session, which the owner's connection does not see",
      hint: 'write pg_temp.people, or the schema of the table that you mean',
    });
  }
  await client.query('DROP TABLE pg_temp.people');
  expect((await client.query('SELECT count(*)::int AS n FROM people')).rows).toEqual([{ n: 300 }]);
});

test.each([
  ['PREPARE TRANSACTION', "PREPARE TRANSACTION 'x'", '0A000', 'prepared transactions are not supported'],
  ['COMMIT AND CHAIN', 'COMMIT AND CHAIN', '0A000', 'AND CHAIN is not supported'],
])('refused with a clear message: %s', async (_name, text, code, message) => {
  const client = await rig.client();
  await client.query('BEGIN');
  await client.query("INSERT INTO people (name) VALUES ('never chained')");
  await expect(client.query(text)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  await client.query('ROLLBACK');
  expect(await rig.truth("SELECT count(*)::int FROM people WHERE name = 'never chained'")).toBe(0);
});

test.each([
  ['start-up parameter options', { options: '-c statement_timeout=1' }, '`options` is not allowed'],
  ['start-up parameter replication', { replication: 'database' }, 'replication connections are not allowed'],
])('refused with a clear message: %s', async (_name, parameters, message) => {
  const raw = await rig.raw();
  raw.send(startupMessage(Object.entries({ user: 'anyone', database: 'orders-db', ...parameters })));
  expect((await raw.error()).message).toContain(message);
});

test('refused with a clear message: function call messages', async () => {
  const raw = await rig.raw();
  await raw.login(`fbk_production_${'p'.repeat(26)}`);
  raw.send(Buffer.from([0x46, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  expect((await raw.error()).message).toContain('function call messages are not allowed');
});

test('a block with DO, EXECUTE or set_config in it is committed without asking', async () => {
  const client = await rig.client();
  await client.query('BEGIN');
  await client.query("SELECT set_config('datestyle', 'German', true)");
  await client.query('DO $$ BEGIN PERFORM 1; END $$');
  await client.query('COMMIT');
  expect((await client.query("SELECT to_char(born, 'YYYY') AS y FROM people WHERE id = 5")).rows).toEqual([
    { y: '2026' },
  ]);
  expect(rig.recorder.of('held')).toEqual([]);
});
