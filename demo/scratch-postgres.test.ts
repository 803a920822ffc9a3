import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPostgres } from './scratch-postgres.js';

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
