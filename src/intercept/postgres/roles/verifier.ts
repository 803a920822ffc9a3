/** What the server keeps of a password, computed here, so that the password itself is in no statement and no log. */
import { hmac, scramKeys } from '#wire/postgres/scram';

/** As PostgreSQL's own (scram-common.h, SCRAM_SHA_256_DEFAULT_ITERATIONS). */
const ITERATIONS = 4096;

/**
 * `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (documentation, "pg_authid"). The salt follows from the
 * password, so that the same password gives the same text each time; that gives nothing away of a random one of 128 bits or
 * more, and only such passwords may be given.
 */
export function scramVerifier(password: string, role: string): string {
  const salt = hmac(Buffer.from(password), `firebreak role ${role}`).subarray(0, 16);
  const { storedKey, serverKey } = scramKeys(password, salt, ITERATIONS);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
}
