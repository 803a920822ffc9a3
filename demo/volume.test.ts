import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checksums, PRODUCTION_DATABASE, withClient } from './rental-database.js';
import { startPostgres } from './scratch-postgres.js';
import { buildVolume, copyVolume, deleteVolume, listBackups, type VolumeTemplate } from './volume.js';

let folder: string;
let template: VolumeTemplate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
  template = await buildVolume(join(folder, 'template'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function sumsOf(dataDirectory: string, directory: string) {
  const { superuserPassword } = template;
  const postgres = await startPostgres({ directory, dataDirectory, superuserPassword });
  try {
    return await withClient(postgres.connectionString(PRODUCTION_DATABASE), checksums);
  } finally {
    await postgres.stop();
  }
}

test('a copied volume and the backup on it hold the same rows, until the volume is deleted with both', async () => {
  const volume = await copyVolume(template.volume, join(folder, 'copy'));
  const [backup] = await listBackups(volume);
  expect(backup?.name).toBe('daily');
  const live = await sumsOf(volume.dataDirectory, join(folder, 'server-1'));
  const restored = await sumsOf(
    join(volume.directory, 'backups', backup?.id ?? '', 'pgdata'),
    join(folder, 'server-2'),
  );
  expect(live.length).toBe(7);
  expect(restored).toEqual(live);

  await deleteVolume(volume);
  expect(existsSync(volume.directory)).toBe(false);
  expect(await listBackups(volume)).toEqual([]);
  expect(await listBackups(template.volume)).toHaveLength(1);
});
