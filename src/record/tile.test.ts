import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signCheckpoint } from './checkpoint.js';
import { type Files, memoryReader, memoryStorage } from './log.case.js';
import { Frontier, leafHash } from './merkle.js';
import { generateLogKey, noteSigner } from './note.js';
import { checkConsistency, checkInclusion, proveConsistency, proveInclusion, treeHash } from './proof.js';
import { decodeBundle, encodeBundle, parseTilePath, rightEdge, tilePath } from './tile.js';
import { tileNodes } from './tile-reader.js';
import { TileWriter } from './tile-writer.js';
import { verifyLog } from './verify.js';

test('paths are those of the specification', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
  expect(tilePath({ level: 'entries', index: 0, width: 1 })).toBe('tile/entries/000.p/1');
  const level = fc.oneof(fc.constant('entries' as const), fc.nat(63));
  fc.assert(
    fc.property(level, fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (at, index, width) => {
      const tile = { level: at, index, width };
      expect(parseTilePath(tilePath(tile))).toEqual(tile);
    }),
  );
  for (const path of [
    'tile/00/000',
    'tile/64/000',
    'tile/0/0',
    'tile/0/x000/001',
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'x',
    '',
  ]) {
    expect(parseTilePath(path)).toBeUndefined();
  }
});

test('a tree of 70,000 has the right edge that the specification gives as its example', () => {
  expect(rightEdge(70_000)).toEqual([
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ]);
  expect(rightEdge(256)).toEqual([
    { level: 0, index: 1, width: 0 },
    { level: 1, index: 0, width: 1 },
  ]);
  expect(rightEdge(0)).toEqual([]);
});

test('bundles give back their entries, and garbage is never mistaken for a whole one', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (entries) => {
      const bytes = encodeBundle(entries);
      const decoded = decodeBundle(bytes);
      expect(decoded.whole).toBe(true);
      expect(decoded.entries.map((entry) => [...entry])).toEqual(entries.map((entry) => [...entry]));
      if (bytes.length > 0) expect(decodeBundle(bytes.subarray(0, -1)).whole).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (garbage) => {
      const { entries, whole } = decodeBundle(garbage);
      if (whole) expect([...encodeBundle(entries)]).toEqual([...garbage]);
    }),
  );
});

test('tiles of three levels are continued, verify, and give proofs', async () => {
  const files: Files = new Map();
  const key = generateLogKey('example.com/test');
  const frontier = new Frontier();
  const sizes = [1, 255, 256, 257, 65_535, 65_536, 65_857];
  const roots = new Map<number, Uint8Array>();
  for (const size of sizes) {
    const writer = await TileWriter.open(memoryStorage(files), frontier.size);
    expect(Buffer.from(writer.frontier().root())).toEqual(Buffer.from(frontier.root()));
    const entries = Array.from({ length: size - frontier.size }, (_, at) => Buffer.from(`${frontier.size + at}`));
    for (const data of entries) frontier.push(leafHash(data));
    await writer.add(entries.map((data) => ({ data, hash: leafHash(data) })));
    await writer.finish(signCheckpoint(noteSigner(key.signingKey), size, frontier.root()));
    roots.set(size, frontier.root());
  }
  // 65,857 = 257 * 256 + 65. The partial files of full tiles are gone.
  const partials = [...files.keys()].filter((path) => path.includes('.p/')).sort();
  expect(partials).toEqual(['tile/0/257.p/65', 'tile/1/001.p/1', 'tile/2/000.p/1', 'tile/entries/257.p/65']);
  expect(await verifyLog(memoryReader(files), { publicKey: key.publicKey })).toMatchObject({
    ok: true,
    size: 65_857,
    problems: [],
  });

  const size = 65_857;
  const root = roots.get(size) ?? new Uint8Array();
  const read = tileNodes(memoryReader(files), size);
  expect(Buffer.from(await treeHash(size, read))).toEqual(Buffer.from(root));
  for (const index of [0, 255, 256, 65_535, 65_536, 65_856]) {
    checkInclusion(await proveInclusion(index, size, read), index, leafHash(Buffer.from(`${index}`)), size, root);
  }
  for (const [old, oldRoot] of roots)
    checkConsistency(await proveConsistency(old, size, read), old, oldRoot, size, root);
  files.delete('tile/0/000');
  await expect(proveInclusion(0, size, read)).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
});
