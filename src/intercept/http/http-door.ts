import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { messageOf } from '#base/errors';
import { openBlindTunnel } from './blind-tunnel.js';
import { destination } from './egress.js';
import { HttpDoorError } from './errors.js';
import { exchange, type Tunnel } from './exchange.js';
import { DeclaredHosts, type HostPort, hostPortText, parseHostPort } from './hosts.js';
import { DEFAULT_BODY_CAP, DEFAULT_TIMEOUTS, type HttpDoorOptions, type HttpResource } from './options.js';
import { forwardPlain } from './plain-forward.js';
import { rawRefusal, sendRefusal } from './refusal.js';
import { Upstreams } from './upstream.js';

/** A forward proxy for HTTPS: reads what goes to declared hosts, and passes on or refuses everything else. */
export interface HttpDoor {
  /** @throws Error of the system when the address cannot be had */
  listen(where: { readonly host: string; readonly port: number } | { readonly path: string }): Promise<void>;
  /** @throws HttpDoorError `NOT_LISTENING` */
  readonly address: AddressInfo | string;
  /** Ends all connections. What was held is withdrawn. */
  close(): Promise<void>;
}

/**
 * Makes a door. CONNECT to a declared host is answered with a certificate of the launch's own authority, and each request
 * inside is submitted; CONNECT to any other host is tunnelled unread when egress allows it.
 *
 * @throws HttpDoorError `HOST_TWICE`
 */
export function createHttpDoor(options: HttpDoorOptions): HttpDoor {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const declared = new DeclaredHosts(options.resources);
  const upstreams = new Upstreams(timeouts);
  const context = { options, upstreams, bodyCap: options.bodyCap ?? DEFAULT_BODY_CAP };
  const tunnels = new WeakMap<Duplex, Tunnel>();
  const sockets = new Set<Duplex>();
  /** Where a whole request has come or an answer gone: an answer to garbage behind it would be taken for that one's. */
  const asked = new WeakSet<Duplex>();
  const deadlines = new WeakMap<Duplex, NodeJS.Timeout>();

  /** A peer that is slower than this between two requests is cut off; the pause while a person decides does not count. */
  function expectRequest(socket: Duplex): void {
    clearTimeout(deadlines.get(socket));
    deadlines.set(
      socket,
      setTimeout(() => socket.destroy(), timeouts.request),
    );
  }

  const inner = createServer({ keepAliveTimeout: timeouts.request, requireHostHeader: false }, (request, response) => {
    const tunnel = tunnels.get(request.socket);
    response.on('prefinish', () => asked.add(request.socket));
    if (tunnel === undefined) return void request.socket.destroy();
    response.on('error', () => response.destroy());
    response.on('finish', () => expectRequest(request.socket));
    void exchange(request, response, tunnel, context, () => {
      clearTimeout(deadlines.get(request.socket));
      asked.add(request.socket);
    });
  });
  inner.on('clientError', (error, socket) => {
    if (asked.has(socket)) socket.end(() => socket.destroy());
    else answerGarbage(error, socket);
  });

  const outer: Server = createServer(
    { requireHostHeader: false, requestTimeout: timeouts.request },
    (request, response) =>
      void forwardPlain(request, response, declared, options).catch((thrown: unknown) =>
        sendRefusal(
          response,
          { status: 503, code: 'error', reason: messageOf(thrown), hint: 'tell a person' },
          false,
          true,
        ),
      ),
  );
  outer.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  outer.on('clientError', (error, socket) => answerGarbage(error, socket));
  outer.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    connectTo(request, socket, head).catch((thrown: unknown) => {
      socket.end(
        rawRefusal(
          { status: 503, code: 'error', reason: messageOf(thrown), hint: 'tell a person' },
          'Service Unavailable',
        ),
      );
    });
  });

  async function connectTo(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const target = parseHostPort(request.url ?? '');
    if (target === undefined) return refuseConnect(socket, request.url ?? '', 'that is no host and port', 'name both');
    const meaning = declared.meaningOf(target);
    switch (meaning.kind) {
      case 'declared':
        return intercept(socket, head, target, meaning.resource);
      case 'wrong-port': {
        const reason = `\`${meaning.resource.name}\` is not declared on port ${target.port}`;
        return refuseConnect(
          socket,
          hostPortText(target),
          reason,
          `its hosts are ${meaning.resource.hosts.join(', ')}`,
        );
      }
      case 'unlisted':
        return passThrough(socket, head, target);
    }
  }

  async function refuseConnect(socket: Socket, subject: string, reason: string, hint: string): Promise<void> {
    await options.report({ kind: 'connection-refused', subject: subject.slice(0, 300), detail: reason });
    socket.end(rawRefusal({ status: 403, code: 'egress', reason, hint }, 'Forbidden'));
  }

  async function intercept(socket: Socket, head: Buffer, target: HostPort, resource: HttpResource): Promise<void> {
    const secureContext = await options.authority.secureContextFor(target.host);
    if (socket.destroyed) return;
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
    const late = setTimeout(() => secure.destroy(), timeouts.handshake);
    secure.on('close', () => clearTimeout(late));
    secure.on('error', () => secure.destroy());
    secure.on('secure', () => {
      clearTimeout(late);
      tunnels.set(secure, { target, resource, serverNameAgrees: agrees(secure, target) });
      secure.on('close', () => clearTimeout(deadlines.get(secure)));
      expectRequest(secure);
      inner.emit('connection', secure);
    });
  }

  async function passThrough(socket: Socket, head: Buffer, target: HostPort): Promise<void> {
    const subject = hostPortText(target);
    const found = await destination(target.host, target.port, options.egress);
    if (!found.ok) return refuseConnect(socket, subject, found.reason, found.hint);
    // FAIL-CLOSED: a tunnel that cannot be recorded is not opened.
    await options.report({ kind: 'tunnel-opened', subject, detail: `unread, to ${found.address}` });
    if (socket.destroyed) return;
    const to = { address: found.address, port: target.port, connectTimeout: timeouts.connect };
    const upstream = openBlindTunnel(socket, head, to, (name) => declared.named(name) === undefined, {
      established: () => void socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'),
      unreachable: (reason) => {
        const refusal = { status: 502, code: 'unreachable', reason: `${subject}: ${reason}`, hint: 'try again later' };
        socket.end(rawRefusal(refusal, 'Bad Gateway'));
      },
      refused: (serverName) => {
        const detail = `a tunnel was opened to it, and then the declared host \`${serverName}\` asked for`;
        // The connection is cut either way; a record that fails cannot make that worse.
        options.report({ kind: 'connection-refused', subject, detail }).catch(() => socket.destroy());
      },
    });
    sockets.add(upstream);
    upstream.on('close', () => sockets.delete(upstream));
  }

  return {
    async listen(where) {
      outer.listen(where);
      await once(outer, 'listening');
    },
    get address() {
      const address = outer.address();
      if (address === null) throw new HttpDoorError('NOT_LISTENING', 'the door is not open');
      return address;
    },
    async close() {
      const closed = outer.listening ? once(outer, 'close') : undefined;
      outer.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([closed, upstreams.close()]);
    },
  };
}

/** A client that names no server name asked for an address, or is old; the Host header still has to agree. */
function agrees(secure: TLSSocket & { readonly servername?: unknown }, target: HostPort): boolean {
  const { servername } = secure;
  if (typeof servername !== 'string' || servername === '') return true;
  return isIP(target.host) === 0 && servername.toLowerCase().replace(/\.$/, '') === target.host;
}

/** What the parser gave up on: garbage, ambiguous framing, a head that is too large or never ends. */
function answerGarbage(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const refusal = {
    status: 400,
    code: 'bad_request',
    reason: 'the request cannot be read',
    hint: 'send plain HTTP/1.1',
  };
  socket.end(rawRefusal(refusal, 'Bad Request'), () => socket.destroy());
}
