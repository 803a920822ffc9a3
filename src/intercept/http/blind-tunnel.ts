import { connect, type Socket } from 'node:net';
import { readClientHello } from './client-hello.js';

/** A client may not make us keep more than this while we wait for the rest of its first message. */
const MAX_FIRST = 128 * 1024;

/**
 * Joins a client with an address and reads nothing but the first bytes: a TLS handshake that names a declared host has no
 * business in here, whatever name CONNECT gave.
 *
 * @param mayName whether a tunnel may lead to a host of this name
 * @param established called when the upstream is there, before any of its bytes are passed on
 * @param refused called instead of passing on a handshake that names a declared host
 */
export function openBlindTunnel(
  client: Socket,
  head: Buffer,
  to: { readonly address: string; readonly port: number; readonly connectTimeout: number },
  mayName: (serverName: string) => boolean,
  {
    established,
    unreachable,
    refused,
  }: {
    readonly established: () => void;
    readonly unreachable: (reason: string) => void;
    readonly refused: (serverName: string) => void;
  },
): Socket {
  const upstream = connect({ host: to.address, port: to.port });
  let open = false;
  const timer = setTimeout(() => upstream.destroy(new Error('it did not answer in time')), to.connectTimeout);
  upstream.on('error', (error) => {
    clearTimeout(timer);
    if (open) client.destroy();
    else unreachable(error.message);
  });
  upstream.on('close', () => {
    if (open) client.destroySoon();
  });
  client.on('close', () => {
    clearTimeout(timer);
    upstream.destroy();
  });

  upstream.on('connect', () => {
    clearTimeout(timer);
    open = true;
    established();
    upstream.pipe(client);
    let first = head;
    const look = (chunk: Buffer) => {
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
      const hello = readClientHello(first);
      if (hello.kind === 'more' && first.length <= MAX_FIRST) return;
      client.off('data', look);
      client.pause();
      if (hello.kind === 'tls' && hello.serverName !== undefined && !mayName(hello.serverName)) {
        refused(hello.serverName);
        client.destroy();
        return;
      }
      upstream.write(first);
      client.pipe(upstream);
    };
    client.on('data', look);
    if (head.length > 0) look(Buffer.alloc(0));
  });
  return upstream;
}
