// Over 300 lines: every way of tampering is tried on the same two logs, which are made once.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { signCheckpoint } from './checkpoint.js';
import { exportLog } from './export.js';
import { encodeFrame, encodeSegmentStart, FRAME_CHECKPOINT, FRAME_ENTRY, segmentPath } from './journal.js';
import { type Files, memoryReader, memoryStorage, numbered } from './log.case.js';
import { openLog } from './log.js';
import { Frontier, leafHash } from './merkle.js';
import { generateLogKey, noteSigner } from './note.js';
import { readEntries } from './read-entries.js';
import { decodeBundle, encodeBundle, encodeTile } from './tile.js';
import { verifyLog } from './verify.js';
import type { VerifyReport } from './verify-report.js';

const key = generateLogKey('example.com/test');
const { publicKey } = key;
const SIZE = 600;
const PUBLISHED = 560;

/** 560 entries in tiles, of which the journal repeats some, and 40 more in the journal only. */
const live: Files = new Map();
const exported: Files = new Map();
let kept = '';

beforeAll(async () => {
  const log = await openLog({ storage: memoryStorage(live), key, segmentBytes: 30_000, publishDelay: 60_000 });
  for (let number = 0; number < PUBLISHED; number += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, at) => log.append(numbered(number + at))));
    if (number === 300) kept = log.checkpoint.note;
  }
  kept = log.checkpoint.note;
  await log.publish();
  for (let number = PUBLISHED; number < SIZE; number += 4) {
    await Promise.all(Array.from({ length: 4 }, (_, at) => log.append(numbered(number + at))));
  }
  await exportLog(memoryReader(live), memoryStorage(exported), publicKey);
});

function verify(files: Files, keptCheckpoint?: string): Promise<VerifyReport> {
  return verifyLog(memoryReader(files), { publicKey, keptCheckpoint });
}

test('a log and its export verify, and give the same checkpoint', async () => {
  expect([...live.keys()].filter((path) => path.startsWith('journal/')).length).toBeGreaterThan(1);
  const reports = [await verify(live, kept), await verify(exported, kept)];
  for (const report of reports)
    expect(report).toMatchObject({ ok: true, size: SIZE, firstBad: undefined, problems: [] });
  expect(reports[0]?.checkpoint).toBe(reports[1]?.checkpoint);
  expect(reports[0]?.checkpoint).toContain(`\n${SIZE}\n`);
});

test('any altered byte of any file is detected', async () => {
  for (const files of [live, exported]) {
    const paths = [...files.keys()];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (path, seed, mask) => {
          const report = await verify(altered(files, path, seed, mask));
          expect(report.ok).toBe(false);
          expect(report.problems.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 100 },
    );
  }
});

test('any removed, emptied or cut file is detected', async () => {
  for (const path of exported.keys()) {
    // The journal of an export says nothing that its checkpoint does not.
    if (!path.startsWith('journal/')) expect(await verify(without(exported, path))).toMatchObject({ ok: false });
    expect(await verify(replaced(exported, path, new Uint8Array()))).toMatchObject({ ok: false });
    const bytes = exported.get(path) ?? new Uint8Array();
    if (!path.startsWith('journal/'))
      expect(await verify(replaced(exported, path, bytes.slice(0, -1)))).toMatchObject({ ok: false });
    expect(await verify(replaced(exported, path, Buffer.concat([bytes, Buffer.from('more')])))).toMatchObject({
      ...(path.startsWith('journal/') ? { unfinishedBytes: 4 } : { ok: false }),
    });
  }
});

test('an edited entry is named, wherever it stands', async () => {
  const everywhere = fc.constantFrom('bundle', 'journal');
  await fc.assert(
    fc.asyncProperty(everywhere, fc.nat(SIZE - 1), fc.nat(), async (where, index, seed) => {
      const files = where === 'bundle' ? editedInBundle(exported, index, seed) : editedInJournal(live, index, seed);
      if (files === undefined) return;
      const report = await verify(files);
      expect(report.firstBad).toMatchObject({ first: index, last: index });
    }),
    { numRuns: 60 },
  );
});

test('of several bad entries the first is named', async () => {
  const two = editedInBundle(editedInBundle(exported, 590, 1) ?? new Map(), 13, 1) ?? new Map();
  expect((await verify(two)).firstBad).toMatchObject({ first: 13, last: 13 });
});

test('a removed, an added and two exchanged entries are named', async () => {
  const change = (act: (entries: Uint8Array[]) => void): Files => {
    const path = 'tile/entries/001';
    const entries = [...decodeBundle(exported.get(path) ?? new Uint8Array()).entries];
    act(entries);
    return replaced(exported, path, encodeBundle(entries));
  };
  const removed = await verify(change((entries) => entries.splice(44, 1)));
  expect(removed.firstBad).toMatchObject({ first: 300, last: 300 });
  const added = await verify(change((entries) => entries.splice(44, 0, Buffer.from('{}'))));
  expect(added.firstBad).toMatchObject({ first: 300, last: 300 });
  const exchanged = await verify(
    change((entries) => {
      const [a, b] = [entries[44], entries[50]];
      if (a !== undefined && b !== undefined) [entries[44], entries[50]] = [b, a];
    }),
  );
  expect(exchanged.firstBad).toMatchObject({ first: 300, last: 300 });
});

test('an entry that was changed together with its tile is found in the tile above', async () => {
  const path = 'tile/entries/000';
  const entries = [...decodeBundle(exported.get(path) ?? new Uint8Array()).entries];
  entries[7] = Buffer.from('{"forged":true}');
  const forged = replaced(exported, path, encodeBundle(entries));
  forged.set('tile/0/000', encodeTile(entries.map(leafHash)));
  expect((await verify(forged)).firstBad).toMatchObject({ first: 0, last: 255 });
  // And when the tile above was changed, too, in the signed root.
  const roots = [0, 256].map((from) => {
    const frontier = new Frontier();
    const bundle = decodeBundle(forged.get(`tile/entries/00${from / 256}`) ?? new Uint8Array()).entries;
    for (const entry of bundle) frontier.push(leafHash(entry));
    return frontier.root();
  });
  forged.set('tile/1/000.p/2', encodeTile(roots));
  expect((await verify(forged)).firstBad).toMatchObject({ first: 0, last: SIZE - 1 });
});

test('an end that was cut off is detected against a kept checkpoint, and named', async () => {
  const old: Files = new Map();
  const log = await openLog({ storage: memoryStorage(old), key });
  for await (const { index } of readEntries(memoryReader(live), 0, 500)) await log.append(numbered(index));
  await log.close();
  expect(await verify(old)).toMatchObject({ ok: true, size: 500 });
  const report = await verify(old, kept);
  expect(report).toMatchObject({ ok: false, firstBad: { first: 500, last: PUBLISHED - 1 } });
  expect(report.firstBad?.reason).toContain('cut off');
});

test('whole segments cut off the journal are detected, since tiles or the checkpoint say more', async () => {
  const files = new Map(live);
  for (const path of live.keys()) if (path.startsWith('journal/')) files.delete(path);
  // What is in tiles is whole; the rest is known to be missing only to whoever kept a checkpoint.
  expect(await verify(files)).toMatchObject({ ok: true, size: PUBLISHED });
  const newest = (await verify(live)).checkpoint ?? '';
  expect(await verify(files, newest)).toMatchObject({ ok: false, firstBad: { first: PUBLISHED, last: SIZE - 1 } });
  files.delete('checkpoint');
  expect(await verify(files)).toMatchObject({ ok: false });
  // An old checkpoint with newer tiles beside it.
  const rolledBack = new Map(exported);
  const early = await openLog({ storage: memoryStorage(new Map()), key });
  for (let number = 0; number < 100; number += 1) await early.append(numbered(number));
  rolledBack.set('checkpoint', Buffer.from(early.checkpoint.note));
  rolledBack.delete(segmentPath(SIZE));
  await early.close();
  expect(await verify(rolledBack)).toMatchObject({ ok: false, firstBad: { first: 100 } });
});

test('a history that was written anew with the right key is detected against a kept checkpoint', async () => {
  const files: Files = new Map();
  const log = await openLog({ storage: memoryStorage(files), key });
  await Promise.all(Array.from({ length: SIZE }, (_, at) => log.append(numbered(at === 20 ? 1_000_000 : at))));
  await log.close();
  expect(await verify(files)).toMatchObject({ ok: true, size: SIZE });
  const report = await verify(files, kept);
  expect(report).toMatchObject({ ok: false, firstBad: { first: 0, last: PUBLISHED - 1 } });
  const later = await verify(files, 'garbage');
  expect(later).toMatchObject({ ok: false, firstBad: undefined });
});

test('a journal whose frames were forged is detected by its checkpoints', async () => {
  const other = generateLogKey('example.com/test');
  const entry = Buffer.from('{}');
  const root = leafHash(entry);
  const forge = (signer: ReturnType<typeof noteSigner>, size: number): Files => {
    const start = signCheckpoint(noteSigner(key.signingKey), 0, new Frontier().root()).note;
    const end = signCheckpoint(signer, size, root).note;
    const frames = [...encodeFrame(FRAME_ENTRY, entry), ...encodeFrame(FRAME_CHECKPOINT, Buffer.from(end))];
    return new Map([[segmentPath(0), Buffer.concat([encodeSegmentStart(start), ...frames])]]);
  };
  expect(await verify(forge(noteSigner(key.signingKey), 1))).toMatchObject({ ok: true, size: 1 });
  expect(await verify(forge(noteSigner(key.signingKey), 2))).toMatchObject({
    ok: false,
    firstBad: { first: 0, last: 0 },
  });
  expect(await verify(forge(noteSigner(other.signingKey), 1))).toMatchObject({
    ok: false,
    firstBad: { first: 0, last: 0 },
  });
});

test('garbage, an empty folder, a wrong key and files that cannot be read are reported, not thrown', async () => {
  expect(await verify(new Map())).toMatchObject({ ok: false, size: 0 });
  expect(await verifyLog(memoryReader(live), { publicKey: 'nonsense' })).toMatchObject({ ok: false });
  const wrong = await verifyLog(memoryReader(live), { publicKey: generateLogKey('example.com/test').publicKey });
  expect(wrong).toMatchObject({ ok: false, checkpoint: undefined });
  const failing = { list: memoryReader(live).list, read: () => Promise.reject(new Error('input/output error')) };
  expect(await verifyLog(failing, { publicKey })).toMatchObject({ ok: false });
  const paths = [
    'checkpoint',
    'journal/0000000000000000',
    'tile/0/000',
    'tile/entries/000.p/3',
    'tile/0/../x',
    'journal/x',
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(fc.constantFrom(...paths), fc.uint8Array()), {
        minLength: 1,
        selector: ([path]) => path,
      }),
      async (files) => {
        expect(await verify(new Map(files))).toMatchObject({ ok: false });
        const mixed = new Map([...exported, ...files]);
        expect(await verify(mixed)).toMatchObject({ ok: false });
      },
    ),
    { numRuns: 30 },
  );
});

test('a damaged log is not exported', async () => {
  const damaged = editedInBundle(exported, 100, 1) ?? new Map();
  const target: Files = new Map();
  await expect(exportLog(memoryReader(damaged), memoryStorage(target), publicKey)).rejects.toMatchObject({
    code: 'LOG_DAMAGED',
  });
  expect(target.has('checkpoint')).toBe(false);
  await expect(exportLog(memoryReader(live), memoryStorage(exported), publicKey)).rejects.toMatchObject({
    code: 'EXPORT_TARGET_NOT_EMPTY',
  });
});

test('a log can be exported, verified and read while it is appended to', async () => {
  const files: Files = new Map();
  const log = await openLog({ storage: memoryStorage(files), key, publishDelay: 1, segmentBytes: 20_000 });
  let open = true;
  const writing = (async () => {
    for (let number = 0; open; number += 3) {
      await Promise.all([0, 1, 2].map((more) => log.append(numbered(number + more))));
      // The storage in memory never lets timers have their turn.
      await setImmediate();
    }
  })();
  for (let round = 0; round < 12; round += 1) {
    const acknowledged = log.checkpoint.size;
    const copy: Files = new Map();
    const head = await exportLog(memoryReader(files), memoryStorage(copy), publicKey);
    expect(head.size).toBeGreaterThanOrEqual(acknowledged);
    expect(await verify(copy, head.note)).toMatchObject({ ok: true, size: head.size, problems: [] });
    expect(await verify(files, head.note)).toMatchObject({ ok: true, problems: [] });
    const again = await openLog({ storage: memoryStorage(copy), key });
    expect(again.checkpoint.size).toBe(head.size);
    await again.close();
  }
  open = false;
  await writing;
  await log.close();
});

test('entries are read from any index to any other', async () => {
  for (const files of [live, exported]) {
    for (const [from, to] of [
      [0, 3],
      [250, 260],
      [555, 570],
      [598, 600],
      [600, 600],
    ] as const) {
      const found: number[] = [];
      for await (const { index, data } of readEntries(memoryReader(files), from, to)) {
        expect(JSON.parse(Buffer.from(data).toString()).unmapped.firebreak.subject).toBe(`number ${index}`);
        found.push(index);
      }
      expect(found).toEqual(Array.from({ length: to - from }, (_, at) => from + at));
    }
    await expect(readEntries(memoryReader(files), 0, 601).next()).rejects.toMatchObject({ code: 'ENTRY_OUT_OF_RANGE' });
  }
});

function replaced(files: Files, path: string, bytes: Uint8Array): Files {
  return new Map(files).set(path, bytes);
}

function without(files: Files, path: string): Files {
  const copy = new Map(files);
  copy.delete(path);
  return copy;
}

function altered(files: Files, path: string, seed: number, mask: number): Files {
  const bytes = Uint8Array.from(files.get(path) ?? []);
  const at = seed % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  return replaced(files, path, bytes);
}

/** One byte of an entry in its bundle. */
function editedInBundle(files: Files, index: number, seed: number): Files | undefined {
  const bundleIndex = Math.floor(index / 256);
  const path = [...files.keys()].find((each) => each.startsWith(`tile/entries/00${bundleIndex}`));
  const entries = [...decodeBundle(files.get(path ?? '') ?? new Uint8Array()).entries];
  const entry = Uint8Array.from(entries[index % 256] ?? []);
  if (path === undefined || entry.length === 0) return undefined;
  entry[seed % entry.length] = (entry[seed % entry.length] ?? 0) ^ 1;
  entries[index % 256] = entry;
  return replaced(files, path, encodeBundle(entries));
}

/** One byte of an entry in the journal, where the journal still has it. */
function editedInJournal(files: Files, index: number, seed: number): Files | undefined {
  for (const [path, bytes] of files) {
    if (!path.startsWith('journal/')) continue;
    const at = Buffer.from(bytes).indexOf(`"subject":"number ${index}"`);
    if (at >= 0) return altered(files, path, at + 11 + (seed % 6), 1);
  }
  return undefined;
}
