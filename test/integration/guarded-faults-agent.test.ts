/** The agent goes away or cancels, or the record cannot be written, at every moment: nothing is left behind on the server. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RecordEvent } from '#action/record-event';
import { type AgentClient, type GuardedRig, startGuarded } from './guarded-rig.js';

let rig: GuardedRig;

beforeAll(async () => {
  rig = await startGuarded({
    schema: `
      CREATE TABLE items (id int PRIMARY KEY, name text);
      CREATE TABLE slow (id int PRIMARY KEY);
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_catalog.pg_sleep(0.4); RETURN OLD; END $$;
      CREATE TRIGGER waits BEFORE DELETE ON slow FOR EACH ROW EXECUTE FUNCTION wait();
      INSERT INTO items SELECT n, 'item' FROM generate_series(1, 100) n;
      INSERT INTO slow SELECT n FROM generate_series(1, 100) n;
    `,
  });
}, 60_000);

beforeEach(() => {
  rig.recorder.mend();
  rig.recorder.events.length = 0;
});

afterAll(() => rig.stop());

const ended = (work: Promise<unknown>) =>
  work.then(
    () => ({ message: 'ran' }),
    (error: Error) => error,
  );
const count = async (table: string, id: number) =>
  Number(await rig.truth(`select count(*) from ${table} where id = ${id}`));

/** Locks, transactions and connections of the door's roles; the agent that is still there keeps idle connections only. */
const LEFT = `select concat_ws(' ',
    (select count(*) from pg_stat_activity where usename like 'fb_%' and (state <> 'idle' or backend_xmin is not null)),
    (select count(*) from pg_locks l join pg_stat_activity a using (pid)
      where a.usename like 'fb_%' and l.locktype in ('relation', 'tuple', 'transactionid')))`;
const CONNECTIONS = `select count(*)::int from pg_stat_activity where usename like 'fb_%'`;

const runs = () =>
  expect
    .poll(
      () =>
        rig.truth(`select count(*)::int from pg_stat_activity where usename like 'fb_%' and wait_event = 'PgSleep'`),
      {
        timeout: 5_000,
        interval: 10,
      },
    )
    .toBe(1);

const DELETE = (id: number) => `delete from slow where id = ${id}`;
const alone = (client: AgentClient, id: number) => client.query(DELETE(id));
const block = async (client: AgentClient, id: number) => {
  await client.query('begin');
  await client.query(`update items set name = 'changed' where id = ${id}`);
  await client.query(DELETE(id));
  return client.query('commit');
};

interface Moment {
  readonly name: string;
  readonly act: (client: AgentClient, id: number) => Promise<unknown>;
  /** Brings it there. */
  readonly reach: () => Promise<unknown>;
  /** What runs for good is left to its end when nobody waits for it any more. */
  readonly lastsWhenGone: boolean;
}

const approved = async () => rig.approve(await rig.nextHold());

const MOMENTS: readonly Moment[] = [
  { name: 'while it is tried out', act: alone, reach: runs, lastsWhenGone: false },
  { name: 'while it is held', act: alone, reach: () => rig.nextHold(), lastsWhenGone: false },
  { name: 'in its second run', act: alone, reach: () => approved().then(runs), lastsWhenGone: true },
  { name: 'in a block, before its COMMIT', act: block, reach: runs, lastsWhenGone: false },
  { name: 'while the COMMIT of a block is held', act: block, reach: () => rig.nextHold(), lastsWhenGone: false },
  { name: 'in the second run of a block', act: block, reach: () => approved().then(runs), lastsWhenGone: true },
];

describe('an agent that', () => {
  test.each(MOMENTS.map((moment, index) => [moment.name, moment, index + 1] as const))(
    'cancels %s: nothing lasts, no lock stays, its next statement works',
    async (_, { act, reach }, id) => {
      const client = await rig.client();
      const work = ended(act(client, id));
      await reach();
      await rig.cancel(client);
      expect(await work).toMatchObject({ code: '57014' });
      expect(await client.query('select 1 as one').catch((error: { code: string }) => error.code)).toSatisfy(
        // A block whose statement failed has failed, as on PostgreSQL itself.
        (answer) => answer === '25P02' || answer.rows[0].one === 1,
      );
      await client.query('rollback');
      expect((await client.query("update items set name = 'next' where id = 99")).rowCount).toBe(1);
      await expect.poll(() => rig.truth(LEFT)).toBe('0 0');
      expect(await rig.desk.list()).toEqual([]);
      expect([await count('slow', id), await rig.truth(`select name from items where id = ${id}`)]).toEqual([
        1,
        'item',
      ]);
      await client.end();
    },
  );

  test.each(MOMENTS.map((moment, index) => [moment.name, moment, index + 11] as const))(
    'goes away %s: no lock and no connection stays, and the record says what became of it',
    async (_, { act, reach, lastsWhenGone }, id) => {
      await expect.poll(() => rig.truth(CONNECTIONS)).toBe(0);
      const client = await rig.client();
      const work = ended(act(client, id));
      await reach();
      client.connection.stream.destroy();
      await work;
      await expect.poll(() => rig.truth(CONNECTIONS), { timeout: 5_000 }).toBe(0);
      expect(await rig.desk.list()).toEqual([]);
      expect(await count('slow', id)).toBe(lastsWhenGone ? 0 : 1);
      const last = rig.recorder.of('completed').at(-1);
      expect(last?.execution.ok === true && rig.recorder.of('released').at(-1)?.holdId !== undefined).toBe(
        lastsWhenGone,
      );
      const states = (await rig.snapshots.list()).map(({ state }) => state);
      expect(states).not.toContain('sealed');
      expect(states).not.toContain('uncertain');
    },
  );
});

test.each(
  MOMENTS.filter(({ reach, lastsWhenGone }) => reach === runs || lastsWhenGone).map(
    (moment, index) => [moment.name, moment, index + 41] as const,
  ),
)('a backend that the server ends %s: nothing lasts, and that is what is told', async (_, { act, reach }, id) => {
  const client = await rig.client();
  const work = ended(act(client, id));
  await reach();
  await rig.truth(
    `select count(pg_terminate_backend(pid)) from pg_stat_activity where usename like 'fb_%' and wait_event = 'PgSleep'`,
  );
  expect(await work).toMatchObject({
    code: '08006',
    message: expect.stringMatching(/^firebreak: rolled back before it was committed: .*administrator command/),
  });
  await expect.poll(() => rig.truth(CONNECTIONS), { timeout: 5_000 }).toBe(0);
  expect([await count('slow', id), await rig.truth(`select name from items where id = ${id}`)]).toEqual([1, 'item']);
  expect(rig.recorder.of('outcome-unknown')).toEqual([]);
  expect((await rig.snapshots.list()).filter(({ state }) => state === 'sealed')).toEqual([]);
});

describe('a record that cannot be written', () => {
  const KINDS: readonly RecordEvent['kind'][] = ['decided', 'measured', 'held', 'kept', 'released'];
  test.each(KINDS.map((kind, index) => [kind, index + 21] as const))(
    'when it has to say `%s`: nothing lasts, nothing is kept, no lock stays',
    async (kind, id) => {
      const before = (await rig.snapshots.list()).filter(({ state }) => state !== 'unneeded').length;
      const client = await rig.client();
      rig.recorder.breaksAt = (event) => event.kind === kind;
      const work = ended(client.query(`delete from items where id = ${id}`));
      if (kind === 'kept' || kind === 'released') await rig.approve(await rig.nextHold());
      expect(await work).toMatchObject({
        message: expect.stringMatching(/cannot be written/),
        detail: 'Nothing of this statement was executed.',
      });
      expect(await count('items', id)).toBe(1);
      expect((await rig.snapshots.list()).filter(({ state }) => state !== 'unneeded').length).toBe(before);
      await expect.poll(() => rig.truth(LEFT)).toBe('0 0');
      rig.recorder.mend();
      expect((await client.query('select 1')).rowCount).toBe(1);
    },
  );

  test('when it has to say that it was done: the agent is told that it ran, and its connection ends', async () => {
    const client = await rig.client();
    rig.recorder.breaksAt = (event) => event.kind === 'completed';
    const work = ended(client.query('delete from items where id = 31'));
    await rig.approve(await rig.nextHold());
    expect(await work).toMatchObject({ message: expect.stringMatching(/it ran \(DELETE 1\).*could not be recorded/) });
    expect(await count('items', 31)).toBe(0);
    expect((await rig.snapshots.list())[0]).toMatchObject({ state: 'uncertain' });
  });
});

test('what cannot be kept because it is too much is not run, and leaves nothing of its copy', async () => {
  const own = await startGuarded({
    mostBytes: 50_000,
    schema: `CREATE TABLE heavy (id int PRIMARY KEY, body text);
      INSERT INTO heavy SELECT n, (SELECT string_agg(md5(random()::text || g || n), '') FROM generate_series(1, 500) g)
        FROM generate_series(1, 20) n;`,
  });
  try {
    const client = await own.client();
    const work = ended(client.query('delete from heavy'));
    await own.approve(await own.nextHold());
    expect(await work).toMatchObject({
      message: expect.stringMatching(/no copy of what it changes could be kept, so it was not run/),
      detail: 'Nothing of this statement was executed.',
    });
    expect(await own.truth('select count(*)::int from heavy')).toBe(20);
    expect(await own.snapshots.list()).toEqual([]);
    expect((await client.query('select 1')).rowCount).toBe(1);
  } finally {
    await own.stop();
  }
});
