import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Freeze } from '#policy/freeze';
import { type Database, openDatabase } from '#store/database';
import { createFreezeStorage } from '#store/freezes';
import { FakeClock } from '../../test/support/fake-clock.js';
import { RecordingRecorder } from '../../test/support/recording-recorder.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { type FreezeBoard, freezeKey, openFreezeBoard } from './freeze-board.js';

const HOUR = 3_600_000;

let path: string;
let database: Database;
let clock: FakeClock;
let recorder: RecordingRecorder;
let changes: number;

beforeEach(async () => {
  path = join(temporaryFolder(), 'state.sqlite');
  database = await openDatabase(path);
  onTestFinished(() => database.close());
  clock = new FakeClock();
  recorder = new RecordingRecorder();
  changes = 0;
});

const open = (scheduled: readonly Freeze[] = []): Promise<FreezeBoard> =>
  openFreezeBoard({
    storage: createFreezeStorage(database.kysely),
    scheduled,
    recorder,
    clock,
    changed: async () => {
      changes += 1;
    },
  });

async function reopen(scheduled: readonly Freeze[] = []): Promise<FreezeBoard> {
  await database.close();
  database = await openDatabase(path);
  return open(scheduled);
}

const holidays = (from: number, until: number): Freeze => ({
  environment: 'production',
  from,
  until,
  reason: 'holidays',
  by: 'firebreak.yaml',
});

describe('a freeze that a person declares', () => {
  test('is in force at once, on that environment only, and on the record', async () => {
    const board = await open();
    await board.freeze('production', undefined, 'incident', 'dana');
    expect(board.of('production')).toMatchObject({ reason: 'incident', by: 'dana', until: undefined });
    expect(board.of('staging')).toBeUndefined();
    expect(changes).toBe(1);
    expect(recorder.of('administered')).toMatchObject([
      { act: 'freeze', by: 'dana', subject: 'production', detail: 'production is frozen until it is lifted: incident' },
    ]);
  });

  test('ends at its time and not before', async () => {
    const board = await open();
    await board.freeze('production', clock.now() + HOUR, 'incident', 'dana');
    clock.advance(HOUR);
    expect(board.of('production')).toBeDefined();
    clock.advance(1);
    expect(board.of('production')).toBeUndefined();
    expect(board.list()).toEqual([]);
  });

  test('survives a restart', async () => {
    await (await open()).freeze('production', undefined, 'incident', 'dana');
    expect((await reopen()).of('production')).toMatchObject({ reason: 'incident' });
  });

  test('whose end lies in the past is refused', async () => {
    const board = await open();
    for (const until of [clock.now(), clock.now() - 1])
      await expect(board.freeze('production', until, '', 'dana')).rejects.toMatchObject({ code: 'FREEZE_OVER' });
    expect(board.of('production')).toBeUndefined();
    expect(recorder.events).toEqual([]);
  });

  test('is in force even when the record cannot be written, and whoever declared it is told', async () => {
    const board = await open();
    recorder.breaksAt = () => true;
    await expect(board.freeze('production', undefined, '', 'dana')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
    expect(board.of('production')).toBeDefined();
  });
});

describe('a freeze by dates in the configuration', () => {
  test('begins and ends by itself, both ends included', async () => {
    const board = await open([holidays(clock.now() + HOUR, clock.now() + 2 * HOUR)]);
    expect(board.of('production')).toBeUndefined();
    expect(board.list()).toHaveLength(1);
    clock.advance(HOUR);
    expect(board.of('production')).toMatchObject({ by: 'firebreak.yaml' });
    clock.advance(HOUR);
    expect(board.of('production')).toBeDefined();
    clock.advance(1);
    expect(board.of('production')).toBeUndefined();
  });

  test('stays lifted after a restart, until its dates are changed', async () => {
    const freeze = holidays(clock.now(), clock.now() + HOUR);
    await (await open([freeze])).unfreeze('production', 'dana');
    expect((await reopen([freeze])).of('production')).toBeUndefined();
    const later = { ...freeze, until: clock.now() + 2 * HOUR };
    expect(freezeKey(later)).not.toBe(freezeKey(freeze));
    expect((await reopen([later])).of('production')).toBeDefined();
  });

  test('that is still to come is not lifted with the one in force', async () => {
    const now = holidays(clock.now(), clock.now() + HOUR);
    const next = holidays(clock.now() + 2 * HOUR, clock.now() + 3 * HOUR);
    const board = await open([now, next]);
    await board.unfreeze('production', 'dana');
    expect(board.of('production')).toBeUndefined();
    clock.advance(2 * HOUR);
    expect(board.of('production')).toBeDefined();
  });
});

describe('lifting', () => {
  test('ends all freezes in force on the environment, declared and dated, and is on the record', async () => {
    const board = await open([holidays(clock.now(), clock.now() + HOUR)]);
    await board.freeze('production', undefined, 'incident', 'dana');
    await board.freeze('staging', undefined, 'incident', 'dana');
    await board.unfreeze('production', 'lee');
    expect(board.of('production')).toBeUndefined();
    expect(board.of('staging')).toBeDefined();
    expect(recorder.of('administered').at(-1)).toMatchObject({ act: 'unfreeze', by: 'lee', subject: 'production' });
    expect(changes).toBe(3);
  });

  test('what is not frozen is refused', async () => {
    const board = await open();
    await expect(board.unfreeze('production', 'dana')).rejects.toMatchObject({ code: 'NOT_FROZEN' });
  });

  test('a freeze is lifted only when that is on the record', async () => {
    const freeze = holidays(clock.now(), clock.now() + HOUR);
    const board = await open([freeze]);
    await board.freeze('production', undefined, 'incident', 'dana');
    recorder.breaksAt = () => true;
    await expect(board.unfreeze('production', 'dana')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
    expect(board.of('production')).toBeDefined();
    expect((await reopen([freeze])).of('production')).toMatchObject({ reason: 'incident' });
  });
});

test('any freeze in force is found, whatever its environment, and none that is over or to come', async () => {
  const board = await open([holidays(clock.now() + HOUR, clock.now() + 2 * HOUR)]);
  expect(board.any()).toBeUndefined();
  await board.freeze('staging', clock.now() + 1, 'x', 'dana');
  expect(board.any()).toMatchObject({ environment: 'staging' });
  clock.advance(2);
  expect(board.any()).toBeUndefined();
  clock.advance(HOUR);
  expect(board.any()).toMatchObject({ environment: 'production' });
});
