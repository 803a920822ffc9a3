/** The client's side of SCRAM-SHA-256, without channel binding (`n`): it cannot pass through a gateway. */
import { equalBytes } from '#base/bytes';
import { decodeUtf8 } from './body-reader.js';
import {
  attributes,
  clientKeyOf,
  fromBase64,
  hash,
  hmac,
  saltedPassword,
  scramFailed,
  serverKeyOf,
  xor,
} from './scram.js';

/** A server may ask for any count; one that takes minutes would stop the daemon. OWASP advised 600,000 in 2023. */
const MOST_ITERATIONS = 1_000_000;

/** client-first-message. The user name stays empty: PostgreSQL takes the one of the start-up packet. */
export function clientFirst(nonce: string): string {
  return `n,,n=,r=${nonce}`;
}

export interface ClientFinal {
  /** client-final-message */
  readonly message: string;
  /** What the server's last message must hold; a server that cannot give it does not know the password. */
  readonly serverSignature: Buffer;
}

/** @throws PostgresWireError `SCRAM_FAILED` */
export function clientFinal(password: string, nonce: string, serverFirstMessage: Uint8Array): ClientFinal {
  const first = decodeUtf8(serverFirstMessage);
  const [r, s, i] = attributes(first);
  if (r?.[0] !== 'r' || s?.[0] !== 's' || i?.[0] !== 'i') throw scramFailed('the server sent no SCRAM challenge');
  if (!r[1].startsWith(nonce) || r[1].length === nonce.length) throw scramFailed('the server reused our nonce');
  const iterations = /^[1-9][0-9]{0,7}$/.test(i[1]) ? Number(i[1]) : 0;
  if (iterations < 1 || iterations > MOST_ITERATIONS) {
    throw scramFailed(`the server asks for \`${i[1].slice(0, 20)}\` iterations`);
  }
  const salted = saltedPassword(password, fromBase64(s[1]), iterations);
  const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${r[1]}`;
  const authMessage = `n=,r=${nonce},${first},${withoutProof}`;
  const clientKey = clientKeyOf(salted);
  const proof = xor(clientKey, hmac(hash(clientKey), authMessage));
  return {
    message: `${withoutProof},p=${proof.toString('base64')}`,
    serverSignature: hmac(serverKeyOf(salted), authMessage),
  };
}

/** @throws PostgresWireError `SCRAM_FAILED` when the server did not prove that it knows the password. */
export function verifyServerFinal(final: ClientFinal, serverFinalMessage: Uint8Array): void {
  const message = decodeUtf8(serverFinalMessage);
  const [verifier] = attributes(message);
  if (verifier?.[0] !== 'v' || !equalBytes(fromBase64(verifier[1]), final.serverSignature)) {
    throw scramFailed('the server did not prove that it knows the password');
  }
}
