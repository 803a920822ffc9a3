import { afterAll, beforeAll, expect, test } from 'vitest';
import { viewHold } from '#action/hold-view';
import { type GuardedRig, startGuarded } from './guarded-rig.js';

let rig: GuardedRig;

beforeAll(async () => {
  rig = await startGuarded({
    schema: `
      CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, visits int NOT NULL DEFAULT 0);
      CREATE TABLE orders (id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers ON DELETE CASCADE, total numeric);
      CREATE TABLE audit (at timestamptz DEFAULT now(), what text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN INSERT INTO audit (what) VALUES (TG_OP || ' ' || OLD.id); RETURN OLD; END $$;
      CREATE TRIGGER noted AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();
      INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 100) n;
      INSERT INTO orders (customer, total) SELECT 1 + n % 100, n FROM generate_series(1, 500) n;
      CREATE FUNCTION tidy(which int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN DELETE FROM customers WHERE id = which; RETURN which; END $$;
      CREATE FUNCTION plain(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN n + 1; END $$;
    `,
  });
}, 60_000);

afterAll(() => rig.stop());

test('reads run on the reading role, and see what was written before', async () => {
  const client = await rig.client();
  const { rows } = await client.query('select count(*)::int as n from orders');
  expect(rows).toEqual([{ n: 500 }]);
  await client.query('insert into audit (what) values ($1)', ['hello']);
  expect((await client.query("select count(*)::int as n from audit where what = 'hello'")).rows).toEqual([{ n: 1 }]);
  expect((await client.query('select current_user as who')).rows).toEqual([{ who: 'fb_write' }]);
});

test('a write within bounds is counted and lasts without anybody being asked', async () => {
  const client = await rig.client();
  expect((await client.query('update customers set visits = visits + 1 where id < 4')).rowCount).toBe(3);
  expect(await rig.truth('select sum(visits)::int from customers')).toBe(3);
  expect(rig.recorder.of('measured').at(-1)?.measurement.tables).toEqual([
    { schema: 'public', name: 'customers', inserted: 0, updated: 3, deleted: 0 },
  ]);
});

test('a deletion is shown with all that it takes along, kept, done, and undone', async () => {
  const client = await rig.client();
  const before = await rig.truth(CHECKSUM);
  const work = client.query('delete from customers where id = 7');
  const hold = await rig.nextHold(work);
  expect(hold.effects.map(({ explain }) => explain)).toEqual([
    'inserts 5 rows into audit',
    'deletes 1 row of customers',
    'deletes 5 rows of orders',
  ]);
  expect(hold.subject.measured?.samples.map(({ table }) => table)).toEqual(['customers', 'orders']);
  expect(hold.subject.snapshot).toBe('yes');
  // Nobody else has to wait while people think.
  await rig
    .truth(
      "update customers set name = 'other' where id = 7 returning id; update customers set name = 'customer 7' where id = 7 returning id",
    )
    .catch(() => undefined);
  expect(await rig.truth('select count(*)::int from customers where id = 7')).toBe(1);
  await rig.approve(hold);
  expect((await work).rowCount).toBe(1);
  expect(await rig.truth('select count(*)::int from customers where id = 7')).toBe(0);
  const [snapshot] = await rig.snapshots.list();
  expect(await rig.undo(snapshot?.id ?? '')).toMatchObject({ kind: 'undone' });
  expect(await rig.truth(CHECKSUM)).toBe(before);
});

test('what a function hides is counted like anything else', async () => {
  const client = await rig.client();
  expect((await client.query('select plain(1) as n')).rows).toEqual([{ n: 2 }]);
  const work = client.query('select tidy(8)');
  const hold = await rig.nextHold(work);
  expect(hold.effects.map(({ explain }) => explain)).toContain('deletes 5 rows of orders');
  await rig.approve(hold);
  expect((await work).rows).toEqual([{ tidy: 8 }]);
  expect(await rig.truth('select count(*)::int from customers where id = 8')).toBe(0);
});

test('a transaction is judged as a whole when it is committed', async () => {
  const client = await rig.client();
  await client.query('begin');
  for (let id = 10; id < 15; id += 1) await client.query('delete from orders where customer = $1', [id]);
  expect((await client.query('select count(*)::int as n from orders where customer between 10 and 14')).rows).toEqual([
    { n: 0 },
  ]);
  const work = client.query('commit');
  const hold = await rig.nextHold(work);
  expect(hold.effects.map(({ explain }) => explain)).toContain('deletes 25 rows of orders');
  expect(await rig.truth('select count(*)::int from orders where customer between 10 and 14')).toBe(25);
  await rig.approve(hold);
  expect((await work).command).toBe('COMMIT');
  expect(await rig.truth('select count(*)::int from orders where customer between 10 and 14')).toBe(0);
  await client.query('begin');
  await client.query("insert into audit (what) values ('in a block')");
  await client.query('commit');
  expect(await rig.truth("select count(*)::int from audit where what = 'in a block'")).toBe(1);
});

test('what needs an owner waits, is kept, and runs with the owner’s rights', async () => {
  const client = await rig.client();
  const work = client.query('truncate audit');
  const hold = await rig.nextHold(work);
  const before = await rig.truth('select count(*)::int from audit');
  expect(hold.effects[0]?.explain).toBe(`deletes every row of audit at once (${before} rows now)`);
  await rig.approve(hold);
  await work;
  expect(await rig.truth('select count(*)::int from audit')).toBe(0);
  const [snapshot] = await rig.snapshots.list();
  expect(await rig.undo(snapshot?.id ?? '')).toMatchObject({ kind: 'undone' });
  expect(await rig.truth('select count(*)::int from audit')).toBe(before);
});

test('a migration in a block waits once for the owner’s rights and once, with everything, for its COMMIT', async () => {
  const client = await rig.client();
  const before = await rig.truth('select count(*)::int from customers');
  await client.query('begin');
  await client.query("insert into audit (what) values ('migration')");
  const alter = client.query('alter table customers add column note text');
  const first = await rig.nextHold(alter);
  // The block was let go: nobody has to wait for its locks.
  expect(await rig.truth('select count(*)::int from pg_locks where relation = $$customers$$::regclass')).toBe(0);
  await rig.approve(first);
  await alter;
  await client.query("update customers set note = 'new' where id < 3");
  const commit = client.query('commit');
  const second = await rig.nextHold(commit);
  expect(second.effects.map(({ explain }) => explain)).toContain('adds a column to table customers');
  expect(await rig.truth("select count(*)::int from information_schema.columns where column_name = 'note'")).toBe(0);
  await rig.approve(second);
  expect((await commit).command).toBe('COMMIT');
  expect(await rig.truth("select count(*)::int from customers where note = 'new'")).toBe(2);
  expect(await rig.truth('select count(*)::int from customers')).toBe(before);
  expect((await client.query('select count(*)::int as n from customers where note is null')).rows[0].n).toBeGreaterThan(
    90,
  );

  await client.query('begin');
  const drop = client.query('drop table audit').catch((error: Error) => error);
  const third = await rig.nextHold(drop);
  await rig.desk.reject(third.id, 'dana', 'no');
  expect(await drop).toMatchObject({ code: '42501' });
  // The block has failed, as after any error.
  expect(await client.query('select 1').catch((error: Error) => error)).toMatchObject({ code: '25P02' });
  await client.query('rollback');
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('what cannot be tried out is shown as what cannot be undone, with the reason', async () => {
  const client = await rig.client();
  const work = client.query('drop database orders').catch((error: unknown) => error);
  const hold = await rig.nextHold();
  expect(hold.subject.measured).toBe(undefined);
  expect(viewHold(hold).undo).toEqual({
    answer: 'no',
    words: 'NOT undoable, because it could not be tried out: it does not run inside a transaction',
  });
  expect(hold.verdict.reason).toMatch(/it could not be tried out: it does not run inside a transaction$/);
  await rig.desk.reject(hold.id, 'dana', 'not now');
  expect(String(await work)).toMatch(/dana said no: not now/);
});

test('an answer in a block that was too long to be compared counts as another one: nothing lasts', async () => {
  const client = await rig.client();
  await client.query('begin');
  expect((await client.query("select repeat('x', 1000000) from generate_series(1, 70)")).rowCount).toBe(70);
  await client.query('delete from orders where customer = 22');
  const commit = client.query('commit').catch((error: Error) => error);
  await rig.approve(await rig.nextHold(commit));
  expect(await commit).toMatchObject({ code: '40001' });
  expect(await rig.truth('select count(*)::int from orders where customer = 22')).toBe(5);
});

test('a session that only plans reads, and nothing else is even tried out', async () => {
  const planning = await startGuarded({
    schema: 'CREATE TABLE items (id int); INSERT INTO items VALUES (1)',
    mode: 'plan',
  });
  try {
    const client = await planning.client();
    expect((await client.query('select id from items')).rows).toEqual([{ id: 1 }]);
    for (const text of [
      'update items set id = 2',
      'delete from items',
      'truncate items',
      'do $$ begin delete from items; end $$',
    ]) {
      expect(await client.query(text).catch((error: Error) => error), text).toMatchObject({ code: '42501' });
    }
    await client.query('begin');
    expect(await client.query('delete from items').catch((error: Error) => error)).toMatchObject({ code: '42501' });
    await client.query('rollback');
    expect(planning.recorder.of('measured')).toEqual([]);
    expect(await planning.truth('select id from items')).toBe(1);
  } finally {
    await planning.stop();
  }
});

test('names that an act gives to prepared statements are not in its own way when it runs once more', async () => {
  const client = await rig.client();
  const text = 'prepare "Gone" as delete from orders where customer = 20; execute "Gone"';
  const work = client.query(text);
  await rig.approve(await rig.nextHold(work));
  await work;
  expect(await rig.truth('select count(*)::int from orders where customer = 20')).toBe(0);
  await client.query('begin');
  await client.query({ name: 'gone', text: 'delete from orders where customer = $1', values: [21] });
  const commit = client.query('commit');
  await rig.approve(await rig.nextHold(commit));
  await commit;
  expect(await rig.truth('select count(*)::int from orders where customer = 21')).toBe(0);
  // The name is there afterwards, as after any block.
  expect(
    (await client.query({ name: 'gone', text: 'delete from orders where customer = $1', values: [0] })).rowCount,
  ).toBe(0);
});

test('on staging a deletion is kept and done without asking', async () => {
  const client = await rig.client({ environment: 'staging' });
  expect((await client.query('delete from customers where id = 3')).rowCount).toBe(1);
  expect(await rig.truth('select count(*)::int from orders where customer = 3', 'sandbox')).toBe(0);
  expect((await rig.snapshots.list())[0]).toMatchObject({ state: 'done' });
  await client.query('drop table audit');
  expect(await rig.truth("select to_regclass('audit')", 'sandbox')).toBe(null);
  await client.query('begin');
  await client.query('drop table orders');
  await client.query('commit');
  expect(await rig.truth("select to_regclass('orders')", 'sandbox')).toBe(null);
  await client.query('begin');
  await client.query('delete from customers where id = 4');
  await client.query('commit');
  expect(await rig.truth('select count(*)::int from customers', 'sandbox')).toBe(98);
  expect((await rig.snapshots.list()).map(({ state }) => state)).toEqual(expect.arrayContaining(['done']));
});

const CHECKSUM = `select md5(string_agg(t::text, ',' order by t::text)) from (
  select 'c' as k, c::text as t from customers c union all select 'o', o::text from orders o) x`;
