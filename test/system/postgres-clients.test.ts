import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ALLOW, DENIED, PRODUCTION_TOKEN, Rig, STAGING_TOKEN, TestHold } from '../integration/postgres-door-rig.js';
import { finished } from '../support/finished.js';

let rig: Rig;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
  rig = await Rig.start({ timeouts: { heldNoticeMs: 50 } });
  await rig.truth('create table orders as select n, n::text as name from generate_series(1, 1000) n');
});

afterAll(async () => {
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  rig.pipeline.decide = () => ALLOW;
  rig.pipeline.actions.length = 0;
  rig.pipeline.withdrawn.length = 0;
});

function start(program: string, args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(program, args, {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      PGHOST: '127.0.0.1',
      PGPORT: String(rig.port),
      PGUSER: 'agent',
      PGPASSWORD: PRODUCTION_TOKEN,
      PGDATABASE: 'orders-db',
      ...environment,
    },
  });
}

/** Runs to the end. */
async function run(program: string, args: readonly string[], environment: Record<string, string> = {}) {
  return finished(start(program, args, environment));
}

const psql = (...commands: string[]) => run('psql', ['-XAt', ...commands.flatMap((command) => ['-c', command])]);

test('psql queries, describes tables and sees errors as it does without the door', async () => {
  expect(await psql('select 1', 'select 2; select 3')).toEqual({ status: 0, out: '1\n2\n3\n', err: '' });
  expect((await psql('\\d orders')).out).toContain('name|text');
  const failed = await psql('select nonsense');
  expect(failed.status).toBe(1);
  expect(failed.err).toContain('column "nonsense" does not exist');
});

test('psql copies out to a file and in from it', async () => {
  const file = join(folder, 'orders.txt');
  expect((await psql(`\\copy orders to '${file}'`)).status).toBe(0);
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(1001);
  expect((await psql('create table copied (like orders)', `\\copy copied from '${file}'`)).out).toBe(
    'CREATE TABLE\nCOPY 1000\n',
  );
  await writeFile(file, 'not a number\tx\n');
  expect((await psql(`\\copy copied from '${file}'`)).err).toContain('invalid input syntax');
  expect(await rig.truth('select count(*)::int from copied')).toBe(1000);
});

test('psql shows that it is held, and runs when it is released', async () => {
  const hold = new TestHold();
  rig.pipeline.decide = () => ({ kind: 'hold', hold });
  const running = psql('delete from orders where n = 1000');
  await hold.held;
  await new Promise((resolve) => setTimeout(resolve, 120));
  hold.release();
  const { status, out, err } = await running;
  expect([status, out]).toEqual([0, 'DELETE 1\n']);
  expect(err).toContain('NOTICE:  held as H-42: deletes orders; approve at the approval page; do not retry');
});

test('Ctrl-C in psql withdraws what is held', async () => {
  const hold = new TestHold();
  rig.pipeline.decide = () => ({ kind: 'hold', hold });
  const child = start('psql', ['-XAt', '-c', 'delete from orders']);
  const end = finished(child);
  await hold.held;
  child.kill('SIGINT');
  expect((await end).err).toContain('firebreak: H-42: the agent withdrew it');
  expect(rig.pipeline.withdrawn).toHaveLength(1);
  expect(await rig.truth('select count(*)::int from orders')).toBe(999);
});

test('psql shows message, detail and hint of a refusal, and what follows still runs', async () => {
  rig.pipeline.decide = ({ statements }) =>
    statements[0]?.text.startsWith('drop') ? { kind: 'refuse', refusal: DENIED } : ALLOW;
  const { out, err } = await psql('drop table orders', 'select count(*) from orders');
  expect(out).toBe('999\n');
  expect(err).toContain('ERROR:  firebreak: denied: drops table users with all its rows');
  expect(err).toContain('DETAIL:  Nothing of this statement was executed.');
  expect(err).toContain('HINT:  ask a person first');
});

test('psql is told that a staging placeholder cannot open production, and that a real password opens nothing', async () => {
  const staging = await run('psql', ['-c', 'select 1'], { PGPASSWORD: STAGING_TOKEN });
  expect(staging.err).toContain('a staging placeholder cannot open `orders-db` of production');
  const real = await run('psql', ['-c', 'select 1'], { PGUSER: 'postgres', PGPASSWORD: rig.server.superuserPassword });
  expect(real.err).toContain('is not a placeholder that Firebreak issued');
  const options = await run('psql', ['-c', 'select 1'], { PGOPTIONS: '-c statement_timeout=1' });
  expect(options.err).toContain('`options` is not allowed');
});

test('pgbench runs in all three protocols', async () => {
  const directory = { PGHOST: rig.server.host, PGPORT: String(rig.server.port), PGUSER: rig.server.superuser };
  const pgbench = join(rig.server.binFolder, 'pgbench');
  await run(pgbench, ['-i', '-q', 'orders'], {
    ...directory,
    PGPASSWORD: rig.server.superuserPassword,
    PGDATABASE: 'orders',
  });
  for (const protocol of ['simple', 'extended', 'prepared']) {
    const { status, err } = await run(pgbench, ['-n', '-M', protocol, '-c', '4', '-t', '50', 'orders-db']);
    expect([status, err]).toEqual([0, expect.not.stringContaining('ERROR')]);
  }
  expect(await rig.truth('select count(*)::int from pgbench_history')).toBe(600);
});

test('pg_dump of a schema works through the door', async () => {
  const { status, out, err } = await run(join(rig.server.binFolder, 'pg_dump'), ['-t', 'orders']);
  expect([status, err]).toEqual([0, '']);
  expect(out).toContain('COPY public.orders');
});
