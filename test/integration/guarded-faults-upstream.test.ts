/** The server, or the way to it, fails at every moment of an act: what lasts, what the agent is told, and what is on the record. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BrokenWire, startBrokenWire } from '../support/broken-wire.js';
import { type AgentClient, type GuardedRig, startGuarded } from './guarded-rig.js';

let rig: GuardedRig;
let wire: BrokenWire;

beforeAll(async () => {
  rig = await startGuarded({
    server: { settings: { synchronous_commit: 'on' } },
    door: { timeouts: { commitSettleMs: 1_500 } },
    wire: async (server) => {
      wire = await startBrokenWire(server);
      return wire;
    },
    schema: `
      CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL);
      CREATE TABLE parts (item int REFERENCES items ON DELETE CASCADE, n int);
      CREATE TABLE kept (id int);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n;
      INSERT INTO parts SELECT n, n FROM generate_series(1, 100) n;
      INSERT INTO kept SELECT n FROM generate_series(1, 10) n;
    `,
  });
}, 60_000);

beforeEach(() => {
  wire.open = true;
  rig.recorder.events.length = 0;
});

afterAll(async () => {
  await rig.stop();
  await wire.close();
});

/** How a statement ended: its row count, or what the agent is told. */
function ending(work: Promise<{ readonly rowCount: number | null }>) {
  return work.then(
    ({ rowCount }) => ({ rows: rowCount }),
    (error: { code?: string; message: string; hint?: string }) => ({
      code: error.code,
      message: error.message,
      hint: error.hint,
    }),
  );
}

const count = async (id: number) => Number(await rig.truth(`select count(*) from items where id = ${id}`));
const newest = async () => (await rig.snapshots.list())[0];
/** Backends of the agents' roles that are in a transaction. */
const left = () =>
  rig.truth(
    `select count(*)::int from pg_stat_activity where usename like 'fb_%' and (state <> 'idle' or backend_xid is not null)`,
  );
const lastKinds = (n: number) => rig.recorder.kinds.slice(-n);

/** An act that waits for people, by name; each once more for another row. */
const ACTS: Readonly<Record<string, (client: AgentClient, id: number) => Promise<{ rowCount: number | null }>>> = {
  'a deletion': (client, id) => client.query(`delete from items where id = ${id}`),
  'a deletion in a block': async (client, id) => {
    await client.query('begin');
    await client.query('delete from items where id = $1', [id]);
    return client.query('commit');
  },
};

test.each(Object.keys(ACTS))('%s whose COMMIT is not answered is found out, and told', async (name) => {
  const id = name === 'a deletion' ? 1 : 2;
  const client = await rig.client();
  const work = ending(ACTS[name]?.(client, id) ?? Promise.reject(new Error('no such act')));
  const hold = await rig.nextHold();
  wire.failAt('COMMIT\0', 'swallow');
  await rig.approve(hold);
  expect(await work).toMatchObject({
    code: '08006',
    message: 'firebreak: it was committed, but the connection to the database was lost before the answer came',
    hint: expect.stringContaining('do not repeat it'),
  });
  expect(await count(id)).toBe(0);
  expect(rig.recorder.of('completed').at(-1)?.execution).toMatchObject({ ok: true });
  expect(rig.recorder.of('outcome-unknown')).toEqual([]);
  expect(await newest()).toMatchObject({ state: 'done', about: { holdId: hold.id } });
});

test('an unanswered COMMIT on a server that is out of reach is an unknown outcome, and the record says how to find out', async () => {
  const client = await rig.client();
  const work = ending(client.query('delete from items where id = 3'));
  const hold = await rig.nextHold();
  wire.failAt('COMMIT\0', 'swallow', () => {
    wire.open = false;
  });
  await rig.approve(hold);
  const told = await work;
  const [unknown] = rig.recorder.of('outcome-unknown');
  const question = /`(SELECT pg_xact_status\('\d+'\))`/.exec(unknown?.reason ?? '')?.[1] ?? 'none';
  expect(told).toMatchObject({ code: '08006', message: expect.stringContaining(question) });
  expect(rig.recorder.of('completed')).toEqual([]);
  expect(await newest()).toMatchObject({ state: 'uncertain' });
  expect(await rig.truth(question)).toBe('committed');
  expect(await count(3)).toBe(0);
});

test('a COMMIT that never gets to the server is ended there, and told as rolled back', async () => {
  const client = await rig.client();
  const work = ending(client.query('delete from items where id = 4'));
  const hold = await rig.nextHold();
  wire.failAt('COMMIT\0', 'lose');
  await rig.approve(hold);
  expect(await work).toMatchObject({ code: '08006', message: expect.stringMatching(/^firebreak: rolled back/) });
  expect(await count(4)).toBe(1);
  expect(rig.recorder.of('completed').at(-1)?.execution).toMatchObject({ ok: false });
  expect(await newest()).toMatchObject({ state: 'unneeded' });
  expect(await left()).toBe(0);
});

test('a write that nobody is asked about is found out as well', async () => {
  const client = await rig.client();
  wire.failAt('COMMIT\0', 'swallow');
  expect(await ending(client.query("update items set name = 'x' where id = 5"))).toMatchObject({
    message: expect.stringContaining('it was committed'),
  });
  expect(await rig.truth('select name from items where id = 5')).toBe('x');
});

test('what an owner does is found out as well', async () => {
  const client = await rig.client();
  const work = ending(client.query('truncate kept'));
  const hold = await rig.nextHold();
  wire.failAt('COMMIT\0', 'swallow');
  await rig.approve(hold);
  expect(await work).toMatchObject({ message: expect.stringContaining('it was committed') });
  expect(await rig.truth('select count(*)::int from kept')).toBe(0);
  expect(await newest()).toMatchObject({ state: 'done' });
});

/** Ends what the door uses, in different ways. */
const ENDS: Readonly<Record<string, () => Promise<unknown>>> = {
  'its connections terminated': () =>
    rig.truth(`select count(pg_terminate_backend(pid)) from pg_stat_activity where usename like 'fb_%'`),
  'the network cut': async () => wire.cut(),
};

test.each(Object.keys(ENDS))('while it is held, %s: the agent is told, nothing runs, nothing is kept', async (how) => {
  const client = await rig.client();
  const before = (await rig.snapshots.list()).length;
  const work = ending(client.query('delete from items where id = 10'));
  const hold = await rig.nextHold();
  await ENDS[how]?.();
  expect(await work).toMatchObject({ message: expect.stringContaining('the connection to the database was lost') });
  await expect.poll(async () => (await rig.desk.get(hold.id))?.state).toBe('withdrawn');
  expect(await count(10)).toBe(1);
  expect((await rig.snapshots.list()).length).toBe(before);
  expect(rig.recorder.kinds).not.toContain('released');
  expect(await left()).toBe(0);
});

test.each([
  // The text that only this step sends, and what the act is.
  ['while it is tried out', 'delete from items where id = 11', false],
  ['while it is counted', 'pg_stat_get_xact_tuples_inserted', false],
  ['in its second run', 'delete from items where id = 11', true],
  ['while what it changes is kept', 'FETCH ', true],
] as const)('the network cut %s: nothing lasts, and that is what is told', async (_, text, second) => {
  const client = await rig.client();
  if (!second) wire.failAt(text, 'lose');
  const work = ending(client.query('delete from items where id = 11'));
  if (second) {
    const hold = await rig.nextHold(work);
    wire.failAt(text, 'lose');
    await rig.approve(hold);
  }
  expect(await work).toMatchObject({
    code: '08006',
    message: expect.stringMatching(/^firebreak: rolled back before it was committed: the connection to the database/),
    hint: expect.stringContaining('nothing of it lasts'),
  });
  await wire.failed();
  wire.cut();
  expect(await count(11)).toBe(1);
  expect(await rig.desk.list()).toEqual([]);
  expect(rig.recorder.of('outcome-unknown')).toEqual([]);
  expect(lastKinds(1)).toEqual(['completed']);
  expect((await rig.snapshots.list()).filter(({ state }) => state === 'sealed')).toEqual([]);
  await expect.poll(left).toBe(0);
});

test('a reading connection that is lost, idle or in the middle of a read, is replaced, and the read done once more', async () => {
  const client = await rig.client();
  await client.query("set application_name = 'still here'");
  await client.query('select id from items where id = 13');
  const end = `select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'fb_read'`;
  await rig.truth(end);
  expect((await client.query('select id from items where id = 13')).rowCount).toBe(1);
  wire.failAt('select name from items', 'stall', () => void setTimeout(() => void rig.truth(end), 100));
  expect((await client.query('select name from items')).rowCount).toBeGreaterThan(0);
  expect(rig.recorder.of('outcome-unknown')).toEqual([]);
  expect((await client.query('select name from items where id = 13')).rowCount).toBe(1);
  expect((await client.query('show application_name')).rows).toEqual([{ application_name: 'still here' }]);
});

test('a server that stops at once and starts again: the agent connects anew and goes on', async () => {
  const client = await rig.client();
  const work = ending(client.query('delete from items where id = 12'));
  await rig.nextHold(work);
  await rig.restartServer();
  expect(await work).toMatchObject({ message: expect.stringContaining('the connection to the database was lost') });
  expect(await rig.desk.list()).toEqual([]);
  const again = await rig.client();
  const next = again.query('delete from items where id = 12');
  await rig.approve(await rig.nextHold(next));
  expect((await next).rowCount).toBe(1);
});
