import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RecordEvent } from '#action/record-event';
import { exportLog } from '#record/export';
import { openLog } from '#record/log';
import { generateLogKey } from '#record/note';
import { readEntries } from '#record/read-entries';
import { verifyLog } from '#record/verify';
import { logFolderReader, openAppendFile, openLogFolder } from './log-files.js';

const key = generateLogKey('example.com/test');
const { publicKey } = key;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-log-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function event(number: number): RecordEvent {
  return {
    kind: 'administered',
    time: 1_790_000_000_000 + number,
    act: 'session-opened',
    by: 'firebreak',
    subject: `number ${number}`,
    ok: true,
  };
}

test('10,000 entries are durable, signed and verified in seconds', async () => {
  const path = join(folder, 'deep', 'log');
  const log = await openLog({ storage: await openLogFolder(path), key });
  const indexes = await Promise.all(Array.from({ length: 10_000 }, (_, at) => log.append(event(at))));
  expect(indexes).toEqual(Array.from({ length: 10_000 }, (_, at) => at));
  await log.close();
  const reader = logFolderReader(path);
  expect(await verifyLog(reader, { publicKey })).toMatchObject({ ok: true, size: 10_000 });
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'checkpoint')).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, 'tmp'))).toEqual([]);
  for await (const entry of readEntries(reader, 9_999)) expect(entry.index).toBe(9_999);

  const copy = join(folder, 'export');
  await exportLog(reader, await openLogFolder(copy), publicKey);
  expect(await verifyLog(logFolderReader(copy), { publicKey, keptCheckpoint: log.checkpoint.note })).toMatchObject({
    ok: true,
  });
});

test('a copied folder verifies while the log is written to, and opens again', async () => {
  const path = join(folder, 'log');
  const log = await openLog({ storage: await openLogFolder(path), key, publishDelay: 5 });
  for (let number = 0; number < 300; number += 1) {
    await log.append(event(number));
    if (number % 60 !== 59) continue;
    const copy = join(folder, `copy${number}`);
    await log.publish();
    cpSync(path, copy, { recursive: true });
    const report = await verifyLog(logFolderReader(copy), { publicKey });
    expect(report).toMatchObject({ ok: true, size: number + 1 });
    const again = await openLog({ storage: await openLogFolder(copy), key });
    expect(await again.append(event(number + 1))).toBe(number + 1);
    await again.close();
  }
  await log.close();
});

test('FAIL-CLOSED: a full disk under the journal rejects the append and every later one', async () => {
  const storage = await openLogFolder(join(folder, 'log'));
  // The device answers every write with ENOSPC.
  const log = await openLog({ storage: { ...storage, openAppend: () => openAppendFile('/dev/full') }, key });
  await expect(log.append(event(0))).rejects.toMatchObject({
    code: 'LOG_UNWRITABLE',
    cause: expect.objectContaining({ code: 'ENOSPC' }),
  });
  await expect(log.append(event(1))).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  await log.close();
});

test('a folder that cannot be written to makes the log unwritable, and keeps what was acknowledged', async () => {
  const path = join(folder, 'log');
  const log = await openLog({ storage: await openLogFolder(path), key });
  await log.append(event(0));
  // In the way of the tiles' folder; permissions would not stop the superuser.
  writeFileSync(join(path, 'tile'), '');
  await expect(log.publish()).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  await expect(log.append(event(1))).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  await log.close();
  rmSync(join(path, 'tile'));
  const again = await openLog({ storage: await openLogFolder(path), key });
  expect(again.checkpoint.size).toBe(1);
  await again.close();
});

test('temporary files of a crash are removed and never part of the log', async () => {
  const path = join(folder, 'log');
  mkdirSync(join(path, 'tmp'), { recursive: true });
  writeFileSync(join(path, 'tmp', 'left'), 'half a ti');
  expect(await logFolderReader(path).list()).toEqual([]);
  await openLogFolder(path);
  expect(readdirSync(join(path, 'tmp'))).toEqual([]);
});

test('what is missing, too long or not a plain file is not read', async () => {
  const reader = logFolderReader(folder);
  writeFileSync(join(folder, 'checkpoint'), 'four');
  symlinkSync('/dev/zero', join(folder, 'endless'));
  mkdirSync(join(folder, 'a-folder'));
  expect(await reader.read('checkpoint', 4)).toEqual(Buffer.from('four'));
  expect(await reader.read('checkpoint', 3)).toBeUndefined();
  for (const path of ['missing', 'checkpoint/below', 'endless', 'a-folder'])
    expect(await reader.read(path, 100)).toBeUndefined();
  expect(await logFolderReader(join(folder, 'missing')).list()).toEqual([]);
});
