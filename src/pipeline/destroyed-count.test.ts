import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Database, openDatabase } from '#store/database';
import { createDestroyedStorage } from '#store/destroyed';
import { FakeClock } from '../../test/support/fake-clock.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { openDestroyedCount } from './destroyed-count.js';

const HOUR = 3_600_000;

let path: string;
let database: Database;
let clock: FakeClock;
beforeEach(async () => {
  path = join(temporaryFolder(), 'state.sqlite');
  database = await openDatabase(path);
  onTestFinished(() => database.close());
  clock = new FakeClock();
});

const open = () => openDestroyedCount(createDestroyedStorage(database.kysely), clock);

test('counts by environment, for an hour', async () => {
  const count = await open();
  await count.add(['production', 'staging']);
  clock.advance(HOUR / 2);
  await count.add(['production']);
  expect(['production', 'staging', 'other'].map(count.inLastHour)).toEqual([2, 1, 0]);
  clock.advance(HOUR / 2 - 1);
  expect(count.inLastHour('production')).toBe(2);
  clock.advance(1);
  expect(count.inLastHour('production')).toBe(1);
  clock.advance(HOUR);
  expect(count.inLastHour('production')).toBe(0);
});

test('an agent cannot reset the count by crashing the daemon: it survives a restart', async () => {
  const before = await open();
  await before.add(['production']);
  clock.advance(HOUR - 1);
  await database.close();
  database = await openDatabase(path);
  const after = await open();
  expect(after.inLastHour('production')).toBe(1);
  clock.advance(1);
  expect(after.inLastHour('production')).toBe(0);
});

test('counts at once, before it is durable, so that what is admitted at the same time sees it', async () => {
  const count = await open();
  const adding = count.add(['production']);
  expect(count.inLastHour('production')).toBe(1);
  await adding;
  expect(count.inLastHour('production')).toBe(1);
});

test('what cannot be kept is an error, and counts all the same', async () => {
  const count = await openDestroyedCount(
    {
      add: async () => {
        throw new Error('the disk is full');
      },
      since: async () => [],
    },
    clock,
  );
  await expect(count.add(['production'])).rejects.toThrow('the disk is full');
  expect(count.inLastHour('production')).toBe(1);
});
