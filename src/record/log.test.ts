import { expect, test } from 'vitest';
import { readCheckpoint } from './checkpoint.js';
import { type Files, memoryReader, memoryStorage, numbered } from './log.case.js';
import { openLog } from './log.js';
import { generateLogKey } from './note.js';
import { readEntries } from './read-entries.js';
import type { LogStorage } from './storage.js';
import { verifyLog } from './verify.js';

const key = generateLogKey('example.com/test');
const { publicKey } = key;

async function subjects(files: Files): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { data } of readEntries(memoryReader(files))) {
    found.push(JSON.parse(Buffer.from(data).toString()).unmapped.firebreak.subject);
  }
  return found;
}

test('appended entries are numbered in order, readable at once, and verify', async () => {
  const files: Files = new Map();
  const log = await openLog({ storage: memoryStorage(files), key });
  expect(await log.append(numbered(0))).toBe(0);
  expect(await log.append(numbered(1))).toBe(1);
  expect(await subjects(files)).toEqual(['number 0', 'number 1']);
  expect(await verifyLog(memoryReader(files), { publicKey })).toMatchObject({ ok: true, size: 2, unfinishedBytes: 0 });
  await log.close();
  expect(await verifyLog(memoryReader(files), { publicKey })).toMatchObject({ ok: true, size: 2 });
});

test('everything that arrives while a group is being written goes into the next group', async () => {
  let appends = 0;
  const storage = memoryStorage();
  const counting: LogStorage = {
    ...storage,
    openAppend: async (path) => {
      const file = await storage.openAppend(path);
      return {
        ...file,
        append: (bytes) => {
          appends += 1;
          return file.append(bytes);
        },
      };
    },
  };
  const log = await openLog({ storage: counting, key });
  const first = log.append(numbered(0));
  await Promise.resolve();
  const rest = Array.from({ length: 200 }, (_, at) => log.append(numbered(at + 1)));
  expect(await Promise.all([first, ...rest])).toEqual(Array.from({ length: 201 }, (_, at) => at));
  expect(appends).toBe(2);
  await log.close();
});

test('an entry that nothing waits for is written with the next one, in its place', async () => {
  const files: Files = new Map();
  const log = await openLog({ storage: memoryStorage(files), key });
  const later = log.append(numbered(0), 'soon');
  await new Promise((resolve) => setImmediate(resolve));
  expect(await subjects(files)).toEqual([]);
  expect(await log.append(numbered(1))).toBe(1);
  expect(await later).toBe(0);
  expect(await subjects(files)).toEqual(['number 0', 'number 1']);
  await log.close();
});

test('an entry that nothing waits for is written within its time, when many wait, and when the log is closed', async () => {
  const files: Files = new Map();
  const log = await openLog({ storage: memoryStorage(files), key });
  expect(await log.append(numbered(0), 'soon')).toBe(0);
  const many = await Promise.all(Array.from({ length: 300 }, (_, at) => log.append(numbered(at + 1), 'soon')));
  expect(many.at(-1)).toBe(300);
  const last = log.append(numbered(301), 'soon');
  await log.close();
  expect(await last).toBe(301);
  expect(await subjects(files)).toHaveLength(302);
});

test('a log continues where it was closed, over full and partial tiles', async () => {
  const files: Files = new Map();
  let size = 0;
  for (const count of [1, 254, 1, 1, 600, 0, 300]) {
    const log = await openLog({ storage: memoryStorage(files), key, segmentBytes: 4096 });
    const indexes = await Promise.all(Array.from({ length: count }, (_, at) => log.append(numbered(size + at, 1))));
    expect(indexes.at(-1) ?? size - 1).toBe(size + count - 1);
    size += count;
    await log.close();
  }
  expect(await verifyLog(memoryReader(files), { publicKey })).toMatchObject({ ok: true, size, problems: [] });
  expect([...files.keys()].filter((path) => path.startsWith('journal/'))).toHaveLength(1);
});

test('a copy taken at any moment verifies, opens again, and has everything that was acknowledged', async () => {
  const acknowledged = { count: 0 };
  const copies: { readonly files: Files; readonly acknowledged: number }[] = [];
  const watch = (files: Files): void => {
    copies.push({ files: new Map(files), acknowledged: acknowledged.count });
  };
  const log = await openLog({ storage: memoryStorage(new Map(), watch), key, publishDelay: 1, segmentBytes: 20_000 });
  for (let at = 0; at < 325; at += 13) {
    await Promise.all(Array.from({ length: 13 }, (_, more) => log.append(numbered(at + more))));
    acknowledged.count = at + 13;
  }
  await log.close();
  expect(copies.length).toBeGreaterThan(100);
  for (const [at, copy] of copies.entries()) {
    if (copy.files.size > 0) {
      const report = await verifyLog(memoryReader(copy.files), { publicKey });
      expect(report).toMatchObject({ ok: true, problems: [] });
      expect(report.size).toBeGreaterThanOrEqual(copy.acknowledged);
    }
    if (at % 9 !== 0) continue;
    const again = await openLog({ storage: memoryStorage(copy.files), key });
    const { size } = again.checkpoint;
    expect(size).toBeGreaterThanOrEqual(copy.acknowledged);
    expect(await again.append(numbered(size))).toBe(size);
    await again.close();
    expect(await subjects(copy.files)).toEqual(Array.from({ length: size + 1 }, (_, number) => `number ${number}`));
    expect(await verifyLog(memoryReader(copy.files), { publicKey })).toMatchObject({ ok: true, size: size + 1 });
  }
});

test('a last record cut at any byte is dropped, and everything acknowledged before it is kept', async () => {
  const files: Files = new Map();
  const log = await openLog({ storage: memoryStorage(files), key, publishDelay: 60_000 });
  await Promise.all([log.append(numbered(0)), log.append(numbered(1))]);
  const kept = log.checkpoint.note;
  const path = 'journal/0000000000000000';
  const before = files.get(path)?.length ?? 0;
  await log.append(numbered(2));
  const whole = files.get(path) ?? new Uint8Array();
  for (let length = before; length < whole.length; length += 1) {
    const torn: Files = new Map([[path, whole.slice(0, length)]]);
    expect(await verifyLog(memoryReader(torn), { publicKey, keptCheckpoint: kept })).toMatchObject({
      ok: true,
      size: 2,
      unfinishedBytes: length - before,
    });
    const again = await openLog({ storage: memoryStorage(torn), key });
    expect(again.checkpoint.note).toBe(kept);
    expect(torn.get(path)?.length).toBe(before);
    expect(await again.append(numbered(2))).toBe(2);
    await again.close();
  }
  await log.close();
});

test('FAIL-CLOSED: after any write error the log takes no more entries', async () => {
  for (const failAt of [1, 2, 3]) {
    let calls = 0;
    const storage = memoryStorage();
    const failing: LogStorage = {
      ...storage,
      openAppend: async (path) => {
        const file = await storage.openAppend(path);
        return {
          ...file,
          append: async (bytes) => {
            calls += 1;
            if (calls === failAt) throw new Error('no space left');
            await file.append(bytes);
          },
        };
      },
    };
    const log = await openLog({ storage: failing, key });
    for (let number = 1; number < failAt; number += 1) await log.append(numbered(number));
    const refused = expect.objectContaining({ code: 'LOG_UNWRITABLE' });
    const group = [log.append(numbered(8)), log.append(numbered(9))];
    expect(await Promise.allSettled(group)).toEqual([
      { status: 'rejected', reason: refused },
      { status: 'rejected', reason: refused },
    ]);
    await expect(log.append(numbered(10))).rejects.toEqual(refused);
    await expect(log.publish()).rejects.toEqual(refused);
    expect(log.failure).toEqual(refused);
    expect(calls).toBe(failAt);
    await log.close();
  }
});

test('a tile that cannot be written makes the log unwritable, and loses nothing', async () => {
  const files: Files = new Map();
  const storage = memoryStorage(files);
  const failing: LogStorage = {
    ...storage,
    write: (written) =>
      written.some(({ path }) => path.startsWith('tile/'))
        ? Promise.reject(new Error('no space left'))
        : storage.write(written),
  };
  const log = await openLog({ storage: failing, key });
  await log.append(numbered(0));
  await expect(log.publish()).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  await expect(log.append(numbered(1))).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  await log.close();
  const again = await openLog({ storage, key });
  expect(again.checkpoint.size).toBe(1);
  await again.close();
});

test('a closed log rejects appends', async () => {
  const log = await openLog({ storage: memoryStorage(), key });
  const last = log.append(numbered(0));
  const closed = log.close();
  await expect(log.append(numbered(1))).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  expect(await last).toBe(0);
  await closed;
  await log.close();
});

test('FAIL-CLOSED: a log that is damaged or signed with another key is not appended to', async () => {
  const files: Files = new Map();
  const log = await openLog({ storage: memoryStorage(files), key, segmentBytes: 2000, publishDelay: 60_000 });
  for (let number = 0; number < 20; number += 1) await log.append(numbered(number));
  const journalOnly = new Map(files);
  await log.close();
  for (let number = 0; number < 5; number += 1) {
    const again = await openLog({ storage: memoryStorage(files), key, segmentBytes: 2000, publishDelay: 60_000 });
    await again.append(numbered(number));
    await again.close();
  }
  const refuses = async (change: (copy: Files) => void, of: Files = files): Promise<void> => {
    const copy = new Map(of);
    change(copy);
    await expect(openLog({ storage: memoryStorage(copy), key })).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
  };
  await expect(
    openLog({ storage: memoryStorage(files), key: generateLogKey('example.com/test') }),
  ).rejects.toMatchObject({
    code: 'LOG_DAMAGED',
  });
  const segments = [...journalOnly.keys()].sort();
  expect(segments.length).toBeGreaterThan(3);
  await refuses((copy) => copy.delete('checkpoint'));
  await refuses((copy) => copy.delete('tile/0/000.p/25'));
  await refuses((copy) => copy.delete('tile/entries/000.p/25'));
  await refuses((copy) => copy.set('tile/0/000.p/25', new Uint8Array(25 * 32)));
  await refuses((copy) => {
    for (const path of copy.keys()) if (path.startsWith('journal/')) copy.delete(path);
  });
  for (const path of segments.slice(0, -1)) {
    await refuses((copy) => copy.delete(path), journalOnly);
    await refuses((copy) => copy.set(path, (copy.get(path) ?? new Uint8Array()).slice(0, -1)), journalOnly);
  }
  for (let at = 0; at < 300; at += 7) {
    await refuses((copy) => {
      const bytes = Uint8Array.from(copy.get(segments[1] ?? '') ?? []);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      copy.set(segments[1] ?? '', bytes);
    }, journalOnly);
  }
});

test('the checkpoint is the newest durable one', async () => {
  const files: Files = new Map();
  const log = await openLog({ storage: memoryStorage(files), key });
  expect(log.checkpoint.size).toBe(0);
  await Promise.all([log.append(numbered(0)), log.append(numbered(1)), log.append(numbered(2))]);
  expect(readCheckpoint(log.checkpoint.note)).toMatchObject({ origin: 'example.com/test', size: 3 });
  await log.publish();
  expect(Buffer.from(files.get('checkpoint') ?? []).toString()).toBe(log.checkpoint.note);
  await log.close();
});
