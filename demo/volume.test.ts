import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checksums, PRODUCTION_DATABASE, withClient } from './rental-database.js';
import { type ScratchPostgres, startPostgres } from './scratch-postgres.js';
import { backUp, buildVolume, copyVolume, deleteVolume, listBackups, type VolumeTemplate } from './volume.js';

let folder: string;
let template: VolumeTemplate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
  template = await buildVolume(join(folder, 'template'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function serving<T>(dataDirectory: string, use: (postgres: ScratchPostgres) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(folder, 'server-'));
  const { superuserPassword } = template;
  const postgres = await startPostgres({ directory, dataDirectory, superuserPassword });
  try {
    return await use(postgres);
  } finally {
    await postgres.stop();
  }
}

const sums = (postgres: ScratchPostgres) => withClient(postgres.connectionString(PRODUCTION_DATABASE), checksums);

test('a copied volume and the backup on it hold the same rows, until the volume is deleted with both', async () => {
  const volume = await copyVolume(template.volume, join(folder, 'copy'));
  const [backup] = await listBackups(volume);
  expect(backup?.name).toBe('daily');
  const live = await serving(volume.dataDirectory, sums);
  const restored = await serving(join(volume.directory, 'backups', backup?.id ?? '', 'pgdata'), sums);
  expect(live.map(({ table }) => table)).toEqual([
    'booking_audit',
    'bookings',
    'branches',
    'customers',
    'inspections',
    'payments',
    'vehicles',
  ]);
  expect(live.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(100_000);
  expect(restored).toEqual(live);

  await backUp(volume, 'manual');
  expect((await listBackups(volume)).map(({ name }) => name)).toEqual(['daily', 'manual']);
  await deleteVolume(volume);
  expect(existsSync(volume.directory)).toBe(false);
  expect(await listBackups(volume)).toEqual([]);
  expect(await listBackups(template.volume)).toHaveLength(1);
});

test('checksums show one changed value and a dropped table; the function deletes what its name does not say', async () => {
  const { owner, write, read } = template.logins;
  await serving(template.volume.dataDirectory, async (postgres) => {
    await withClient(postgres.connectionString(PRODUCTION_DATABASE, owner.user, owner.password), async (client) => {
      const role = await client.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
      expect(role.rows).toEqual([{ rolsuper: false }]);
      const before = await checksums(client);
      await client.query('BEGIN');
      await client.query('UPDATE vehicles SET daily_rate_cents = daily_rate_cents + 1 WHERE id = 471');
      const after = await checksums(client);
      expect(after.filter((sum, i) => sum.checksum !== before[i]?.checksum).map(({ table }) => table)).toEqual([
        'vehicles',
      ]);
      const tidied = await client.query('SELECT tidy_up_stale_bookings() AS n');
      const left = new Map((await checksums(client)).map(({ table, rows }) => [table, rows]));
      expect(tidied.rows[0].n).toBeGreaterThan(5_000);
      expect(left.get('bookings')).toBe(60_000 - tidied.rows[0].n);
      expect(left.get('booking_audit')).toBe(tidied.rows[0].n);
      expect(left.get('payments')).toBeLessThan(60_000);
      await client.query('DROP TABLE payments');
      expect((await checksums(client)).map(({ table }) => table)).not.toContain('payments');
      await client.query('ROLLBACK');
    });
    await withClient(postgres.connectionString(PRODUCTION_DATABASE, read.user, read.password), async (client) => {
      await expect(client.query('DELETE FROM payments')).rejects.toThrow('permission denied');
    });
    await withClient(postgres.connectionString(PRODUCTION_DATABASE, write.user, write.password), async (client) => {
      await client.query("BEGIN; UPDATE bookings SET status = 'active' WHERE id = 1; ROLLBACK");
      await expect(client.query('DROP TABLE payments')).rejects.toThrow('must be owner of table payments');
    });
  });
});
