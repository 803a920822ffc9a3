import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtectError } from '../../errors.js';
import { decodeRow, decodeRows, encodeRow } from './copy-text.js';

const value = fc.option(
  fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('\\', 'N', '\t', '\n', '\r', '\b', '.') })),
);
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) => fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { maxLength: 20 }));

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('any rows come back from any split of the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 50 }), async (rows, size) => {
      const bytes = Buffer.from(rows.map(encodeRow).join(''));
      const columns = rows[0]?.length ?? 1;
      const back = [];
      for await (const batch of decodeRows(chunks(bytes, size), columns, { most: 3 })) back.push(...batch);
      expect(back).toEqual(rows);
    }),
  );
});

test('the bytes are those of the COPY text format', () => {
  expect(encodeRow(['a\tb', null, '', '\\N', 'ü\n'])).toBe('a\\tb\t\\N\t\t\\\\N\tü\\n\n');
});

test('any bytes either are rows or a damaged snapshot', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      try {
        for await (const batch of decodeRows(chunks(bytes, 7), 2)) expect(batch.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtectError);
      }
    }),
  );
});

test('an unknown escape, a row that is cut off, and one with too many values are damage', async () => {
  const read = async (text: string) => {
    for await (const batch of decodeRows(chunks(Buffer.from(text), 5), 1)) expect(batch).toBeDefined();
  };
  expect(() => decodeRow('a\\x')).toThrow('escape');
  await expect(read('a\nb')).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED', message: 'its last row is cut off' });
  await expect(read('a\tb\n')).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
});
