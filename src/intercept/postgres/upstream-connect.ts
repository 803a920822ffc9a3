/** A connection to the real server: TCP, TLS as configured, nothing of PostgreSQL beyond SSLRequest and CancelRequest. */
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { messageOf } from '#base/errors';
import { cancelRequest, sslRequest } from '#wire/postgres/build';
import type { CancelKey } from '#wire/postgres/startup-packet';
import { PostgresDoorError } from './errors.js';
import type { PostgresUpstream } from './options.js';
import { receive } from './receive.js';
import { SqlState } from './sqlstates.js';

/** A server that vanished without a word is noticed within minutes, not hours. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 30_000 };

export interface UpstreamSocket {
  readonly socket: Duplex;
  /** True when the certificate and its name were checked. Only then may a password be sent in cleartext. */
  readonly verified: boolean;
}

/**
 * @param deadline for all of it.
 * @throws PostgresDoorError `UPSTREAM_UNREACHABLE`, `UPSTREAM_UNTRUSTED`, `UPSTREAM_REFUSED` (it has no TLS).
 */
export async function connectUpstream(upstream: PostgresUpstream, deadline: AbortSignal): Promise<UpstreamSocket> {
  const plain = await connectTcp(upstream, deadline);
  if (upstream.tls.mode === 'disable') return { socket: plain, verified: false };
  try {
    return await encrypt(plain, upstream, deadline);
  } catch (thrown) {
    plain.destroy();
    if (thrown instanceof PostgresDoorError) throw thrown;
    throw unreachable(upstream, thrown);
  }
}

/** Asks the server to cancel what the connection with this key runs. Best effort, as the protocol's own (no answer). */
export async function cancelUpstream(upstream: PostgresUpstream, key: CancelKey, deadline: AbortSignal): Promise<void> {
  const { socket } = await connectUpstream(upstream, deadline);
  socket.resume();
  socket.end(cancelRequest(key));
}

function connectTcp(upstream: PostgresUpstream, deadline: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: upstream.host, port: upstream.port, noDelay: true, ...KEEP_ALIVE });
    const fail = (cause: unknown) => {
      deadline.removeEventListener('abort', onDeadline);
      socket.destroy();
      reject(unreachable(upstream, cause));
    };
    const onDeadline = () => fail(new Error('it took too long'));
    // Stays for the socket's life: later errors come with a `close`, which is what its user looks at.
    socket.on('error', fail);
    deadline.addEventListener('abort', onDeadline);
    if (deadline.aborted) onDeadline();
    socket.once('connect', () => {
      deadline.removeEventListener('abort', onDeadline);
      resolve(socket);
    });
  });
}

async function encrypt(plain: Socket, upstream: PostgresUpstream, deadline: AbortSignal): Promise<UpstreamSocket> {
  plain.write(sslRequest());
  const received: Buffer[] = [];
  const reply = await receive(
    plain,
    (chunk) => received.push(chunk),
    () => (received.length > 0 ? Buffer.concat(received) : undefined),
    deadline,
  );
  // Exactly one byte: more would be unauthenticated data read as if it were the server's (CVE-2021-23222).
  if (reply.length !== 1 || reply[0] !== 0x53 /* 'S' */) {
    throw new PostgresDoorError(
      'UPSTREAM_REFUSED',
      SqlState.connectionRejected,
      `the database server \`${upstream.host}:${upstream.port}\` does not offer TLS`,
      { hint: 'turn TLS on there; `tls: disable` in firebreak.yaml is for loopback only' },
    );
  }
  const { mode, ca } = upstream.tls;
  const verify = mode === 'verify-full' || ca !== undefined;
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: plain,
      minVersion: 'TLSv1.2',
      rejectUnauthorized: verify,
      ...(ca === undefined ? {} : { ca }),
      // `require` with an authority checks the chain and not the name, as libpq's `verify-ca` does.
      ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
      ...(isIP(upstream.host) === 0 ? { servername: upstream.host } : { host: upstream.host }),
    });
    const fail = (cause: unknown) => {
      deadline.removeEventListener('abort', onDeadline);
      socket.destroy();
      reject(
        new PostgresDoorError(
          'UPSTREAM_UNTRUSTED',
          SqlState.connectionRejected,
          `the certificate of \`${upstream.host}:${upstream.port}\` is not trusted: ${messageOf(cause)}`,
          { hint: 'give its authority as `ca` in firebreak.yaml; no credential was sent', cause },
        ),
      );
    };
    const onDeadline = () => fail(new Error('the handshake took too long'));
    socket.on('error', fail);
    deadline.addEventListener('abort', onDeadline);
    if (deadline.aborted) onDeadline();
    socket.once('secureConnect', () => {
      deadline.removeEventListener('abort', onDeadline);
      resolve({ socket, verified: mode === 'verify-full' && socket.authorized });
    });
  });
}

function unreachable(upstream: PostgresUpstream, cause: unknown): PostgresDoorError {
  return new PostgresDoorError(
    'UPSTREAM_UNREACHABLE',
    SqlState.connectionFailure,
    `the database server \`${upstream.host}:${upstream.port}\` cannot be reached: ${messageOf(cause)}`,
    { hint: 'is it running, and is `upstream` in firebreak.yaml right?', cause },
  );
}
