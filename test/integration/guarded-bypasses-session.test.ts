import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { query } from '#wire/postgres/build';
import { type AttackRig, startAttacked } from './attack-rig.js';
import type { AgentClient } from './guarded-rig.js';

/** On both ends of the versions that the machine has: its own server when there is one, and the newest. */
describe.each([
  { which: '', name: 'of the machine' },
  { which: 'embedded', name: '18' },
])('on PostgreSQL $name', ({ which }) => {
  let rig: AttackRig;

  beforeAll(async () => {
    const before = process.env['FIREBREAK_POSTGRES'];
    if (which !== '') process.env['FIREBREAK_POSTGRES'] = which;
    try {
      rig = await startAttacked({
        before: 'CREATE EXTENSION dblink',
        schema: `
          CREATE TABLE measures (id int PRIMARY KEY, f float8, r real, b bytea, i interval, d timestamptz, m money);
          INSERT INTO measures SELECT n, 1.0 / n, 1.0 / n, decode('5c00ff', 'hex'), '1 mon 2 days 03:04:05.678', now(), 12.34
            FROM generate_series(1, 30) n;
          CREATE FUNCTION reaching() RETURNS text LANGUAGE sql AS $$ SELECT 'reached' $$;
        `,
        door: { outside: async () => outside },
      });
    } finally {
      if (before === undefined) delete process.env['FIREBREAK_POSTGRES'];
      else process.env['FIREBREAK_POSTGRES'] = before;
    }
  }, 120_000);

  let outside: readonly string[] = [];

  afterEach(async () => {
    outside = [];
    await rig.reset();
  });
  afterAll(() => rig.stop());

  const inTurn =
    (...texts: readonly string[]) =>
    async (client: AgentClient) => {
      for (const text of texts) await client.query(text);
    };

  /** What an agent sets first, so that the counting, the keeping or the telling would go wrong. */
  const SETTINGS: Readonly<Record<string, string>> = {
    'another output of floats': 'set extra_float_digits = -15',
    'another output of bytes': "set bytea_output = 'escape'",
    'another output of dates': "set datestyle = 'German'",
    'another output of intervals': "set intervalstyle = 'iso_8601'",
    'another time zone': "set timezone = 'Asia/Kathmandu'",
    'another isolation': "set default_transaction_isolation = 'serializable'",
    'row security off': 'set row_security = off',
    'a short wait for locks': "set lock_timeout = '50ms'",
    'no index': 'set enable_indexscan = off',
    'everything quoted': 'set quote_all_identifiers = on',
    'few messages': 'set client_min_messages = error',
    'arrays by another rule': 'set array_nulls = off',
    'checks of functions off': 'set check_function_bodies = off',
  };

  test.each(Object.entries(SETTINGS))('%s changes neither the count nor the copy', async (_name, setting) => {
    const work = inTurn(setting, 'delete from measures');
    const { hold } = await rig.attack(work);
    expect(hold?.subject.measured?.tables).toMatchObject([{ name: 'measures', deleted: 30 }]);
    const before = await rig.fingerprint();
    await rig.approved(work);
    expect(await rig.truth('select count(*)::int from measures')).toBe(0);
    const [snapshot] = await rig.snapshots.list();
    expect(await rig.undo(snapshot?.id ?? '')).toMatchObject({ kind: 'undone' });
    expect(await rig.fingerprint()).toBe(before);
  });

  test.each([
    ['operators and functions', ['set search_path = evil, public, pg_catalog', 'delete from orders']],
    [
      'a table of the session named like one of the server’s',
      [
        'create temp table pg_class as select * from pg_catalog.pg_class limit 0',
        'set search_path = pg_temp, public, pg_catalog',
        'delete from orders',
      ],
    ],
    [
      'a prepared statement that means another table',
      [
        'create temp table orders (id int)',
        'prepare p as delete from orders',
        'execute p',
        'drop table pg_temp.orders',
        'execute p',
      ],
    ],
    [
      'a prepared statement under another path',
      ['set search_path = evil', 'prepare p as delete from public.orders', 'set search_path = public', 'execute p'],
    ],
    [
      'a name that was given anew',
      ['prepare p as select 1', 'execute p', 'deallocate p', 'prepare p as delete from orders', 'execute p'],
    ],
    ['everything forgotten', ['prepare p as select 1', 'discard all', 'prepare p as delete from orders', 'execute p']],
    [
      'a name that a function gives',
      ["do $$ begin execute 'prepare p as delete from public.orders'; end $$", 'execute p'],
    ],
  ])('%s: what is deleted is counted', async (_name, texts) => {
    const client = await rig.client();
    for (const text of texts.slice(0, -1)) {
      const work = client.query(text);
      const over = work.then(
        () => undefined,
        () => undefined,
      );
      for (;;) {
        const done = await Promise.race([
          over.then(() => true),
          new Promise((resolve) => setTimeout(() => resolve(false), 5)),
        ]);
        if (done === true) break;
        const [waiting] = await rig.desk.list();
        if (waiting !== undefined) await rig.approve(waiting);
      }
    }
    expect(await rig.truth('select count(*)::int from orders')).toBe(60);
    const { how, hold } = await rig.attack((one) => one.query(texts.at(-1) ?? ''), client);
    expect(how).toBe('held');
    expect(hold?.subject.measured?.tables).toMatchObject([{ name: 'orders', deleted: 60 }]);
    await client.end();
  });

  test('a protocol statement whose name SQL has given to another text is refused', async () => {
    const client = await rig.client();
    await client.query({ name: 'p', text: 'select 1 as one' });
    await client.query('deallocate p');
    await rig.attack((one) => one.query('prepare p as delete from orders'), client);
    const { how, error } = await rig.attack((one) => one.query({ name: 'p', text: 'select 1 as one' }), client);
    expect([how, error?.code]).toEqual(['refused', '26000']);
    await client.end();
  });

  test('a time limit that leaves none for counting gets nothing through', async () => {
    const client = await rig.client();
    const { how, hold } = await rig.attack(inTurn('set statement_timeout = 1', 'delete from orders'), client);
    // Uncounted, and the card says so; or the statement itself ran out of time.
    expect(how).not.toBe('done');
    expect(hold?.subject.measured?.tables ?? []).toEqual([]);
    await rig.attack((one) => one.query('reset statement_timeout'), client);
    expect((await client.query('select count(*)::int as n from orders')).rows).toEqual([{ n: 60 }]);
    await client.end();
  });

  test('a name of the session’s own never stands for a table of the server’s', async () => {
    const client = await rig.client();
    await client.query('create temp table orders (id int)');
    for (const text of ['drop table orders', 'truncate orders', 'alter table orders add column x int']) {
      const { how, error } = await rig.attack((one) => one.query(text), client);
      expect([text, how, error?.code]).toEqual([text, 'refused', '0A000']);
    }
    expect((await rig.attack((one) => one.query('drop table pg_temp.orders'), client)).how).toBe('done');
    await client.end();
  });

  test('what reaches outside is not run before it is approved, in a block neither', async () => {
    outside = ['extension dblink'];
    const alone = await rig.attack((client) => client.query('select reaching()'));
    expect([alone.how, alone.hold?.verdict.reason]).toEqual(['held', expect.stringContaining('extension dblink')]);
    const inside = await rig.attack(inTurn('begin', 'select reaching()', 'commit'));
    expect([inside.how, inside.error?.code]).toEqual(['refused', '0A000']);
    for (const text of [
      "select dblink_exec('dbname=orders', 'delete from orders')",
      "select * from dblink('dbname=orders', 'delete from orders returning id') as t (id int)",
    ]) {
      expect((await rig.attack((client) => client.query(text))).how).toBe('held');
    }
  });

  test('the sessions that a DO ends lose nothing but their connection', async () => {
    const other = await rig.client();
    const held = other.query('delete from orders');
    held.catch(() => undefined);
    const hold = await rig.nextHold(held);
    const before = await rig.fingerprint();
    const client = await rig.client();
    await client
      .query(`do $$ begin perform pg_terminate_backend(pid) from pg_stat_activity
        where usename = current_user and pid <> pg_backend_pid(); end $$`)
      .catch(() => undefined); // It may do so to connections of its own role: the server allows that.
    await rig.approve(hold).catch(() => undefined); // Withdrawn when the agent's connection went.
    await expect(held).rejects.toThrow();
    expect(await rig.fingerprint()).toBe(before);
    const fresh = await rig.client();
    expect((await fresh.query('select count(*)::int as n from orders')).rows).toEqual([{ n: 60 }]);
    await Promise.all([client.end().catch(() => undefined), fresh.end()]);
  });

  test('an agent that never reads keeps nobody else waiting', async () => {
    const raw = await rig.raw();
    await raw.login(new URL(rig.connectionString()).password);
    raw.socket.pause();
    raw.send(query("select repeat('x', 1000) from generate_series(1, 100000)"), query('delete from orders'));
    const client = await rig.client();
    const { how } = await rig.attack((one) => one.query('delete from orders'), client);
    expect(how).toBe('held');
    raw.socket.destroy();
    await client.end();
    expect(await rig.truth('select count(*)::int from orders')).toBe(60);
  });

  test.each([
    'delete from orders',
    'select wipe()',
    'select 1::sly_domain',
    'table sly_view',
    'insert into deferring values (1)',
    'declare c cursor with hold for table sly_view',
    'create temp table x as table granting',
    'select make_object()',
    'merge into orders o using customers c on o.customer = c.id when matched then delete',
    'select hidden_truncate()',
  ])('nothing of %s lasts unapproved', async (text) => {
    expect((await rig.attack((client) => client.query(text))).how).not.toBe('done');
  });

  test('what only newer servers know is counted too, and unknown to older ones', async () => {
    for (const text of [
      'merge into orders o using staging s on o.id = s.id when not matched by source then delete',
      'with x as (delete from orders returning old.id) select count(*) from x',
    ]) {
      const { how, hold, error } = await rig.attack((client) => client.query(text));
      if (Number(await rig.truth("select current_setting('server_version_num')")) < 180_000) {
        expect([text, how, error?.code]).toEqual([text, 'refused', expect.stringMatching(/^42/)]);
        continue;
      }
      expect([text, how]).toEqual([text, 'held']);
      expect(hold?.subject.measured?.tables).toMatchObject([{ name: 'orders', deleted: 60 }]);
    }
  });
});
