import { randomBytes } from 'node:crypto';

/** Randomness as a dependency, so that a test can repeat a run. */
export interface Ids {
  /** A fresh identifier, `<prefix>_` and 26 lower-case base-32 characters (128 bits). */
  next(prefix: string): string;
}

// Crockford's alphabet: no i, l, o, u, so that an identifier can be read aloud.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** `length` characters, each with five random bits. */
export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte & 31]).join('');
}

export const systemIds: Ids = { next: (prefix) => `${prefix}_${randomText(26)}` };
