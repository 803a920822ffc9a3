/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677): the keys and the formulas both sides share. The names are those of RFC 5802,
 * section 3. Pure: nonces are passed in.
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { SCRAM_ITERATIONS, SCRAM_SALT, type ScramKeys } from '#action/credential';
import { PostgresWireError } from './errors.js';
import { saslPrepare } from './saslprep.js';

export const SCRAM_SHA_256 = 'SCRAM-SHA-256';

/** SaltedPassword := Hi(Normalize(password), salt, i) */
export function saltedPassword(password: string, salt: Uint8Array, iterations: number): Buffer {
  return pbkdf2Sync(saslPrepare(password), salt, iterations, 32, 'sha256');
}

/**
 * What a server keeps of a password. Without salt and count: those of placeholders.
 *
 * @example scramKeys('fbk_staging_...').storedKey
 */
export function scramKeys(password: string, salt: Uint8Array = SCRAM_SALT, iterations = SCRAM_ITERATIONS): ScramKeys {
  const salted = saltedPassword(password, salt, iterations);
  return { storedKey: hash(clientKeyOf(salted)), serverKey: serverKeyOf(salted) };
}

/** ClientKey := HMAC(SaltedPassword, "Client Key") */
export function clientKeyOf(salted: Uint8Array): Buffer {
  return hmac(salted, 'Client Key');
}

/** ServerKey := HMAC(SaltedPassword, "Server Key") */
export function serverKeyOf(salted: Uint8Array): Buffer {
  return hmac(salted, 'Server Key');
}

export function hmac(key: Uint8Array, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

export function hash(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** ClientProof := ClientKey XOR ClientSignature, and back. Both have 32 bytes. */
export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
}

/** The attributes of a SCRAM message in order: `r=...,s=...`. */
export function attributes(message: string): (readonly [name: string, value: string])[] {
  return message.split(',').map((part) => {
    if (!/^[A-Za-z]=/.test(part)) throw scramFailed('a SCRAM message has something that is not an attribute');
    return [part.slice(0, 1), part.slice(2)] as const;
  });
}

export function fromBase64(value: string): Buffer {
  const bytes = Buffer.from(value, 'base64');
  // Buffer skips what is not base64: only what it writes back the same way is.
  if (bytes.toString('base64') !== value) throw scramFailed('a SCRAM attribute is not base64');
  return bytes;
}

export function scramFailed(message: string): PostgresWireError {
  return new PostgresWireError('SCRAM_FAILED', message);
}
