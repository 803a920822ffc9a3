// Longer than 300 lines: one server serves all of it, which keeps the run short.
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  bind,
  cancelRequest,
  close,
  copyData,
  copyDone,
  copyFail,
  describe,
  execute,
  flush,
  parse,
  query,
  saslInitialResponse,
  sslRequest,
  startupMessage,
  sync,
  terminate,
} from '#wire/postgres/build';
import { decodeReport } from '#wire/postgres/server-messages';
import { ALLOW, DENIED, type RawClient, Rig, TestHold } from './postgres-door-rig.js';

let rig: Rig;
const clients: RawClient[] = [];

beforeAll(async () => {
  rig = await Rig.start({ limits: { statementBytes: 2_000, unitBytes: 8_000, pendingBytes: 4_000 } });
  await rig.truth('create table kept (n int)');
});

afterAll(() => rig.stop());

beforeEach(async () => {
  rig.pipeline.decide = () => ALLOW;
  for (const list of [rig.pipeline.actions, rig.pipeline.executions, rig.pipeline.withdrawn]) list.length = 0;
  rig.reports.length = 0;
  await rig.truth('truncate kept');
});

afterEach(() => {
  for (const client of clients.splice(0)) client.socket.destroy();
});

async function connected(): Promise<RawClient> {
  const client = await rig.raw();
  clients.push(client);
  return client;
}

async function loggedIn(parameters: Record<string, string> = {}): Promise<RawClient> {
  const client = await connected();
  await client.login(undefined, parameters);
  return client;
}

const kept = () => rig.truth('select count(*)::int from kept');
const refuseDeletes = () => {
  rig.pipeline.decide = ({ statements }) =>
    statements.some(({ text }) => text.startsWith('delete')) ? { kind: 'refuse', refusal: DENIED } : ALLOW;
};
/** Parse, Bind, Execute of one text without a name. */
const run = (text: string, ...values: string[]) => Buffer.concat([parse('', text), bind('', '', values), execute('')]);

test('all Executes up to a Sync are one action, in order, with the parameters of each', async () => {
  const client = await loggedIn();
  client.send(parse('ins', 'insert into kept values ($1)', [23]), bind('a', 'ins', ['1']), bind('b', 'ins', ['2']));
  client.send(execute('b'), execute('a'), run('select n from kept order by n'), sync());
  expect(await client.letters('Z')).toBe('122CC12DDCZ');
  const values = rig.pipeline.actions.map(({ statements }) =>
    statements.map(({ text, parameters }) => [
      text,
      ...parameters.map(({ typeOid, value }) => [typeOid, String(value)]),
    ]),
  );
  expect(values).toEqual([
    [
      ['insert into kept values ($1)', [23, '2']],
      ['insert into kept values ($1)', [23, '1']],
      ['select n from kept order by n'],
    ],
  ]);
});

test('a unit that only prepares, describes and closes is not an action; one that binds without executing is', async () => {
  const client = await loggedIn();
  client.send(parse('s', 'select 1'), describe('statement', 's'), sync());
  expect(await client.letters('Z')).toBe('1tTZ');
  client.send(close('statement', 's'), close('portal', 'none'), sync());
  expect(await client.letters('Z')).toBe('33Z');
  expect(rig.pipeline.actions).toEqual([]);
  client.send(parse('', 'select 1'), bind('', '', []), sync());
  expect(await client.letters('Z')).toBe('12Z');
  expect(rig.pipeline.texts()).toEqual(['select 1']);
});

test('an error in a pipeline is passed on, the rest up to Sync is passed over, and what follows runs', async () => {
  const client = await loggedIn();
  client.send(run('insert into kept values (1)'), run('select 1/0'), run('insert into kept values (2)'), sync());
  client.send(run('select 7'), sync());
  expect(await client.letters('Z')).toBe('12C1EZ');
  expect(await client.letters('Z')).toBe('12DCZ');
  expect(await kept()).toBe(0);
  expect(rig.pipeline.executions.map(({ ok, summary }) => [ok, summary])).toEqual([
    [false, '22012: division by zero'],
    [true, 'SELECT 1'],
  ]);
});

test('a unit that ends with Flush is decided at once; a refusal passes over up to Sync and undoes the open pipeline', async () => {
  const client = await loggedIn();
  refuseDeletes();
  client.send(run('insert into kept values (1)'), flush());
  expect(await client.letters('C')).toBe('12C');
  client.send(run('delete from kept'), flush());
  expect(await client.error()).toMatchObject({ code: '42501' });
  client.send(run('insert into kept values (2)'), flush(), query('insert into kept values (3)'));
  expect(await client.silent()).toBe(true);
  client.send(sync());
  expect(await client.letters('Z')).toBe('Z');
  expect(await kept()).toBe(0);
  client.send(query('select 1'));
  expect(await client.letters('Z')).toBe('TDCZ');
});

test('an error of the server in a unit that ends with Flush is passed over up to Sync', async () => {
  const client = await loggedIn();
  client.send(run('select 1/0'), flush());
  expect(await client.letters('E')).toBe('1E');
  client.send(run('insert into kept values (2)'), flush());
  client.send(sync(), query('select 1'));
  expect(await client.letters('Z')).toBe('Z');
  expect(await client.letters('Z')).toBe('TDCZ');
  expect(rig.pipeline.texts()).toEqual(['select 1/0', 'select 1']);
});

test('extended messages before a Query run first', async () => {
  const client = await loggedIn();
  client.send(run('insert into kept values (1)'), query('select count(*) from kept'));
  expect(await client.letters('Z')).toBe('12CTDCZ');
  expect(rig.pipeline.texts()).toEqual([
    'insert into kept values (1)',
    'select count(*) from kept',
    // What came without a block of its own lasts from here on, and is decided on as a whole.
    'insert into kept values (1)',
    'select count(*) from kept',
  ]);
});

test('rows fetched in portions stay one portal, and each portion is decided on', async () => {
  const client = await loggedIn();
  client.send(query('begin'));
  await client.until('Z');
  client.send(parse('', 'select generate_series(1, 5)'), bind('p', '', []), execute('p', 2), sync());
  expect(await client.letters('Z')).toBe('12DDsZ');
  client.send(execute('p', 2), sync());
  expect(await client.letters('Z')).toBe('DDsZ');
  client.send(execute('p', 2), sync());
  expect(await client.letters('Z')).toBe('DCZ');
  expect(rig.pipeline.actions).toHaveLength(4);
});

test('a prepared statement that the door did not see is refused, and so is a portal that the door did not see bound', async () => {
  const client = await loggedIn();
  client.send(query('prepare hidden as delete from kept'));
  await client.until('Z');
  client.send(bind('', 'hidden', []), execute(''), sync());
  expect(decodeReport((await client.until('Z'))[0]?.bytes ?? Buffer.alloc(0))).toMatchObject({ code: '26000' });
  client.send(query('begin; declare c cursor for select 1'));
  await client.until('Z');
  client.send(execute('c'), sync());
  expect(await client.error()).toMatchObject({ code: '34000' });
  expect(await client.letters('Z')).toBe('Z');
  expect(rig.pipeline.actions).toHaveLength(2);
});

test('a named statement behind a command of the same unit that may rename statements is refused', async () => {
  const client = await loggedIn();
  client.send(parse('s', 'select 1'), sync());
  await client.until('Z');
  client.send(
    run('/* x */ deallocate s'),
    run('prepare s as delete from kept'),
    bind('', 's', []),
    execute(''),
    sync(),
  );
  expect(await client.error()).toMatchObject({ code: '26000' });
  await client.until('Z');
  client.send(bind('', 's', []), execute(''), sync());
  expect(await client.letters('Z')).toBe('2DCZ');
});

test('a named statement is asked for again after anything that may have renamed it, unseen by the agent', async () => {
  const client = await loggedIn();
  client.send(parse('s', 'select n from kept where n = $1', [23]), sync());
  await client.until('Z');
  for (const inTransaction of [false, true]) {
    client.send(query(inTransaction ? 'begin; select count(*) from kept' : 'select count(*) from kept'));
    await client.until('Z');
    client.send(bind('', 's', ['1']), execute(''), sync());
    expect(await client.letters('Z')).toBe('2CZ');
  }
  // Inside a pipeline that no Sync has ended, a question with a Sync would commit it.
  client.send(query('rollback'));
  await client.until('Z');
  client.send(run('insert into kept values (1)'), flush());
  await client.until('C');
  client.send(bind('', 's', ['1']), execute(''), flush());
  expect(await client.letters('C')).toBe('2DC');
  client.send(run('select 1/0'), sync());
  expect(await client.letters('Z')).toBe('1EZ');
  expect(await kept()).toBe(0);
});

test('unless the server certainly reads every text with standard_conforming_strings on, the action says that it does not', async () => {
  const client = await loggedIn();
  client.send(run('set standard_conforming_strings = off'), run("select 'x\\'' as a"), sync());
  await client.until('Z');
  client.send(query('set standard_conforming_strings = on'));
  await client.until('Z');
  client.send(run('set standard_conforming_strings = off'), flush());
  await client.until('C');
  client.send(run("select 'x\\'' as a"), sync());
  await client.until('Z');
  expect(rig.pipeline.actions.map(({ standardConformingStrings }) => standardConformingStrings ?? true)).toEqual([
    false,
    false,
    true,
    false,
    // The end of the pipeline, with both texts.
    false,
  ]);
});

test('COPY goes both ways, by simple and by extended query, and what it moved is in the record', async () => {
  const client = await loggedIn();
  client.send(query('copy kept from stdin'));
  expect(await client.letters('G')).toBe('G');
  client.send(copyData(Buffer.from('1\n2\n')), copyData(Buffer.from('3\n')), copyDone());
  expect(await client.letters('Z')).toBe('CZ');
  client.send(run('copy kept from stdin'), sync());
  expect(await client.letters('G')).toBe('12G');
  client.send(copyData(Buffer.from('4\n')), copyDone(), sync());
  expect(await client.letters('Z')).toBe('CZ');
  client.send(query('copy kept to stdout'));
  expect(await client.letters('Z')).toBe('HddddcCZ');
  client.send(run('copy kept to stdout'), sync());
  expect(await client.letters('Z')).toBe('12HddddcCZ');
  expect(rig.pipeline.executions.map(({ summary }) => summary)).toEqual(['COPY 3', 'COPY 1', 'COPY 4', 'COPY 4']);
});

test('a copy that either side breaks off leaves nothing, and the connection goes on', async () => {
  const client = await loggedIn();
  client.send(query('copy kept from stdin'));
  await client.until('G');
  client.send(copyData(Buffer.from('1\n')), copyFail('no'));
  expect(await client.letters('Z')).toBe('EZ');
  client.send(query('copy kept from stdin'));
  await client.until('G');
  client.send(copyData(Buffer.from('not a number\n')));
  expect(await client.letters('Z')).toBe('EZ');
  client.send(copyData(Buffer.from('2\n')), copyDone(), query('select 1'));
  expect(await client.letters('Z')).toBe('TDCZ');
  client.send(run('copy kept from stdin'), sync());
  await client.until('G');
  client.send(copyData(Buffer.from('not a number\n')));
  expect(await client.letters('E')).toBe('E');
  client.send(copyDone(), sync(), query('select 1'));
  expect(await client.letters('Z')).toBe('Z');
  expect(await client.letters('Z')).toBe('TDCZ');
  expect(await kept()).toBe(0);
});

test('a statement in the middle of a copy is not passed on', async () => {
  const client = await loggedIn();
  client.send(query('copy kept from stdin'));
  await client.until('G');
  client.send(query('drop table kept'));
  expect(await client.letters('Z')).toBe('EZ');
  expect(rig.pipeline.texts()).toEqual(['copy kept from stdin']);
  expect(await kept()).toBe(0);
});

test('a large copy passes with little memory, and an agent that leaves in the middle leaves nothing', async () => {
  const client = await loggedIn();
  client.send(query('copy kept from stdin'));
  await client.until('G');
  const line = copyData(Buffer.from('1234567\n'.repeat(1_000)));
  for (let sent = 0; sent < 500; sent += 1) client.send(line);
  client.send(copyDone());
  expect(await client.letters('Z')).toBe('CZ');
  expect(await kept()).toBe(500_000);
  await rig.truth('truncate kept');

  for (const end of [line, line.subarray(0, 100)]) {
    const leaving = await loggedIn();
    leaving.send(query('copy kept from stdin'));
    await leaving.until('G');
    leaving.send(line, end);
    await leaving.close();
  }
  await expect
    .poll(() => rig.truth("select count(*)::int from pg_stat_activity where query like 'copy%' and state <> 'idle'"))
    .toBe(0);
  expect(await kept()).toBe(0);
});

test('an agent that reads slowly does not fill our memory', async () => {
  const client = await loggedIn();
  client.socket.pause();
  const before = process.memoryUsage().rss;
  client.send(query("select repeat('x', 10000) from generate_series(1, 20000)"));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  client.socket.resume();
  expect((await client.until('Z')).length).toBe(20_003);
});

test('a cancel request with our key withdraws what is held, and cancels upstream what runs', async () => {
  const client = await loggedIn();
  const hold = new TestHold();
  rig.pipeline.decide = () => ({ kind: 'hold', hold });
  client.send(query('delete from kept'));
  await hold.held;
  const cancel = async (secret = client.key?.secret) => {
    const other = await connected();
    other.send(cancelRequest({ processId: client.key?.processId ?? 0, secret: secret ?? Buffer.alloc(4) }));
    await other.ended();
  };
  await cancel(Buffer.alloc(4));
  expect(rig.pipeline.withdrawn).toEqual([]);
  await cancel();
  expect(await client.error()).toMatchObject({ code: '57014', message: expect.stringContaining('firebreak: H-42: ') });
  expect(await client.letters('Z')).toBe('Z');
  expect(rig.pipeline.withdrawn).toHaveLength(1);

  rig.pipeline.decide = () => ALLOW;
  client.send(query('select pg_sleep(30)'));
  await expect
    .poll(() => rig.truth("select count(*)::int from pg_stat_activity where query = 'select pg_sleep(30)'"))
    .toBe(1);
  await cancel();
  expect(await client.error()).toMatchObject({ code: '57014', message: 'canceling statement due to user request' });
  await client.until('Z');
  await cancel(); // idle: nothing to cancel
  client.send(query('select 1'));
  expect(await client.letters('Z')).toBe('TDCZ');
});

test('a function call message is always refused', async () => {
  const client = await loggedIn();
  client.send(Buffer.from([0x46, 0, 0, 0, 14, 0, 0, 3, 0xbc, 0, 0, 0, 0, 0, 0]));
  expect(await client.error()).toMatchObject({ code: '0A000', message: expect.stringContaining('function call') });
  expect(await client.letters('Z')).toBe('Z');
  expect(rig.pipeline.actions).toEqual([]);
  expect(rig.reports).toMatchObject([{ act: 'connection-refused', subject: 'orders-db', ok: false }]);
});

test('statements, parameters and units over their bound are refused with 54000, and the connection goes on', async () => {
  const client = await loggedIn();
  const long = `select '${'x'.repeat(300_000)}'`;
  const refused = [
    query(`select '${'x'.repeat(3_000)}'`),
    query(long),
    Buffer.concat([run(long), sync()]),
    Buffer.concat([parse('', 'select $1'), bind('', '', ['x'.repeat(9_000)]), execute(''), sync()]),
    Buffer.concat([...Array(200).fill(run(`select '${'y'.repeat(100)}'`)), sync()]),
  ];
  for (const bytes of refused) {
    client.send(bytes);
    expect(await client.error()).toMatchObject({ severity: 'ERROR', code: '54000' });
    expect(await client.letters('Z')).toBe('Z');
  }
  client.send(query('select 1'));
  expect(await client.letters('Z')).toBe('TDCZ');
  expect(rig.pipeline.texts()).toEqual(['select 1']);
});

test('a text that is not UTF-8 and a text behind a NUL are refused, and the connection goes on', async () => {
  const client = await loggedIn();
  client.send(Buffer.from([0x51, 0, 0, 0, 7, 0xc3, 0x28, 0]));
  expect(await client.error()).toMatchObject({ code: '22021' });
  await client.until('Z');
  client.send(Buffer.from([0x51, 0, 0, 0, 9, 0x3b, 0, 0x3b, 0x3b, 0]));
  expect(await client.error()).toMatchObject({ code: '08P01' });
  await client.until('Z');
  client.send(query('select 1'));
  expect(await client.letters('Z')).toBe('TDCZ');
});

test('an agent that floods a held connection is not read beyond the bound, and nothing of it is lost', async () => {
  const client = await loggedIn();
  const hold = new TestHold();
  rig.pipeline.decide = ({ statements }) => (statements[0]?.text === 'select 0' ? { kind: 'hold', hold } : ALLOW);
  client.send(query('select 0'));
  await hold.held;
  const texts = Array.from({ length: 2_000 }, (_, index) => `select ${index} as number_${index}`);
  client.send(...texts.map((text) => query(text)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(rig.pipeline.actions).toHaveLength(1);
  hold.release();
  for (let count = 0; count <= texts.length; count += 1) await client.until('Z');
  expect(rig.pipeline.texts()).toEqual(['select 0', ...texts]);
});

test.each([
  ['replication', { replication: 'database' }, '0A000', 'replication'],
  ['replication by another word', { replication: 'tRuE' }, '0A000', 'replication'],
  ['options', { options: '-c default_transaction_read_only=off' }, '0A000', 'options'],
  ['a setting that is not on the list', { session_preload_libraries: 'x' }, '0A000', 'session_preload_libraries'],
  ['another encoding', { client_encoding: 'SJIS' }, '0A000', 'client_encoding'],
])('a start-up with %s is refused', async (_, parameters, code, word) => {
  const client = await connected();
  client.send(startupMessage(Object.entries({ user: 'anyone', ...parameters })));
  expect(await client.error()).toMatchObject({ severity: 'FATAL', code, message: expect.stringContaining(word) });
  await client.ended();
});

test('a newer minor version and unknown protocol options are negotiated down, another major version is refused', async () => {
  const client = await connected();
  const newer = startupMessage([
    ['user', 'anyone'],
    ['_pq_.fancy', '1'],
  ]);
  newer.writeUInt16BE(2, 6);
  client.send(newer);
  const [negotiated, asked] = [await client.next(), await client.next()];
  expect(negotiated?.letter).toBe('v');
  expect(negotiated?.bytes.subarray(5).toString('latin1')).toBe('\0\x03\0\0\0\0\0\x01_pq_.fancy\0');
  expect(asked?.letter).toBe('R');
  const other = await connected();
  const old = startupMessage([['user', 'anyone']]);
  old.writeUInt16BE(2, 4);
  other.send(old);
  expect(await other.error()).toMatchObject({ severity: 'FATAL', code: '0A000' });
});

test('bytes buffered behind a request for encryption end the connection', async () => {
  const client = await connected();
  client.send(sslRequest(), startupMessage([['user', 'anyone']]));
  await client.ended().catch(() => {});
  await expect.poll(() => rig.reports.length).toBe(1);
  expect(rig.reports[0]).toMatchObject({ detail: expect.stringContaining('request for encryption') });
  expect(rig.pipeline.actions).toEqual([]);
});

test('an agent that sends nothing is not waited for', async () => {
  const own = await Rig.start({ timeouts: { startupMs: 100 } });
  const silent = await own.raw();
  await silent.ended();
  const half = await own.raw();
  half.send(startupMessage([['user', 'anyone']]));
  await half.until('R');
  await half.ended();
  await own.stop();
});

const garbage = fc.uint8Array({ minLength: 1, maxLength: 300 });
const states: Record<string, (client: RawClient) => Promise<void>> = {
  'a fresh connection': async () => {},
  'a request for encryption': async (client) => client.send(sslRequest()),
  'an authentication': async (client) => {
    client.send(startupMessage([['user', 'anyone']]));
    await client.until('R');
  },
  'the second half of an authentication': async (client) => {
    client.send(startupMessage([['user', 'anyone']]));
    await client.until('R');
    client.send(saslInitialResponse('SCRAM-SHA-256', 'n,,n=,r=abc'));
    await client.until('R');
  },
  'an idle session': (client) => client.login(),
  'half a unit': async (client) => {
    await client.login();
    client.send(run('delete from kept'));
  },
  'a copy': async (client) => {
    await client.login();
    client.send(query('copy kept from stdin'));
    await client.until('G');
  },
};

test.each(Object.keys(states))(
  'garbage in %s ends in an error or a closed socket, and nothing is executed',
  async (state) => {
    const samples = fc.sample(garbage, { numRuns: 12, seed: 7 });
    const hostile = [
      Buffer.of(0x51, 0x7f, 0xff, 0xff, 0xff),
      Buffer.of(0x64, 0, 0, 0, 0),
      Buffer.alloc(8),
      terminate(),
    ];
    await rig.truth('insert into kept values (1)');
    for (const bytes of [...samples, ...hostile]) {
      const client = await connected();
      await states[state]?.(client);
      client.send(bytes);
      // Truncated: the agent leaves in the middle of whatever it was.
      client.socket.end();
      await client.ended();
    }
    expect(await kept()).toBe(1);
    expect(rig.pipeline.texts().every((text) => text === 'copy kept from stdin')).toBe(true);
    const after = await loggedIn();
    after.send(query('select 1'));
    expect(await after.letters('Z')).toBe('TDCZ');
  },
);
