/** The two servers of the human side. Each resolves when it listens and can be closed. */
import { chmodSync, lstatSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { makePrivateFolder } from '#base/durable-file';
import { WebError } from './errors.js';
import { MAX_CONNECTIONS, SERVER_LIMITS, type ServerLimits } from './request-limits.js';

export interface Listening {
  /** Where it listens: `host:port`, or the socket's path. */
  readonly address: string;
  /** Takes no more requests, lets those under way finish for a second, then ends them. */
  close(): Promise<void>;
}

/**
 * Serves the approval page.
 *
 * @param at - `port` 0 lets the system choose.
 * @throws WebError `ADDRESS_IN_USE`
 */
export async function listenHuman(
  app: Pick<Hono, 'fetch'>,
  at: { readonly host: string; readonly port: number; readonly limits?: ServerLimits },
): Promise<Listening & { readonly port: number }> {
  const server = serverOf(app, at.limits ?? SERVER_LIMITS);
  await listening(server, `${at.host}:${at.port}`, () => server.listen({ host: at.host, port: at.port }));
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : at.port;
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  return { address: `${host}:${port}`, port, close: () => closed(server) };
}

/**
 * Serves the control API on a Unix socket that only its owner can open. Its folder is made when it is missing; a stale
 * socket must have been removed by the caller, who knows that no other daemon lives.
 *
 * @throws WebError `CONTROL_FOLDER_OPEN`, `SOCKET_PATH_TOO_LONG`, `ADDRESS_IN_USE`
 */
export async function listenControl(app: Pick<Hono, 'fetch'>, socketPath: string): Promise<Listening> {
  // sockaddr_un.sun_path holds 104 bytes on macOS and 108 on Linux, with the final NUL; Node would cut it off silently.
  if (Buffer.byteLength(socketPath) > 103) {
    throw new WebError('SOCKET_PATH_TOO_LONG', `\`${socketPath}\` is too long for a socket`, {
      hint: 'choose a state folder with a path under 80 bytes',
    });
  }
  const folder = dirname(socketPath);
  makePrivateFolder(folder);
  const { mode, uid } = lstatSync(folder);
  // FAIL-CLOSED: no control socket in a folder that others may enter. Node cannot ask who connects (no SO_PEERCRED).
  if ((mode & 0o077) !== 0 || (process.getuid !== undefined && uid !== process.getuid())) {
    throw new WebError('CONTROL_FOLDER_OPEN', `others can enter \`${folder}\``, { hint: `chmod 700 ${folder}` });
  }
  const server = serverOf(app, SERVER_LIMITS);
  await listening(server, socketPath, () => server.listen(socketPath));
  chmodSync(socketPath, 0o600);
  return { address: socketPath, close: () => closed(server) };
}

function serverOf(app: Pick<Hono, 'fetch'>, limits: ServerLimits): Server {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer({ ...limits }, (request, response) => void listener(request, response));
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function listening(server: Server, where: string, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new WebError('ADDRESS_IN_USE', `something listens on \`${where}\` already`, {
              hint: 'is another daemon running? `firebreak status` tells',
              cause: error,
            })
          : error,
      );
    });
    server.once('listening', resolve);
    start();
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), 1_000);
    server.close(() => {
      clearTimeout(impatience);
      resolve();
    });
    server.closeIdleConnections();
  });
}
