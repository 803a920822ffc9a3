/**
 * The server's side of SCRAM-SHA-256. The client's proof is tried against the keys of every candidate, which tells whose
 * password it knows: the user name plays no part.
 */
import { SCRAM_ITERATIONS, SCRAM_SALT, type ScramKeys } from '#action/credential';
import { equalBytes } from '#base/bytes';
import { decodeUtf8 } from './body-reader.js';
import { attributes, fromBase64, hash, hmac, scramFailed, xor } from './scram.js';

export interface ClientFirst {
  /** `n,,` or `y,,`: must come back, in base64, in the client's final message. */
  readonly header: string;
  /** client-first-message-bare */
  readonly bare: string;
  readonly nonce: string;
}

/** @throws PostgresWireError `SCRAM_FAILED` */
export function readClientFirst(data: Uint8Array): ClientFirst {
  const message = decodeUtf8(data);
  const match = /^([^,]*),([^,]*),(.*)$/s.exec(message);
  const [, binding, identity, bare] = match ?? [];
  if (binding === undefined || identity === undefined || bare === undefined) throw scramFailed('no SCRAM message');
  // `p=...`: channel binding, which only SCRAM-SHA-256-PLUS may ask for, and that is not offered.
  if (binding !== 'n' && binding !== 'y') throw scramFailed('channel binding was not offered');
  if (identity !== '') throw scramFailed('an authorization identity is not supported');
  const [user, nonce] = attributes(bare);
  // `m=` comes first when a client demands an extension (RFC 5802, 5.1): there is none.
  if (user?.[0] !== 'n' || nonce?.[0] !== 'r') throw scramFailed('the first SCRAM message lacks user or nonce');
  if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(nonce[1])) throw scramFailed('the nonce has characters that RFC 5802 forbids');
  return { header: `${binding},,`, bare, nonce: nonce[1] };
}

/** server-first-message. `serverNonce` must be fresh, printable and without a comma. */
export function serverFirst(
  client: ClientFirst,
  serverNonce: string,
  salt: Uint8Array = SCRAM_SALT,
  iterations = SCRAM_ITERATIONS,
): string {
  return `r=${client.nonce}${serverNonce},s=${Buffer.from(salt).toString('base64')},i=${iterations}`;
}

/** A candidate that the client proved to know, and the message that proves in turn that we know it too. */
export interface Recognised<T> {
  readonly candidate: T;
  /** server-final-message */
  readonly serverFinal: string;
}

/**
 * Which candidate's password the client knows; undefined for none.
 *
 * @throws PostgresWireError `SCRAM_FAILED` when the message is not the second half of this exchange.
 */
export function recognise<T extends { readonly scram: ScramKeys }>(
  exchange: { readonly clientFirst: ClientFirst; readonly serverFirst: string; readonly clientFinal: Uint8Array },
  candidates: Iterable<T>,
): Recognised<T> | undefined {
  const { clientFirst, serverFirst: first } = exchange;
  const message = decodeUtf8(exchange.clientFinal);
  const end = message.lastIndexOf(',p=');
  if (end === -1) throw scramFailed('the last SCRAM message lacks its proof');
  const withoutProof = message.slice(0, end);
  const proof = fromBase64(message.slice(end + 3));
  const [binding, nonce] = attributes(withoutProof);
  if (binding?.[0] !== 'c' || fromBase64(binding[1]).toString() !== clientFirst.header) {
    throw scramFailed('the channel binding changed during the exchange');
  }
  if (nonce?.[0] !== 'r' || `r=${nonce[1]}` !== first.slice(0, first.indexOf(','))) {
    throw scramFailed('the nonce changed during the exchange');
  }
  if (proof.length !== 32) throw scramFailed('the proof does not have 32 bytes');

  const authMessage = `${clientFirst.bare},${first},${withoutProof}`;
  for (const candidate of candidates) {
    const { storedKey, serverKey } = candidate.scram;
    const clientKey = xor(proof, hmac(storedKey, authMessage));
    if (equalBytes(hash(clientKey), storedKey)) {
      return { candidate, serverFinal: `v=${hmac(serverKey, authMessage).toString('base64')}` };
    }
  }
  return undefined;
}
