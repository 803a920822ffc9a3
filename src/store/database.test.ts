import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { type Database, openDatabase } from './database.js';
import { createFactorStorage } from './factors.js';
import { createFreezeStorage } from './freezes.js';
import { MIGRATIONS, migrate, VERSIONS } from './migrations.js';

async function fill({ kysely }: Database): Promise<void> {
  await createFactorStorage(kysely).enrol('dana', 41);
  await createFreezeStorage(kysely).add({
    environment: 'production',
    from: 1,
    until: undefined,
    reason: 'holidays',
    by: 'dana',
  });
}

async function tablesOf({ kysely }: Database): Promise<readonly string[]> {
  return (await kysely.introspection.getTables()).map((table) => table.name).sort();
}

test('what was written is there after the database is opened again', async () => {
  const path = join(temporaryFolder(), 'state.sqlite');
  const before = await openDatabase(path);
  await fill(before);
  await before.close();
  const after = await openDatabase(path);
  expect(await createFactorStorage(after.kysely).get('dana')).toEqual({ lastCounter: 41, failures: 0, lockedUntil: 0 });
  await after.close();
});

test.each(VERSIONS)('migration %s goes up, down and up again on a database with data', async (version) => {
  const database = await openDatabase(join(temporaryFolder(), 'state.sqlite'));
  const before = VERSIONS[VERSIONS.indexOf(version) - 1] ?? 'none';
  await migrate(database.kysely, version);
  const withIt = await tablesOf(database);
  await fill(database);

  await migrate(database.kysely, before);
  const without = await tablesOf(database);
  await migrate(database.kysely, version);
  expect(await tablesOf(database)).toEqual(withIt);
  expect(without).not.toEqual(withIt);
  await migrate(database.kysely);
  await fill(database);
  expect(await createFactorStorage(database.kysely).approvers()).toEqual(['dana']);
  await database.close();
});

test('all the way down leaves no table of ours', async () => {
  const database = await openDatabase(join(temporaryFolder(), 'state.sqlite'));
  await fill(database);
  await migrate(database.kysely, 'none');
  expect(await tablesOf(database)).toEqual([]);
  await database.close();
});

test('every migration has a way up and a way down, and versions sort in the order in which they were made', () => {
  for (const migration of Object.values(MIGRATIONS)) {
    expect(migration.up).toBeTypeOf('function');
    expect(migration.down).toBeTypeOf('function');
  }
  for (const version of VERSIONS) expect(version).toMatch(/^\d{4}-[a-z-]+$/);
});

test('a store of a newer version is refused, for this one would read it wrongly', async () => {
  const path = join(temporaryFolder(), 'state.sqlite');
  const database = await openDatabase(path);
  await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2030-01-01')`.execute(
    database.kysely,
  );
  await database.close();
  const bytes = readFileSync(path);
  await expect(openDatabase(path)).rejects.toMatchObject({
    code: 'STORE_NEWER',
    hint: expect.stringContaining('upgrade'),
  });
  expect(readFileSync(path)).toEqual(bytes);
});

test('a file that is no database is refused with its path, and stays as it was', async () => {
  const path = join(temporaryFolder(), 'state.sqlite');
  writeFileSync(path, 'this is not a database, it is a shopping list: milk, bread');
  await expect(openDatabase(path)).rejects.toMatchObject({
    code: 'STORE_UNREADABLE',
    message: expect.stringContaining(path),
  });
  expect(readFileSync(path, 'utf8')).toContain('milk');
});

test('a folder that does not exist is a typed error', async () => {
  await expect(openDatabase(join(temporaryFolder(), 'nowhere', 'state.sqlite'))).rejects.toMatchObject({
    code: 'STORE_UNREADABLE',
  });
});

test('only the owner may read the database, its journal and its index', async () => {
  const folder = temporaryFolder();
  const database = await openDatabase(join(folder, 'state.sqlite'));
  await fill(database);
  const files = readdirSync(folder);
  expect(files).toContain('state.sqlite-wal');
  for (const file of files) expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([file, 0o600]);
  await database.close();
});

test('the journal is flushed at every commit and references are enforced', async () => {
  const { kysely, close } = await openDatabase(join(temporaryFolder(), 'state.sqlite'));
  const pragma = async (name: string) => (await sql.raw(`pragma ${name}`).execute(kysely)).rows;
  expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }]); // FULL
  expect(await pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }]);
  await close();
});
