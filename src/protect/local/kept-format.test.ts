import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtectError } from '../errors.js';
import { decodeKept, encodeKept, type Kept } from './kept-format.js';

async function* split(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

const name = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))).toString('latin1'))
  .filter((text) => text !== '..' && text !== '.');
const path = fc.array(name, { maxLength: 4 }).map((names) => names.join('/'));
const time = fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }).map(String);
const metadata = { mode: fc.nat(0o7777), uid: fc.nat(), gid: fc.nat(), mtime: time };
const sha256 = fc.constant(`sha256:${'0a'.repeat(32)}`);
const node = fc.oneof(
  fc.constantFrom({ type: 'absent' as const }, { type: 'left' as const }),
  fc.record({ type: fc.constant('folder' as const), ...metadata }),
  fc.record({ type: fc.constant('link' as const), ...metadata, target: name }),
  fc.record({
    type: fc.constant('file' as const),
    ...metadata,
    size: fc.nat(),
    ctime: time,
    dev: fc.nat().map(String),
    ino: fc.nat().map(String),
    links: fc.nat(9),
    content: fc.oneof(
      fc.record({ in: fc.constant('part' as const), offset: fc.nat(), sha256 }),
      fc.record({ in: fc.constant('file' as const), name: fc.nat(99).map((n) => `f-${n}`) }),
      fc.record({ in: fc.constant('git' as const), repository: fc.nat(3), oid: fc.constant('ab'.repeat(20)) }),
    ),
  }),
);
const kept: fc.Arbitrary<Kept> = fc.record({
  takenAt: fc.nat(),
  repositories: fc.array(
    fc.record({
      gitFolder: path,
      state: path,
      ref: fc.nat(99).map((n) => `refs/firebreak/S-${n}-abc`),
      format: fc.constantFrom('sha1' as const, 'sha256' as const),
    }),
    { maxLength: 2 },
  ),
  scopes: fc.array(
    fc.record({
      base: path,
      name,
      rule: fc.constantFrom('tree' as const, 'placed' as const, 'entries' as const, 'state' as const),
      baseTime: time,
      entries: fc.array(fc.record({ path, node }), { maxLength: 4 }),
    }),
    { maxLength: 3 },
  ),
});

test('what is written is read again, whatever the bytes of its names and however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(kept, fc.array(fc.nat(200), { maxLength: 5 }), async (value, sizes) => {
      const bytes = Buffer.concat([...encodeKept(value)]);
      expect(await decodeKept(split(bytes, sizes))).toEqual(value);
    }),
  );
});

test('anything else is said to be damaged', async () => {
  await fc.assert(
    fc.asyncProperty(kept, fc.nat(), fc.nat(255), async (value, at, byte) => {
      const bytes = Buffer.concat([...encodeKept(value)]);
      bytes[at % bytes.length] = byte;
      await decodeKept(split(bytes, [])).catch((error: unknown) => expect(error).toBeInstanceOf(ProtectError));
    }),
  );
});

test.each([
  ['a path that leads out', '{"path":"../x","node":{"type":"absent"}}'],
  [
    'a copy outside of its folder',
    '{"path":"x","node":{"type":"file","mode":1,"uid":0,"gid":0,"mtime":"0","size":0,"ctime":"0","dev":"0","ino":"0","links":0,"content":{"in":"file","name":"../../vault"}}}',
  ],
  ['an entry of an unknown kind', '{"path":"x","node":{"type":"device"}}'],
])('%s is refused', async (_, line) => {
  const head = '{"takenAt":1,"repositories":[]}\n{"scope":{"base":"/a","name":"b","rule":"tree","baseTime":"0"}}\n';
  await expect(decodeKept(split(Buffer.from(head + line), []))).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
});
