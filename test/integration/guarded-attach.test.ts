/** A driver that gives up waiting and sends the same again finds its hold: on a real server, with a real client. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AgentClient, type GuardedRig, startGuarded } from './guarded-rig.js';

let rig: GuardedRig;

beforeAll(async () => {
  rig = await startGuarded({
    pipeline: { retryWithin: 120_000 },
    schema: `
      CREATE TABLE items (id int PRIMARY KEY);
      CREATE TABLE parts (item int REFERENCES items ON DELETE CASCADE);
      CREATE TABLE log (what text);
      INSERT INTO items SELECT n FROM generate_series(1, 100) n;
      INSERT INTO parts SELECT n FROM generate_series(1, 100) n;
    `,
  });
}, 60_000);

afterAll(() => rig.stop());

const ended = (work: Promise<unknown>) =>
  work.then(
    () => 'ran',
    (error: Error) => error.message,
  );
const remove = (client: AgentClient, id: number) => client.query('delete from items where id = $1', [id]);
const count = async (id: number) => Number(await rig.truth(`select count(*) from items where id = ${id}`));

/** Held, and then the client is gone. */
async function leftBehind(id: number) {
  const client = await rig.client();
  const work = ended(remove(client, id));
  const hold = await rig.nextHold();
  client.connection.stream.destroy();
  await work;
  await expect.poll(() => rig.recorder.of('refused').some((one) => one.holdId === hold.id)).toBe(true);
  return hold;
}

test('closed while it waits: the same statement on a new connection goes on waiting, and runs once', async () => {
  const hold = await leftBehind(1);
  const client = await rig.client();
  const work = remove(client, 1);
  await expect.poll(() => rig.recorder.of('attached').length).toBe(1);
  expect((await rig.desk.list()).map(({ id }) => id)).toEqual([hold.id]);
  await rig.approve(hold);
  expect((await work).rowCount).toBe(1);
  expect(await count(1)).toBe(0);
  expect(client.notices.map(({ message }) => message).join()).toContain(`held as ${hold.id}`);
});

test('approved while nobody waits: nothing runs until the same statement comes again, and then without waiting', async () => {
  const hold = await leftBehind(2);
  await rig.approve(hold);
  expect(await count(2)).toBe(1);
  // Other values are another act.
  const other = ended(remove(await rig.client(), 3));
  await expect.poll(async () => (await rig.desk.list()).length).toBe(2);
  expect(await count(2)).toBe(1);
  expect((await remove(await rig.client(), 2)).rowCount).toBe(1);
  expect(await count(2)).toBe(0);
  const [waits] = await rig.desk.list();
  await rig.desk.reject(waits?.id ?? '', 'dana', 'no');
  expect(await other).toContain('dana said no');
  expect(await count(3)).toBe(1);
});

test('cancelled by a driver’s timeout: the error names the hold, the connection goes on, and the retry finds the hold', async () => {
  const client = await rig.client();
  const work = remove(client, 4).catch((error: unknown) => error);
  const hold = await rig.nextHold();
  await rig.cancel(client);
  expect(await work).toMatchObject({
    code: '57014',
    message: `firebreak: ${hold.id}: its client stopped waiting before a person decided, and nothing was run`,
    hint: `send exactly the same again within 120 seconds to go on waiting for ${hold.id}; it runs once at most`,
  });
  expect(await rig.truth(IN_TRANSACTION)).toBe(0);
  const again = remove(client, 4);
  await expect.poll(() => rig.recorder.of('attached').at(-1)?.holdId).toBe(hold.id);
  await rig.approve(hold);
  expect((await again).rowCount).toBe(1);
  expect(await count(4)).toBe(0);
});

test('a whole block is sent again: its COMMIT finds the hold of the first', async () => {
  const block = async (client: AgentClient) => {
    await client.query('begin');
    await client.query("insert into log values ('gone')");
    await remove(client, 5);
    return client.query('commit');
  };
  const first = await rig.client();
  const work = ended(block(first));
  const hold = await rig.nextHold();
  first.connection.stream.destroy();
  await work;
  await expect.poll(() => rig.recorder.of('refused').at(-1)?.holdId).toBe(hold.id);
  await rig.approve(hold);
  await block(await rig.client());
  expect([await count(5), await rig.truth('select count(*)::int from log')]).toEqual([0, 1]);
});

test('what it would do has changed meanwhile: it is asked about anew', async () => {
  const hold = await leftBehind(6);
  await rig.truth('insert into parts values (6) returning 1');
  const work = ended(remove(await rig.client(), 6));
  await expect.poll(async () => (await rig.desk.list()).length).toBe(2);
  const [anew] = await rig.desk.list();
  expect(anew?.id).not.toBe(hold.id);
  expect(anew?.effects.map(({ explain }) => explain)).toContain('deletes 2 rows of parts');
  await rig.desk.reject(anew?.id ?? '', 'dana', 'no');
  await work;
});

const IN_TRANSACTION = `select count(*)::int from pg_stat_activity
  where usename like 'fb_%' and (state like 'idle in%' or backend_xid is not null)`;
