import { randomFillSync } from 'node:crypto';

/** Randomness as a dependency, so that a test can repeat a run. */
export interface Ids {
  /** A fresh identifier, `<prefix>_` and 26 lower-case base-32 characters (128 bits). */
  next(prefix: string): string;
}

// Crockford's alphabet: no i, l, o, u, so that an identifier can be read aloud.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** `length` characters, each with five random bits. */
export function randomText(length: number): string {
  let text = '';
  for (let at = 0; at < length; at += 1) text += ALPHABET[nextByte() & 31];
  return text;
}

// Random bytes are fetched many at a time, for fetching costs more than they do. None is used twice.
const pool = Buffer.alloc(4_096);
let used = pool.length;

function nextByte(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const byte = pool.readUInt8(used);
  pool.writeUInt8(0, used); // Nobody who reads this memory later learns an identifier from it.
  used += 1;
  return byte;
}

export const systemIds: Ids = { next: (prefix) => `${prefix}_${randomText(26)}` };
