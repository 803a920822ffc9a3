/**
 * The door for agents' hooks: `POST /v1/hooks/<agent>/<event>` with the agent's own JSON; 200 with what its dialect says. An
 * HTTP/1.1 server on a loopback port for agents that speak HTTP themselves, and on a Unix socket for small clients.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { messageOf } from '#base/errors';
import { ANSWER_MARK } from './client/script.js';
import type { Dialect } from './dialect.js';
import { HookDoorError } from './errors.js';
import { decideHook, type HookContext } from './hook-call.js';
import { DEFAULT_LIMITS, type HookDoorOptions } from './options.js';
import { callerMayEnter } from './peer-user.js';
import { brokenReason } from './reasons.js';
import { RecentCalls } from './recent-calls.js';
import { hookPath, objectionTo } from './request-head.js';

export interface HookDoor {
  /** @throws Error of the system when the address cannot be had */
  listen(where: { readonly host: string; readonly port: number } | { readonly path: string }): Promise<void>;
  /** @throws HookDoorError `NOT_LISTENING` */
  readonly address: AddressInfo | string;
  /** Ends all connections. What was held can be found again. */
  close(): Promise<void>;
}

/** A session of `firebreak run` that the client belongs to, from its environment. */
const SESSION_HEADER = 'x-firebreak-session';

/** Agents run a few tools at a time; more connections than this are somebody's mistake. */
const MOST_CONNECTIONS = 512;

export function createHookDoor(options: HookDoorOptions): HookDoor {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const context: HookContext = { options, limits, calls: new RecentCalls() };
  const entries = new WeakMap<Socket, Promise<boolean>>();

  const server = createServer(
    {
      keepAliveTimeout: 65_000,
      headersTimeout: limits.readMilliseconds,
      requestTimeout: limits.readMilliseconds * 2, // The door's own deadline, which can answer, comes first.
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        options.onDefect(messageOf(error));
        response.destroy();
      });
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket) => {
    if (options.users !== undefined) entries.set(socket, callerMayEnter(socket, options.users));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = hookPath(request.url ?? '');
    const dialect = path && options.dialects.get(path.agent);
    // FAIL-CLOSED: a request that no hook of an agent makes, or another user, gets an error, which blocks where the agent allows it.
    const objection =
      objectionTo(request) ?? ((await entries.get(request.socket)) === false ? FOREIGN_USER : undefined);
    if (objection !== undefined || dialect === undefined) request.resume();
    if (objection !== undefined) return send(response, objection.status, anyDenial(objection.reason), true);
    if (path === undefined || dialect === undefined) {
      return send(
        response,
        404,
        anyDenial(`there is no hook of Firebreak at \`${String(request.url).slice(0, 80)}\``),
        true,
      );
    }
    const read = await readBytes(request, limits.bodyBytes, limits.readMilliseconds);
    if (read.kind === 'gone') return void response.destroy();
    // FAIL-CLOSED: a body that is too long, or takes too long to arrive, is denied.
    if (read.kind === 'refused') return send(response, 200, denial(dialect, path.event, read.reason), true);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    request.socket.setKeepAlive(true, 15_000);
    const claimed = request.headers[SESSION_HEADER];
    const decision = await decideHook(
      {
        dialect,
        event: path.event,
        bytes: read.bytes,
        claimed: typeof claimed === 'string' && claimed !== '' ? claimed : undefined,
        gone: gone.signal,
      },
      context,
    );
    send(response, 200, dialect.answer(path.event, decision), false);
  }

  return {
    async listen(where) {
      server.listen(where);
      await once(server, 'listening');
    },
    get address() {
      const address = server.address();
      if (address === null) throw new HookDoorError('NOT_LISTENING', 'the door is not open');
      return address;
    },
    async close() {
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const FOREIGN_USER = { status: 403, reason: 'this Firebreak belongs to another user of this machine' };

type ReadBytes =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'gone' };

/** What is too long is read on, up to this many times the limit: a client that still sends does not hear the answer. */
const DRAINED = 64;

/** The whole body, within its bounds. */
function readBytes(request: IncomingMessage, most: number, milliseconds: number): Promise<ReadBytes> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const done = (read: ReadBytes) => {
      clearTimeout(late);
      request.off('data', onData);
      resolve(read);
    };
    const late = setTimeout(() => done({ kind: 'refused', reason: 'the call did not arrive in time' }), milliseconds);
    const tooLong = {
      kind: 'refused',
      reason: `the call is longer than the ${most} bytes that can be decided on`,
    } as const;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= most) chunks.push(chunk);
      else chunks.length = 0;
      if (length > most * DRAINED) done(tooLong);
    };
    request.on('data', onData);
    request.once('end', () => done(length > most ? tooLong : { kind: 'read', bytes: Buffer.concat(chunks) }));
    request.once('error', () => done({ kind: 'gone' }));
    request.once('close', () => done({ kind: 'gone' }));
  });
}

function denial(dialect: Dialect, event: string, why: string): string {
  return dialect.answer(event, { kind: 'deny', reason: brokenReason(why) });
}

/** For whoever it is: the words for "no" of several agents. */
function anyDenial(why: string): string {
  const reason = brokenReason(why);
  return JSON.stringify({ decision: 'deny', permission: 'deny', permissionDecision: 'deny', reason, error: reason });
}

/** @param close what the client still sends is not read. */
function send(response: ServerResponse, status: number, body: string, close: boolean): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    [ANSWER_MARK.name]: ANSWER_MARK.value,
    ...(close ? { connection: 'close' } : {}),
  });
  response.end(body);
}
