/** The first packets of an agent's connection: encryption, cancel requests, the start-up packet. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import { assertNever } from '#base/assert-never';
import { type CancelKey, type StartupPacket, StartupReader } from '#wire/postgres/startup-packet';
import { PostgresDoorError } from './errors.js';
import { receive } from './receive.js';
import { SqlState } from './sqlstates.js';

export type Greeting =
  | { readonly kind: 'cancel'; readonly key: CancelKey }
  | {
      readonly kind: 'startup';
      /** The socket to go on with: the one given, or TLS on top of it. */
      readonly socket: Duplex;
      readonly packet: StartupPacket & { kind: 'startup' };
      /** What came behind the packet. */
      readonly rest: Buffer;
    };

/**
 * Reads up to the start-up packet, and answers requests for encryption on the way.
 *
 * @throws PostgresDoorError `AGENT_REFUSED`, PostgresWireError, NothingReceived: the connection must end.
 */
export async function greet(socket: Socket, tls: SecureContext | undefined, deadline: AbortSignal): Promise<Greeting> {
  let current: Duplex = socket;
  const reader = new StartupReader();
  let encryptionAsked = 0;
  for (;;) {
    const packet = await receive(
      current,
      (chunk) => reader.push(chunk),
      () => reader.next(),
      deadline,
    );
    switch (packet.kind) {
      case 'cancel-request':
        return { kind: 'cancel', key: packet.key };
      case 'startup':
        return { kind: 'startup', socket: current, packet, rest: reader.rest() };
      case 'ssl-request':
      case 'gssenc-request': {
        // FAIL-CLOSED: bytes buffered behind a request for encryption end the connection: whoever put them there was not
        // yet authenticated by TLS, and must not be read as if it were (CVE-2021-23214).
        encryptionAsked += 1;
        if (reader.buffered > 0 || encryptionAsked > 2 || current !== socket) {
          throw new PostgresDoorError(
            'AGENT_REFUSED',
            SqlState.protocolViolation,
            'unencrypted data behind a request for encryption',
          );
        }
        if (packet.kind === 'ssl-request' && tls !== undefined) {
          socket.write('S');
          current = await startTls(socket, tls, deadline);
        } else {
          socket.write('N');
        }
        break;
      }
      default:
        assertNever(packet);
    }
  }
}

function startTls(socket: Socket, secureContext: SecureContext, deadline: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext });
    const fail = (cause?: unknown) => {
      secured.destroy();
      reject(new PostgresDoorError('AGENT_GONE', SqlState.protocolViolation, 'the TLS handshake failed', { cause }));
    };
    // Stays: a TLS error of a later moment closes the connection, and must never be an unhandled one.
    secured.on('error', fail);
    secured.once('close', fail);
    deadline.addEventListener('abort', fail, { once: true });
    secured.once('secure', () => {
      secured.off('close', fail);
      deadline.removeEventListener('abort', fail);
      resolve(secured);
    });
  });
}
