// Longer than 300 lines: one server serves all of it, which keeps the run short.
import { DatabaseError } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ALLOW, DENIED, Rig, STAGING_TOKEN, TestHold } from './postgres-door-rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ timeouts: { heldNoticeMs: 40 } });
  await rig.truth('create table orders as select n, n * 10 as amount from generate_series(1, 1000) n');
});

afterAll(() => rig.stop());

beforeEach(() => {
  rig.pipeline.decide = () => ALLOW;
  rig.pipeline.record = async () => {};
  rig.pipeline.tamper = (action) => action;
  for (const list of [rig.pipeline.actions, rig.pipeline.executions, rig.pipeline.withdrawn, rig.pipeline.unknown]) {
    list.length = 0;
  }
  rig.reports.length = 0;
});

/** What the server or the door said no with. */
async function refusal(query: Promise<unknown>): Promise<DatabaseError> {
  const thrown = await query.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof DatabaseError) return thrown;
  throw new Error(`not an error of a server: ${String(thrown)}`);
}

test('simple and extended queries, parameters, named statements and errors are as without the door', async () => {
  const client = await rig.client();
  // Several results come as an array, which node-postgres' types leave out.
  const several: unknown = await client.query('select 1 as one; select 2 as two');
  expect(several).toMatchObject([{ rows: [{ one: 1 }] }, { rows: [{ two: 2 }] }]);
  expect((await client.query('select $1::int + 1 as n', [41])).rows).toEqual([{ n: 42 }]);
  for (const n of [1, 2, 3]) {
    const named = { name: 'by-n', text: 'select amount from orders where n = $1', values: [n] };
    expect((await client.query(named)).rows).toEqual([{ amount: n * 10 }]);
  }
  expect((await refusal(client.query('select nonsense'))).code).toBe('42703');
  expect((await refusal(client.query('select $1::int / 0', [1]))).code).toBe('22012');
  expect((await client.query('select generate_series(1, 20000) as n')).rowCount).toBe(20_000);
  expect((await client.query('')).rows).toEqual([]);
  await client.end();

  expect(rig.pipeline.texts()).toEqual([
    'select 1 as one; select 2 as two',
    'select $1::int + 1 as n',
    ...Array(3).fill('select amount from orders where n = $1'),
    'select nonsense',
    'select $1::int / 0',
    'select generate_series(1, 20000) as n',
    '',
  ]);
  expect(rig.pipeline.actions[1]).toMatchObject({
    resource: 'orders-db',
    statements: [{ parameters: [{ typeOid: 0, format: 0, value: Buffer.from('41') }] }],
  });
  expect(rig.pipeline.executions).toMatchObject([
    { ok: true, summary: 'SELECT 1, SELECT 1' },
    { ok: true, summary: 'SELECT 1' },
    { ok: true },
    { ok: true },
    { ok: true },
    { ok: false, summary: '42703: column "nonsense" does not exist' },
    { ok: false, summary: '22012: division by zero' },
    { ok: true, summary: 'SELECT 20000' },
    { ok: true, summary: 'EMPTY' },
  ]);
});

test('a held statement tells the agent at once and again, waits on the live connection, and then runs', async () => {
  const hold = new TestHold();
  rig.pipeline.decide = ({ statements }) => (statements[0]?.text.startsWith('delete') ? { kind: 'hold', hold } : ALLOW);
  const client = await rig.client();
  const deleting = client.query('delete from orders where n = $1', [1000]);
  await hold.held;
  await expect.poll(() => client.notices.length).toBeGreaterThan(2);
  expect(client.notices[0]?.message).toBe('held as H-42: deletes orders; approve at the approval page; do not retry');
  expect(await rig.truth('select count(*)::int from orders')).toBe(1000);
  // No lock and no transaction is open while a person thinks.
  expect(
    await rig.truth(
      "select count(*)::int from pg_locks l join pg_class c on c.oid = l.relation where c.relname = 'orders'",
    ),
  ).toBe(0);
  hold.release();
  expect((await deleting).rowCount).toBe(1);
  expect(await rig.truth('select count(*)::int from orders')).toBe(999);
  await client.end();
});

test('a rejected statement does not run, and its error says what happened and what to do', async () => {
  const hold = new TestHold();
  rig.pipeline.decide = ({ statements }) =>
    statements[0]?.text === 'drop table orders' ? { kind: 'hold', hold } : ALLOW;
  const client = await rig.client();
  const dropping = refusal(client.query('drop table orders'));
  await hold.held;
  hold.reject({ code: 'rejected', reason: 'not today', hint: 'work on staging', holdId: 'H-42' });
  expect(await dropping).toMatchObject({
    severity: 'ERROR',
    code: '42501',
    message: 'firebreak: H-42: not today',
    detail: 'Nothing of this statement was executed.',
    hint: 'work on staging',
  });
  expect((await client.query('select count(*)::int as n from orders')).rows[0].n).toBe(999);
  await client.end();
});

test.each([
  ['denied', '42501'],
  ['planned', '42501'],
  ['frozen', '25006'],
  ['limit', '54000'],
  ['expired', '57014'],
  ['changed', '40001'],
  ['unrecorded', '58000'],
  ['error', '58000'],
] as const)('a refusal because of `%s` has SQLSTATE %s', async (code, sqlState) => {
  rig.pipeline.decide = () => ({ kind: 'refuse', refusal: { ...DENIED, code } });
  const client = await rig.client();
  expect(await refusal(client.query('drop table orders'))).toMatchObject({ code: sqlState, hint: DENIED.hint });
  expect(await refusal(client.query('select $1::int', [1]))).toMatchObject({ code: sqlState });
  await client.end();
});

test('a transaction with a refused statement cannot be committed', async () => {
  const client = await rig.client();
  for (const values of [undefined, [7]]) {
    rig.pipeline.decide = ({ statements }) =>
      statements[0]?.text.startsWith('delete') ? { kind: 'refuse', refusal: DENIED } : ALLOW;
    await client.query('begin');
    await client.query('update orders set amount = -1 where n = 5');
    expect(
      (await refusal(client.query(values ? 'delete from orders where n = $1' : 'delete from orders', values))).code,
    ).toBe('42501');
    expect((await refusal(client.query('select 1'))).code).toBe('25P02');
    expect((await client.query('commit')).command).toBe('ROLLBACK');
    expect(await rig.truth('select amount from orders where n = 5')).toBe(50);
  }
  await client.end();
});

test('the agent learns of a completion only after the record of it', async () => {
  let recorded = () => {};
  rig.pipeline.record = () =>
    new Promise((resolve) => {
      recorded = resolve;
    });
  const client = await rig.client();
  let known = false;
  const query = client.query('select 1').then(() => {
    known = true;
  });
  await expect.poll(() => rig.pipeline.actions.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(known).toBe(false);
  recorded();
  await query;
  rig.pipeline.record = async () => {};
  await client.end();
});

test('bytes that are not those that were decided on are not sent', async () => {
  rig.pipeline.tamper = (action) => ({ ...action, statements: [{ text: 'select 2', parameters: [] }] });
  const client = await rig.client();
  expect((await refusal(client.query('create table sneaked (a int)'))).code).toBe('40001');
  expect(await rig.truth("select to_regclass('sneaked')")).toBeNull();
  await client.end();
});

test('a failed record of something that ran ends the connection instead of pretending', async () => {
  rig.pipeline.record = () => Promise.reject(new Error('disk full'));
  const client = await rig.client();
  expect(await refusal(client.query('select 1'))).toMatchObject({ severity: 'FATAL', code: '08006' });
});

test('pipelined units behind a held one wait, and then run in order', async () => {
  const hold = new TestHold();
  rig.pipeline.decide = ({ statements }) =>
    statements[0]?.text === 'select 1 as first' ? { kind: 'hold', hold } : ALLOW;
  const client = await rig.client({ pipeline: true });
  const order: string[] = [];
  const queries = ['select 1 as first', 'select 2 as second', 'select 3 as third'].map((text) =>
    client.query(text).then(() => order.push(text)),
  );
  await hold.held;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(rig.pipeline.actions).toHaveLength(1);
  hold.release();
  await Promise.all(queries);
  expect(order).toEqual(['select 1 as first', 'select 2 as second', 'select 3 as third']);
  await client.end();
});

test('an agent that dies while held withdraws the hold, and nothing runs', async () => {
  const hold = new TestHold();
  rig.pipeline.decide = () => ({ kind: 'hold', hold });
  const client = await rig.client();
  client.query('delete from orders').catch(() => {});
  await hold.held;
  const before = await rig.truth('select count(*)::int from orders');
  Reflect.get(client, 'connection').stream.destroy();
  await expect.poll(() => rig.pipeline.withdrawn.length).toBe(1);
  hold.release();
  expect(rig.pipeline.executions).toEqual([]);
  expect(await rig.truth('select count(*)::int from orders')).toBe(before);
  await expect
    .poll(() =>
      rig.truth(
        "select count(*)::int from pg_stat_activity where application_name <> '' or (datname = 'orders' and pid <> pg_backend_pid())",
      ),
    )
    .toBe(0);
});

test('a placeholder that was revoked opens nothing any more, also on a connection that it has opened', async () => {
  const client = await rig.client();
  await client.query('select 1');
  rig.revoked.add('p2');
  expect(await refusal(client.query('select 1'))).toMatchObject({ severity: 'FATAL', code: '28000' });
  await expect(rig.client()).rejects.toThrow('not a placeholder');
  rig.revoked.clear();
});

test('a placeholder of one environment cannot open a resource of another', async () => {
  await expect(rig.client({ password: STAGING_TOKEN })).rejects.toMatchObject({
    code: '28000',
    message: 'firebreak: a staging placeholder cannot open `orders-db` of production',
  });
  // By the upstream's name of the database as well: the incident's case.
  await expect(rig.client({ password: STAGING_TOKEN, database: 'orders' })).rejects.toMatchObject({ code: '28000' });
  const staging = await rig.client({ password: STAGING_TOKEN, database: 'staging' });
  expect((await staging.query('select current_database() as name')).rows).toEqual([{ name: 'staging' }]);
  await staging.end();
  expect(rig.reports).toMatchObject([
    { act: 'placeholder-refused', subject: 'orders-db', ok: false },
    { act: 'placeholder-refused', ok: false },
  ]);
});

test('a password that Firebreak did not issue opens nothing, even if it is the database\u2019s own', async () => {
  await expect(rig.client({ password: rig.server.superuserPassword, user: 'postgres' })).rejects.toMatchObject({
    severity: 'FATAL',
    code: '28P01',
  });
  expect(rig.reports).toMatchObject([{ act: 'placeholder-refused', ok: false }]);
  expect(JSON.stringify(rig.reports)).not.toContain(rig.server.superuserPassword);
});

test('an unknown database is named together with the known ones', async () => {
  await expect(rig.client({ database: 'nowhere' })).rejects.toMatchObject({
    code: '3D000',
    hint: 'declared are `orders-db`, `staging-db`',
  });
});

test('notices, notifications and parameter changes arrive', async () => {
  const client = await rig.client();
  const heard: (string | undefined)[] = [];
  client.on('notification', ({ payload }) => heard.push(payload));
  await client.query("listen news; do $$ begin raise notice 'from inside'; end $$");
  expect(client.notices.map(({ message }) => message)).toEqual(['from inside']);
  await rig.truth("select pg_notify('news', 'idle')");
  await expect.poll(() => heard).toEqual(['idle']);
  await client.end();
});

test('a database that goes away in the middle leaves the outcome unknown, and says so', async () => {
  const client = await rig.client();
  const sleeping = refusal(client.query('select pg_sleep(30)'));
  await expect
    .poll(() => rig.truth("select count(*)::int from pg_stat_activity where query like 'select pg_sleep%'"))
    .toBe(1);
  await rig.truth("select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep%'");
  expect(await sleeping).toMatchObject({ severity: 'FATAL', code: '08006' });
  expect(rig.pipeline.unknown).toHaveLength(1);
});

test('a database that goes away while a statement is held withdraws it, and the agent is told', async () => {
  const hold = new TestHold();
  rig.pipeline.decide = () => ({ kind: 'hold', hold });
  const client = await rig.client({ application_name: 'held-one' });
  const waiting = refusal(client.query('delete from orders'));
  await hold.held;
  await rig.truth("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'held-one'");
  expect(await waiting).toMatchObject({ severity: 'FATAL', code: '08006' });
  await expect.poll(() => rig.pipeline.withdrawn.length).toBe(1);
  expect(rig.pipeline.executions).toEqual([]);
});

test('a placeholder that is revoked while its statement is held runs nothing', async () => {
  const hold = new TestHold();
  rig.pipeline.decide = () => ({ kind: 'hold', hold });
  const client = await rig.client();
  const waiting = refusal(client.query('delete from orders'));
  await hold.held;
  rig.revoked.add('p2');
  hold.release();
  expect((await waiting).code).toBe('57014');
  rig.revoked.clear();
  expect(await rig.truth('select count(*)::int from orders')).toBeGreaterThan(900);
  await client.end();
});

test('a database that goes away while idle ends the connection with a word', async () => {
  const client = await rig.client({ application_name: 'idle-one' });
  await client.query('select 1');
  const ended = new Promise<DatabaseError>((resolve) =>
    client.once('error', (error) => error instanceof DatabaseError && resolve(error)),
  );
  await rig.truth("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'idle-one'");
  expect(await ended).toMatchObject({ severity: 'FATAL', code: '08006' });
});

test('standard_conforming_strings = off is told to whoever decides', async () => {
  const client = await rig.client();
  await client.query('set standard_conforming_strings = off');
  await client.query("select 'a\\'' as q");
  await client.query('reset standard_conforming_strings');
  await client.query('select 1');
  expect(rig.pipeline.actions.map(({ standardConformingStrings }) => standardConformingStrings)).toEqual([
    undefined,
    false,
    false,
    undefined,
  ]);
  await client.end();
});

test('with a client_encoding other than UTF8 or SQL_ASCII no statement runs', async () => {
  const client = await rig.client();
  await client.query("set client_encoding = 'SQL_ASCII'");
  await client.query('select 1');
  await client.query("set client_encoding = 'SJIS'");
  expect(await refusal(client.query('select 1'))).toMatchObject({ code: '0A000' });
  expect(rig.pipeline.actions).toHaveLength(3);
  await client.end();
});

test('the door answers which text a name was prepared with, also while held and inside a transaction', async () => {
  const client = await rig.client();
  rig.pipeline.decide = async ({ statements }, { door }) => {
    if (statements[0]?.text.startsWith('execute')) {
      rig.pipeline.answers.push(await door.answer?.({ kind: 'prepared-statement', name: 'wipe' }));
      rig.pipeline.answers.push(await door.answer?.({ kind: 'prepared-statement', name: 'nothing' }));
    }
    return ALLOW;
  };
  await client.query('prepare wipe as delete from orders where n = 999');
  await client.query('execute wipe');
  await client.query('begin');
  await client.query('execute wipe');
  await client.query('commit');
  await client.end();
  const text = 'prepare wipe as delete from orders where n = 999';
  expect(rig.pipeline.answers).toEqual([
    { kind: 'prepared-statement', text },
    undefined,
    { kind: 'prepared-statement', text },
    undefined,
    // Its COMMIT is decided on with all that it would make last.
    { kind: 'prepared-statement', text },
    undefined,
  ]);
});

test('a named statement whose text the server does not confirm is refused', async () => {
  const client = await rig.client();
  const named = { name: 'safe', text: 'select count(*)::int as n from orders' };
  await client.query(named);
  await client.query('deallocate safe');
  await client.query('prepare safe as delete from orders');
  const before = await rig.truth('select count(*)::int from orders');
  expect((await refusal(client.query(named))).code).toBe('26000');
  expect(await rig.truth('select count(*)::int from orders')).toBe(before);
  await client.end();
});

test('closing the door ends what waits and what is idle', async () => {
  const own = await Rig.start();
  const hold = new TestHold();
  const idle = await own.client();
  const ended = new Promise((resolve) => idle.once('end', resolve));
  const held = await own.client();
  own.pipeline.decide = () => ({ kind: 'hold', hold });
  const waiting = refusal(held.query('delete from orders'));
  await hold.held;
  await own.door.close();
  expect(await waiting).toMatchObject({ severity: 'FATAL', code: '57P01' });
  await ended;
  expect(own.pipeline.withdrawn).toHaveLength(1);
  await own.stop();
});
