import { expect, test } from 'vitest';
import { digestText, equalBytes, sha256 } from './bytes.js';

// FIPS 180-4's own example (NIST, "SHA-256", one block).
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('SHA-256 of a text is that of its UTF-8 bytes', () => {
  expect(sha256('abc').toString('hex')).toBe(ABC);
  expect(digestText(Buffer.from('abc'))).toBe(`sha256:${ABC}`);
  expect(digestText('é')).toBe(digestText(new Uint8Array([0xc3, 0xa9])));
});

test('bytes are equal when all of them are, whatever their length', () => {
  const bytes = (...all: number[]) => new Uint8Array(all);
  expect(equalBytes(bytes(1, 2), bytes(1, 2))).toBe(true);
  expect(equalBytes(bytes(), bytes())).toBe(true);
  for (const other of [bytes(1), bytes(1, 3), bytes(1, 2, 3), bytes()])
    expect(equalBytes(bytes(1, 2), other)).toBe(false);
});
