import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provideTools } from './agent-tools.js';
import { type RailwayStandIn, startRailwayStandIn } from './railway-standin.js';
import { rentalProject } from './railway-state.js';
import { type ScratchPostgres, startPostgres } from './scratch-postgres.js';

let folder: string;
let postgres: ScratchPostgres;
let railway: RailwayStandIn;
let caFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
  await provideTools(join(folder, 'bin'), true);
  postgres = await startPostgres({ directory: join(folder, 'server') });
  railway = await startRailwayStandIn({
    state: rentalProject(),
    tokens: { workspace: 'right' },
    onVolumeDelete: () => Promise.reject(new Error('not in this test')),
    listBackups: async () => [],
    createBackup: () => Promise.reject(new Error('not in this test')),
  });
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, railway.caPem);
});

afterAll(async () => {
  await railway.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function run(tool: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(join(folder, 'bin', tool), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode] = await closed;
  return { out, err, exitCode };
}

const psql = (sql: string, ...flags: string[]) =>
  run('psql', [postgres.connectionString('postgres'), '-X', '-v', 'ON_ERROR_STOP=1', ...flags, '-c', sql]);

test('the psql stand-in prints rows, command tags and notices as psql does', async () => {
  const rows = await psql("SELECT 7 AS n, 'a' AS text UNION ALL SELECT 1234, NULL");
  expect(rows).toEqual({ out: '  n   | text \n------+------\n    7 | a\n 1234 |\n(2 rows)\n\n', err: '', exitCode: 0 });
  expect((await psql('SELECT 1, 2', '-tA')).out).toBe('1|2\n');
  const dropped = await psql('DROP TABLE IF EXISTS nothing');
  expect(dropped).toEqual({
    out: 'DROP TABLE\n',
    err: 'NOTICE:  table "nothing" does not exist, skipping\n',
    exitCode: 0,
  });
});

test('the psql stand-in reports errors as psql does', async () => {
  expect(await psql('SELECT *\nFROM nothing')).toEqual({
    out: '',
    err: 'ERROR:  relation "nothing" does not exist\nLINE 2: FROM nothing\n             ^\n',
    exitCode: 1,
  });
  const hinted = await psql(`DO $$ BEGIN RAISE EXCEPTION 'held' USING DETAIL = 'why', HINT = 'do not retry'; END $$`);
  expect(hinted.err).toContain('ERROR:  held\nDETAIL:  why\nHINT:  do not retry\n');
  const refused = await run('psql', [postgres.connectionString('postgres', 'postgres', 'wrong'), '-c', 'SELECT 1']);
  expect(refused.err).toMatch(
    /^psql: error: connection to server at "127.0.0.1", port \d+ failed: FATAL: {2}password authentication failed/,
  );
  expect(refused.exitCode).toBe(2);
  const nobody = await run('psql', ['postgresql://a:b@127.0.0.1:1/c', '-c', 'SELECT 1']);
  expect(nobody.err).toContain('Connection refused');
  expect(nobody.exitCode).toBe(2);
  const ended = await psql('SELECT pg_terminate_backend(pg_backend_pid())');
  expect(ended.exitCode).toBe(ended.err.includes('server closed the connection unexpectedly') ? 2 : 1);
  expect((await run('psql', ['--no-such-option'])).exitCode).toBe(1);
});

const QUERY = ['-sS', '-X', 'POST', 'https://backboard.railway.app/graphql/v2', '-H', 'Authorization: Bearer right'];
const DATA = ['-H', 'Content-Type: application/json', '-d', '{"query": "{ me { name } }"}'];

test('the curl stand-in follows the settings in CURL_HOME', async () => {
  const home = join(folder, 'curl');
  await mkdir(home);
  await writeFile(
    join(home, '.curlrc'),
    `# a comment\nconnect-to = "::127.0.0.1:${railway.port}"\ncacert = "${caFile}"\n`,
  );
  const answer = await run('curl', [...QUERY, ...DATA], { CURL_HOME: home });
  expect(answer).toEqual({ out: '{"data":{"me":{"name":"Rentals operations"}}}', err: '', exitCode: 0 });
});

test('the curl stand-in goes through HTTPS_PROXY and trusts CURL_CA_BUNDLE', async () => {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    if (request.headers['proxy-authorization'] === undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const upstream = connect(railway.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  try {
    const env = { HTTPS_PROXY: `http://user:word@127.0.0.1:${port}`, CURL_CA_BUNDLE: caFile };
    const answer = await run('curl', [...QUERY, ...DATA], env);
    expect(answer).toEqual({ out: '{"data":{"me":{"name":"Rentals operations"}}}', err: '', exitCode: 0 });
    expect(asked).toEqual(['backboard.railway.app:443']);
    const refused = await run('curl', [...QUERY, ...DATA], { ...env, HTTPS_PROXY: `http://127.0.0.1:${port}` });
    expect(refused).toEqual({ out: '', err: 'curl: (56) CONNECT tunnel failed, response 403\n', exitCode: 56 });
    const untrusted = await run('curl', [...QUERY, ...DATA], { HTTPS_PROXY: env.HTTPS_PROXY });
    expect(untrusted.exitCode).toBe(60);
    expect(untrusted.err).toMatch(/^curl: \(60\) SSL certificate problem: /);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test('the curl stand-in fails with the exit codes of curl', async () => {
  const direct = (to: string) => run('curl', ['--connect-to', to, '--cacert', caFile, ...QUERY, ...DATA]);
  expect(await direct('::127.0.0.1:1')).toMatchObject({ exitCode: 7 });
  expect(await run('curl', ['--frobnicate'])).toMatchObject({ exitCode: 2 });
  expect(await run('curl', ['http://127.0.0.1/'])).toMatchObject({ exitCode: 1 });
});

test('a tool that the machine has is not replaced', async () => {
  const before = process.env['PATH'];
  process.env['PATH'] = join(folder, 'bin');
  try {
    expect(await provideTools(join(folder, 'other'))).toEqual({ path: join(folder, 'bin'), standIns: [] });
    process.env['PATH'] = join(folder, 'empty');
    expect((await provideTools(join(folder, 'other'))).standIns).toEqual(['psql', 'curl']);
  } finally {
    process.env['PATH'] = before;
  }
});
