import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AttackRig, startAttacked } from './attack-rig.js';
import type { AgentClient } from './guarded-rig.js';

let rig: AttackRig;

beforeAll(async () => {
  rig = await startAttacked({ pipeline: { limits: { rows: 1_000 } } });
}, 60_000);

afterEach(async () => {
  await rig.reset();
  rig.clock.advance(61_000);
});
afterAll(() => rig.stop());

const inTurn =
  (...texts: readonly string[]) =>
  async (client: AgentClient) => {
    for (const text of texts) await client.query(text);
  };

/** Whether they come one by one or in one text, what they do is one act. */
const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  'a deletion before COMMIT': ['begin', 'delete from orders', 'commit'],
  'a deletion before END': ['start transaction', 'delete from orders', 'end work'],
  'one row after another': [
    'begin',
    ...Array.from({ length: 60 }, (_, n) => `delete from orders where id = ${n + 1}`),
    'commit',
  ],
  'a deletion behind a savepoint that is released': [
    'begin',
    'savepoint s',
    'delete from orders',
    'release s',
    'commit',
  ],
  'a deletion before a savepoint that is rolled back to': [
    'begin',
    'delete from orders',
    'savepoint s',
    "insert into audit values ('x')",
    'rollback to s',
    'commit',
  ],
  'a deletion behind an error that is rolled back to': [
    'begin',
    'savepoint s',
    'rollback to s',
    'delete from orders',
    'commit',
  ],
  'a function in a block that began as read only': ['begin', 'select wipe()', 'commit'],
  'a view in a block': ['begin', 'table sly_view', 'commit'],
  'a block that is made writable': ['begin read only', 'set transaction read write', 'table sly_view', 'commit'],
  'a serializable block': ['begin isolation level serializable', 'delete from orders', 'commit'],
  'deferred triggers': ['begin', 'insert into deferring values (1)', 'commit'],
  'deferred triggers put off again': [
    'begin',
    'set constraints all immediate',
    'set constraints all deferred',
    'insert into deferring values (1)',
    'commit',
  ],
  'a cursor that is fetched from': ['begin', 'declare c cursor for select wipe()', 'fetch all from c', 'commit'],
  'a copy in a block': ['begin', 'copy (delete from orders returning id) to stdout', 'commit'],
  'a temporary table in front of the real one': [
    'begin',
    'create temp table orders (id int)',
    'delete from orders',
    'delete from public.orders',
    'commit',
  ],
};

describe('a transaction block is one act:', () => {
  test.each(Object.entries(BLOCKS))('%s', async (_name, texts) => {
    const { how, hold } = await rig.attack(inTurn(...texts));
    expect(how).toBe('held');
    expect(hold?.subject.measured?.tables.find(({ name }) => name === 'orders')?.deleted).toBe(60);
    const together = await rig.attack((client) => client.query(texts.join('; ')));
    expect(together.how).toBe('held');
    expect((await rig.approved(inTurn(...texts))).holds).toBe(1);
    expect(await rig.truth('select count(*)::int from orders')).toBe(0);
    rig.clock.advance(61_000);
  });

  test.each([
    ['ROLLBACK', ['begin', 'delete from orders', 'rollback']],
    ['an error', ['begin', 'delete from orders', 'selec', 'commit']],
    ['no end', ['begin', 'delete from orders']],
    ['ROLLBACK AND CHAIN', ['begin', 'delete from orders', 'rollback and chain', 'commit']],
    [
      'COMMIT AND CHAIN',
      ['begin', "insert into audit values ('x')", 'commit and chain', 'delete from orders', 'commit'],
    ],
    ['COMMIT without BEGIN', ['commit', 'rollback', 'end']],
  ])('with %s nothing lasts', async (_name, texts) => {
    const { how } = await rig.attack(async (client) => {
      for (const text of texts) await client.query(text).catch(() => undefined); // As agents do that go on regardless.
      return client;
    });
    expect(how).toBe('done');
  });

  test('a block that ROLLBACK TO takes back whole is not held for anything that lasts', async () => {
    const { how } = await rig.attack(inTurn('begin', 'savepoint s', 'delete from orders', 'rollback to s', 'commit'));
    // The server counts what was attempted: too much is shown rather than too little.
    expect(how).toBe('held');
  });
});

describe('many small acts', () => {
  test('that last one by one count together within a minute', async () => {
    const limited = await startAttacked({ pipeline: { limits: { rows: 10 } } });
    try {
      const client = await limited.client();
      const update = () => client.query('update customers set visits = visits + 1 where id = 1');
      for (let n = 0; n < 10; n += 1) await update();
      await expect(update()).rejects.toMatchObject({ code: '54000' });
      await limited.admin('UPDATE customers SET visits = 0');
      limited.clock.advance(61_000);
      // At the same time on many connections, they are no more.
      const clients = await Promise.all(Array.from({ length: 6 }, () => limited.client()));
      const all = await Promise.allSettled(
        clients.map((one, n) =>
          one.query(`update customers set visits = 1 where id between ${3 * n + 1} and ${3 * n + 3}`),
        ),
      );
      expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      expect(await limited.truth('select sum(visits)::int from customers')).toBe(9);
    } finally {
      await limited.stop();
    }
  });

  test('that delete wait one by one', async () => {
    const { how } = await rig.attack((client) => client.query('delete from orders where id = 1'));
    expect(how).toBe('held');
  });
});

describe('what was approved is what is done', () => {
  test('more rows than were shown are asked about again', async () => {
    const client = await rig.client();
    const work = client.query('delete from orders where customer = 1');
    const first = await rig.nextHold(work);
    expect(first.subject.measured?.tables).toMatchObject([{ name: 'orders', deleted: 3 }]);
    await rig.admin('INSERT INTO orders (id, customer, total) VALUES (1001, 1, 1)');
    const before = await rig.fingerprint();
    await rig.approve(first);
    let second = first;
    while (second.id === first.id) second = await rig.nextHold(work);
    expect(await rig.fingerprint()).toBe(before);
    expect(second.subject.measured?.tables).toMatchObject([{ name: 'orders', deleted: 4 }]);
    await rig.approve(second);
    expect((await work).rowCount).toBe(4);
  });

  test('fewer rows than were shown are done', async () => {
    const client = await rig.client();
    const work = client.query('delete from orders where customer = 1');
    const hold = await rig.nextHold(work);
    await rig.admin('DELETE FROM orders WHERE id = (SELECT min(id) FROM orders WHERE customer = 1)');
    await rig.approve(hold);
    expect((await work).rowCount).toBe(2);
  });

  test('a trigger that appears meanwhile is asked about', async () => {
    const client = await rig.client();
    const work = client.query('delete from customers where id = 1');
    const first = await rig.nextHold(work);
    await rig.admin('CREATE TRIGGER late AFTER DELETE ON customers FOR EACH STATEMENT EXECUTE FUNCTION wipe_trigger()');
    const before = await rig.fingerprint();
    await rig.approve(first);
    let second = first;
    while (second.id === first.id) second = await rig.nextHold(work);
    expect(await rig.fingerprint()).toBe(before);
    await rig.desk.reject(second.id, 'dana', 'no');
    await expect(work).rejects.toMatchObject({ code: '42501' });
    expect(await rig.fingerprint()).toBe(before);
    await rig.admin('DROP TRIGGER late ON customers');
  });

  test('while one is held, other connections work, and cannot use its approval', async () => {
    const held = await rig.client();
    const work = held.query('delete from orders where customer = 1');
    const hold = await rig.nextHold(work);
    const other = await rig.client();
    expect((await other.query('update customers set visits = 1 where id = 2')).rowCount).toBe(1);
    const second = other.query('delete from orders where customer = 1');
    await expect.poll(async () => (await rig.desk.list()).length).toBe(2);
    await rig.approve(hold);
    expect((await work).rowCount).toBe(3);
    const [waiting] = await rig.desk.list();
    expect(waiting?.id).not.toBe(hold.id);
    await rig.desk.reject(waiting?.id ?? '', 'dana', 'no');
    await expect(second).rejects.toMatchObject({ code: '42501' });
  });

  test('an answer that is too long to keep back is an error, and nothing lasts', async () => {
    const { how, error } = await rig.attack((client) =>
      client.query("insert into audit select repeat('x', 1000000) from generate_series(1, 80) returning what"),
    );
    expect([how, error?.code]).toEqual(['refused', '54000']);
  });

  test('a frozen environment does nothing but read', async () => {
    await rig.freezes.freeze('production', undefined, 'holidays', 'dana');
    try {
      for (const text of ['delete from orders', 'select wipe()', "insert into audit values ('x')", 'table sly_view']) {
        const { how, error } = await rig.attack((client) => client.query(text));
        expect([text, how, error?.code]).toEqual([text, 'refused', '25006']);
      }
      const client = await rig.client();
      expect((await client.query('select count(*)::int as n from orders')).rows).toEqual([{ n: 60 }]);
    } finally {
      await rig.freezes.unfreeze('production', 'dana');
    }
  });
});
