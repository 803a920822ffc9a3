import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DemoError } from './errors.js';
import { type ScratchPostgres, startPostgres } from './scratch-postgres.js';
import { createServerCertificate } from './throwaway-ca.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
});

afterEach(async () => {
  delete process.env['FIREBREAK_POSTGRES'];
  await rm(folder, { recursive: true, force: true });
});

async function ask(connectionString: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const result = await client.query({ text: sql, rowMode: 'array' });
    return result.rows[0]?.[0];
  } finally {
    await client.end();
  }
}

test('the PostgreSQL from npm starts, asks for a password, keeps its data over a restart and leaves no process', async () => {
  process.env['FIREBREAK_POSTGRES'] = 'embedded';
  const directory = join(folder, 'server');
  const first = await startPostgres({ directory, databases: ['rental'] });
  expect(first.origin).toBe('embedded');
  await ask(first.connectionString('rental'), 'create table kept as select 42 as n');
  expect(await ask(first.connectionString('rental'), 'show server_encoding')).toBe('UTF8');
  await expect(ask(first.connectionString('rental', 'postgres', 'wrong'), 'select 1')).rejects.toThrow(
    'password authentication failed',
  );
  await first.stop();
  expect(first.running()).toBe(false);
  expect(() => process.kill(first.pid, 0)).toThrow('ESRCH');

  const second = await startPostgres({ directory });
  expect(await ask(second.connectionString('rental'), 'select n from kept')).toBe(42);
  await second.kill();
  expect(second.running()).toBe(false);
});

test('the PostgreSQL of the system is used when there is one, and its absence has a name', async () => {
  process.env['FIREBREAK_POSTGRES'] = 'system';
  let postgres: ScratchPostgres;
  try {
    postgres = await startPostgres({ directory: join(folder, 'server') });
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(DemoError);
    expect(thrown).toMatchObject({ code: 'POSTGRES_MISSING' });
    return;
  }
  expect(postgres.origin).toBe('system');
  expect(await ask(postgres.connectionString('postgres'), 'select 1')).toBe(1);
  await postgres.stop('immediate');
});

test('settings, databases, authentication and a certificate are as asked for', async () => {
  const { caPem, certPem, keyPem } = await createServerCertificate(['localhost']);
  const log: string[] = [];
  const postgres = await startPostgres({
    directory: join(folder, 'server'),
    databases: ['one', 'Two "2"'],
    settings: { log_statement: 'all', max_connections: '7' },
    superuserPassword: 'as told',
    tls: { certPem, keyPem },
    log: (text) => log.push(text),
  });
  try {
    expect(await ask(postgres.connectionString('Two "2"', 'postgres', 'as told'), 'show max_connections')).toBe('7');
    expect(await ask(postgres.connectionString('one'), "select setting from pg_settings where name = 'ssl'")).toBe(
      'on',
    );
    const client = new Client({
      connectionString: postgres.connectionString('one'),
      ssl: { ca: caPem, servername: 'localhost' },
    });
    await client.connect();
    const encrypted = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    await client.end();
    expect(encrypted.rows).toEqual([{ ssl: true }]);
    const rules = await ask(
      postgres.connectionString('postgres'),
      `select array_agg(distinct auth_method)::text from pg_hba_file_rules`,
    );
    expect(rules).toBe('{scram-sha-256}');
    expect(log.join('')).toContain('show max_connections');
  } finally {
    await postgres.stop();
  }
});

test('a server that cannot start says why, and a taken port is named', async () => {
  const directory = join(folder, 'server');
  await expect(startPostgres({ directory, settings: { shared_buffers: 'plenty' } })).rejects.toMatchObject({
    code: 'POSTGRES_START_FAILED',
    message: expect.stringContaining('shared_buffers'),
  });
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await expect(startPostgres({ directory, port })).rejects.toThrow('could not create any TCP/IP sockets');
  taken.close();
});
