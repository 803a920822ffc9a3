import { randomBytes } from 'node:crypto';
import { Decrypter, Encrypter } from 'age-encryption';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, newSnapshotKey } from '../../test/support/snapshot-rig.js';
import { decryptAge, encryptAge } from './age-stream.js';

const CHUNK = 64 * 1024;
const key = await newSnapshotKey();

async function* split(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const encrypted = (plain: Uint8Array, size = 10_000) => bytesOf(encryptAge(key.recipient, split(plain, size)));
const decrypted = (file: Uint8Array, size = 10_000) => bytesOf(decryptAge(key.identity, split(file, size)));

const lengths = fc.oneof(
  fc.constantFrom(0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1),
  fc.nat({ max: 200_000 }),
);

test('what is encrypted here is an age file that the library opens, and the other way round, however it is split', async () => {
  await fc.assert(
    fc.asyncProperty(lengths, fc.integer({ min: 1, max: 100_000 }), async (length, size) => {
      const plain = randomBytes(length);
      const decrypter = new Decrypter();
      decrypter.addIdentity(key.identity.reveal());
      const encrypter = new Encrypter();
      encrypter.addRecipient(key.recipient);
      const step = Math.max(size, Math.ceil(length / 500));
      expect(plain.equals(await decrypter.decrypt(await encrypted(plain, step)))).toBe(true);
      expect(plain.equals(await decrypted(await encrypter.encrypt(plain), step))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a byte that was changed, cut off or added anywhere is an error, never other bytes', async () => {
  const plain = randomBytes(CHUNK * 2 + 1000);
  const file = await encrypted(plain);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.nat({ max: 260 }), fc.nat({ max: file.length - 1 })),
      fc.constantFrom('flip', 'cut', 'add'),
      async (at, how) => {
        const other = Buffer.from(how === 'add' ? Buffer.concat([file, randomBytes(1 + (at % 70_000))]) : file);
        if (how === 'flip') other[at] = (other[at] ?? 0) ^ (1 << (at % 8));
        await expect(decrypted(how === 'cut' ? other.subarray(0, at) : other)).rejects.toThrow();
      },
    ),
    { numRuns: 150 },
  );
});

test('a file that was cut between two chunks is an error', async () => {
  const file = await encrypted(randomBytes(CHUNK * 2));
  await expect(decrypted(file.subarray(0, file.length - CHUNK - 16))).rejects.toThrow();
});

test('another key opens nothing', async () => {
  const other = await newSnapshotKey();
  const file = await encrypted(Buffer.from('rows'));
  await expect(bytesOf(decryptAge(other.identity, split(file, 100)))).rejects.toThrow(/no identity matched/);
});
