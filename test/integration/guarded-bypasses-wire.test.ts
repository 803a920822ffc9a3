/** Over 300 lines: the texts, the messages and the moments share the helpers that speak raw protocol. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  bind,
  cancelRequest,
  describe as describeMessage,
  execute,
  flush,
  parse,
  query,
  startupMessage,
  sync,
  terminate,
} from '#wire/postgres/build';
import { decodeReport } from '#wire/postgres/server-messages';
import { type AttackRig, startAttacked } from './attack-rig.js';
import type { RawClient } from './postgres-door-rig.js';

let rig: AttackRig;
let before: string;
let connections: number;

beforeAll(async () => {
  rig = await startAttacked();
}, 60_000);

beforeEach(async () => {
  await rig.reset();
  before = await rig.fingerprint();
  connections = await connected();
});
afterAll(() => rig.stop());

const token = () => new URL(rig.connectionString()).password;

async function agent(parameters: Record<string, string> = {}): Promise<RawClient> {
  const raw = await rig.raw();
  await raw.login(token(), parameters);
  return raw;
}

/** Rejects whatever waits, as long as `work` lasts; says how many. */
async function rejecting<T>(work: Promise<T>): Promise<{ readonly value: T; readonly holds: number }> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  let holds = 0;
  while (!over) {
    const [waiting] = await rig.desk.list();
    if (waiting !== undefined) {
      holds += 1;
      expect(await rig.fingerprint()).toBe(before);
      await rig.desk.reject(waiting.id, 'dana', 'no').catch(() => undefined); // Withdrawn meanwhile.
    }
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  return { value: await ended, holds };
}

async function untouched(): Promise<void> {
  expect(await rig.fingerprint(), 'nothing was changed without an approval').toBe(before);
  const client = await rig.client();
  expect((await client.query('select count(*)::int as n from orders')).rows).toEqual([{ n: 60 }]);
  await client.end();
}

/** The bytes of a Query message whose text need not be text. */
function rawQuery(...parts: readonly (string | readonly number[])[]): Buffer {
  const text = Buffer.concat([
    ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
    Buffer.from([0]),
  ]);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(4 + text.length, 1);
  return Buffer.concat([head, text]);
}

describe('texts that two readers could read differently', () => {
  const TEXTS: Readonly<Record<string, { bytes: Buffer; expect: 'error' | 'held' | 'result' }>> = {
    'a NUL in the middle': { bytes: rawQuery('select 1', [0], '; delete from orders'), expect: 'error' },
    'bytes that are not UTF-8': {
      bytes: rawQuery("select '", [0xc0, 0xa7], "; delete from orders; --'"),
      expect: 'error',
    },
    'half a character that eats a quote': {
      bytes: rawQuery("select '", [0x95], "\\'; delete from orders; --'"),
      expect: 'error',
    },
    'a byte order mark': { bytes: rawQuery([0xef, 0xbb, 0xbf], 'delete from orders'), expect: 'error' },
    'an overlong semicolon': { bytes: rawQuery('select 1', [0xc0, 0xbb], 'delete from orders'), expect: 'error' },
    'a no-break space': { bytes: rawQuery('delete\u00a0from orders'), expect: 'error' },
    'an unterminated comment': { bytes: rawQuery('delete from orders /* '), expect: 'error' },
    'a comment that nests': { bytes: rawQuery('/* /* */ select 1; */ delete from orders'), expect: 'held' },
    'a comment that ends with a carriage return': {
      bytes: rawQuery('-- harmless\rdelete from orders'),
      expect: 'held',
    },
    'form feeds for spaces': { bytes: rawQuery('delete\ffrom\forders'), expect: 'held' },
    'backslashes in E': { bytes: rawQuery("select E'\\'; select 1; --'; delete from orders"), expect: 'held' },
    'backslashes that are only that': { bytes: rawQuery("select '\\'; delete from orders; --'"), expect: 'held' },
    'dollar quotes in dollar quotes': {
      bytes: rawQuery('select $a$ $b$ $a$; delete from orders; select $b$ $b$'),
      expect: 'held',
    },
    'a dollar sign in a name': {
      bytes: rawQuery('select 1 as a$$; delete from orders; select 2 as b$$'),
      expect: 'held',
    },
    'U& with its own escape': { bytes: rawQuery(`delete from U&"!006frders" UESCAPE '!'`), expect: 'held' },
    'U& in a string': { bytes: rawQuery("select U&'\\0027; delete from orders; --'"), expect: 'result' },
    'a string over two lines': { bytes: rawQuery("select 'a'\n'; delete from orders; --'"), expect: 'result' },
    'a text in a text': { bytes: rawQuery('select $$; delete from orders$$'), expect: 'result' },
    'operators that hold comment signs': { bytes: rawQuery('select 1 +-- \n 1; delete from orders'), expect: 'held' },
    'nothing but semicolons': { bytes: rawQuery(';;; /* */ ;'), expect: 'result' },
    'many parentheses': { bytes: rawQuery(`select ${'('.repeat(60_000)}1${')'.repeat(60_000)}`), expect: 'error' },
  };

  test.each(Object.entries(TEXTS))('%s', async (_name, { bytes, expect: expected }) => {
    const raw = await agent();
    raw.send(bytes);
    const { value: seen, holds } = await rejecting(raw.until('Z'));
    expect(holds > 0 ? 'held' : seen.some(({ letter }) => letter === 'E') ? 'error' : 'result').toBe(expected);
    await raw.close();
    await untouched();
  });

  test.each([
    ['a setting', 'set standard_conforming_strings = off'],
    ['set_config', "select set_config('standard_conforming_strings', 'off', false)"],
    ['a DO', "do $$ begin perform set_config('standard_conforming_strings', 'off', false); end $$"],
  ])('backslashes in plain strings, turned on by %s', async (_name, text) => {
    const { how } = await rig.attack(async (client) => {
      await client.query(text).catch(() => undefined); // Refused or held: both will do.
      await client.query("select '\\'; delete from orders; --'");
    });
    expect(how).toBe('held');
  });

  test.each(["set client_encoding = 'SJIS'", "set names 'BIG5'", "select set_config('client_encoding', 'GBK', false)"])(
    'another encoding by %s: nothing runs under it',
    async (text) => {
      const raw = await agent();
      raw.send(query(text));
      await rejecting(raw.until('Z'));
      raw.send(rawQuery("select '", [0x95], "\\'; delete from orders; --'"));
      const seen = await rejecting(raw.until('Z'));
      expect(seen.value.map(({ letter }) => letter)).toContain('E');
      await raw.close();
      await untouched();
    },
  );
});

describe('messages', () => {
  test('a function call without SQL is refused', async () => {
    const raw = await agent();
    const call = Buffer.alloc(5 + 4 + 2 + 2 + 4 + 4 + 2);
    call.write('F');
    call.writeInt32BE(call.length - 1, 1);
    call.writeInt32BE(715, 5); // lo_creat
    call.writeInt16BE(0, 9);
    call.writeInt16BE(1, 11);
    call.writeInt32BE(4, 13);
    raw.send(call, sync());
    expect((await raw.error()).message).toContain('firebreak');
    await raw.close();
    await untouched();
  });

  test.each([
    ['replication', { replication: 'database' }],
    ['options', { options: '-c session_replication_role=replica' }],
    ['default_transaction_read_only', { default_transaction_read_only: 'off' }],
    ['session_authorization', { session_authorization: 'fb_owner' }],
    ['role', { role: 'fb_owner' }],
    ['client_encoding', { client_encoding: 'SJIS' }],
  ])('the start-up parameter %s is refused', async (_name, parameters) => {
    const raw = await rig.raw();
    raw.send(startupMessage(Object.entries({ user: 'anyone', database: 'orders-db', ...parameters })));
    expect((await raw.error()).severity).toBe('FATAL');
    await raw.ended();
    await untouched();
  });

  test('statements behind a held one wait, and go with it when it is refused', async () => {
    const raw = await agent();
    raw.send(
      parse('', 'delete from orders'),
      bind('', '', []),
      execute(''),
      parse('', "insert into audit values ('behind')"),
      bind('', '', []),
      execute(''),
      sync(),
      query("select 'after'"),
    );
    const { value, holds } = await rejecting(raw.until('Z'));
    expect(holds).toBe(1);
    expect(value.map(({ letter }) => letter).filter((letter) => letter === 'C')).toEqual([]);
    // What comes behind the Sync is a transaction of its own.
    expect((await raw.until('Z')).map(({ letter }) => letter).join('')).toBe('TDCZ');
    await raw.close();
    await untouched();
  });

  test('a deletion that hides behind a read in one pipeline is held with it', async () => {
    const raw = await agent();
    raw.send(
      parse('', 'select 1'),
      bind('', '', []),
      execute(''),
      parse('', 'set transaction read write'),
      bind('', '', []),
      execute(''),
      parse('d', 'delete from orders where total > $1', [1700]),
      bind('', 'd', ['0']),
      execute(''),
      execute(''),
      sync(),
    );
    await rejecting(raw.until('Z'));
    await raw.close();
    await untouched();
  });

  test('a pipeline that only flushes is judged when it ends, or taken back with the connection', async () => {
    for (const last of [sync(), terminate()]) {
      const raw = await agent();
      raw.send(
        parse('', 'delete from orders returning id'),
        bind('', '', []),
        describeMessage('portal', ''),
        execute(''),
        flush(),
      );
      await rejecting(new Promise((resolve) => setTimeout(resolve, 150)));
      raw.send(last);
      // Nothing more than an error comes, or the end.
      await rejecting(Promise.race([raw.until('Z').catch(() => undefined), raw.ended()]));
      raw.socket.destroy();
      await untouched();
    }
  });

  test('a portal is not run on behind the transaction that it belonged to', async () => {
    const raw = await agent();
    raw.send(parse('', 'select wipe() from customers'), bind('p', '', []), execute('p', 1), sync());
    await rejecting(raw.until('Z'));
    raw.send(execute('p'), sync());
    const { value } = await rejecting(raw.until('Z'));
    expect(value.map(({ letter }) => letter)).toEqual(['E', 'Z']);
    await raw.close();
    await untouched();
  });

  test('the unnamed statement of one pipeline is not that of another', async () => {
    const raw = await agent();
    raw.send(parse('', 'select 1'), sync());
    await raw.until('Z');
    raw.send(query('select 2'));
    await raw.until('Z');
    raw.send(bind('', '', []), execute(''), sync());
    expect((await raw.until('Z')).map(({ letter }) => letter)).toContain('E');
    await raw.close();
    await untouched();
  });
});

/** Up to here the agent gets; then it goes, or asks to cancel. */
const STATES: Readonly<Record<string, (raw: RawClient) => void>> = {
  'a query': (raw) => raw.send(query('delete from orders')),
  'a query that sleeps in its trial': (raw) => raw.send(query('with s as (select pg_sleep(0.2)) delete from orders')),
  'half a message': (raw) => raw.send(query('delete from orders').subarray(0, 9)),
  'a parse without more': (raw) => raw.send(parse('', 'delete from orders')),
  'a pipeline without Sync': (raw) => raw.send(parse('', 'delete from orders'), bind('', '', []), execute('')),
  'a pipeline with Flush': (raw) => raw.send(parse('', 'delete from orders'), bind('', '', []), execute(''), flush()),
  'a pipeline with Sync': (raw) => raw.send(parse('', 'delete from orders'), bind('', '', []), execute(''), sync()),
  'a block': (raw) => raw.send(query('begin'), query('delete from orders')),
  'a block and its end': (raw) => raw.send(query('begin'), query('delete from orders'), query('commit')),
  'a block that failed': (raw) => raw.send(query('begin'), query('delete from orders'), query('selec')),
  'a copy': (raw) => raw.send(query('copy audit from stdin')),
};

describe('who goes away changes nothing', () => {
  const moments = Object.entries(STATES).flatMap(([name, send]) => [0, 30, 120].map((wait) => ({ name, send, wait })));

  test.each(moments)('cut off after $name and $wait ms', async ({ send, wait }) => {
    const raw = await agent();
    send(raw);
    await new Promise((resolve) => setTimeout(resolve, wait));
    raw.socket.destroy();
    await settled();
    await untouched();
  });

  test.each(moments)('cancelled after $name and $wait ms', async ({ send, wait }) => {
    const raw = await agent();
    send(raw);
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (raw.key === undefined) throw new TypeError('the door gives a key');
    const other = await rig.raw();
    other.send(cancelRequest(raw.key));
    await other.ended();
    await rejecting(new Promise((resolve) => setTimeout(resolve, 50)));
    raw.socket.destroy();
    await settled();
    await untouched();
  });

  test('a cancel withdraws what waits, and the connection goes on', async () => {
    const raw = await agent();
    raw.send(query('delete from orders'));
    await rig.nextHold();
    if (raw.key === undefined) throw new TypeError('the door gives a key');
    const other = await rig.raw();
    other.send(cancelRequest({ ...raw.key, secret: Buffer.alloc(4) }));
    await other.ended();
    expect(await rig.desk.list()).toHaveLength(1); // With a wrong key nothing is.
    const right = await rig.raw();
    right.send(cancelRequest(raw.key));
    const seen = await raw.until('Z');
    const error = seen.find(({ letter }) => letter === 'E');
    expect(decodeReport(error?.bytes ?? Buffer.alloc(0)).code).toBe('57014');
    raw.send(query('select 1'));
    expect((await raw.until('Z')).map(({ letter }) => letter).join('')).toBe('TDCZ');
    await raw.close();
    await untouched();
  });
});

/** Nothing waits any more, and no connection is left of what the test began. */
async function settled(): Promise<void> {
  for (;;) {
    const [waiting] = await rig.desk.list();
    if (waiting !== undefined) await rig.desk.reject(waiting.id, 'dana', 'no').catch(() => undefined); // Withdrawn meanwhile.
    if ((await connected()) <= connections && waiting === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function connected(): Promise<number> {
  const { rows } = await rig.admin("SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename ~ '^fb_'");
  return Number(rows[0]?.n);
}
