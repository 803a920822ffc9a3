import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 (FIPS 180-4) of bytes, or of the UTF-8 form of a text. */
export function sha256(data: Uint8Array | string): Buffer {
  return createHash('sha256').update(data).digest();
}

/** `sha256:` and 64 lower-case hexadecimal digits: the one way in which digests are written. */
export function digestText(data: Uint8Array | string): string {
  return `sha256:${sha256(data).toString('hex')}`;
}

/** Compares in a time that does not depend on where the difference is. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
