/**
 * The PostgreSQL door: agents connect with their placeholder as the password, Firebreak connects to the real server with the
 * real credential, and every statement in between is submitted before it is sent.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { FirebreakError, messageOf } from '#base/errors';
import {
  authenticationOk,
  backendKeyData,
  errorResponse,
  negotiateProtocolVersion,
  parameterStatus,
  readyForQuery,
} from '#wire/postgres/build';
import { PostgresWireError } from '#wire/postgres/errors';
import { authenticate, chooseResource } from './authenticate.js';
import { CancelKeys } from './cancel-keys.js';
import { PostgresDoorError } from './errors.js';
import {
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  type Lane,
  type PostgresDoorLimits,
  type PostgresDoorOptions,
  type PostgresDoorTimeouts,
  type PostgresResource,
} from './options.js';
import { NothingReceived } from './receive.js';
import { errorFields } from './refusal-messages.js';
import { Session, type SessionParts } from './session.js';
import { SqlState } from './sqlstates.js';
import { greet } from './startup.js';
import { checkStartup, type StartupRequest } from './startup-parameters.js';
import { cancelUpstream } from './upstream-connect.js';
import { openUpstream, type Upstream } from './upstream-login.js';

export type PostgresListen = { readonly host: string; readonly port: number } | { readonly path: string };

export interface PostgresDoor {
  /** Resolves when agents can connect. Rejects as `net.Server` does, such as with `EADDRINUSE`. */
  listen(where: PostgresListen): Promise<void>;
  /** Where it listens; undefined before and after. */
  readonly address: PostgresListen | undefined;
  /** Ends every connection: what waits is withdrawn, and of what runs the outcome is unknown. */
  close(): Promise<void>;
}

export function createPostgresDoor(options: PostgresDoorOptions): PostgresDoor {
  return new Door(options);
}

/** The longest a cancel request may take: nobody waits for it. */
const CANCEL_MS = 5_000;

class Door implements PostgresDoor {
  readonly #options: PostgresDoorOptions;
  readonly #limits: PostgresDoorLimits;
  readonly #timeouts: PostgresDoorTimeouts;
  readonly #tls: SecureContext | undefined;
  readonly #server: Server;
  readonly #cancelKeys = new CancelKeys();
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<Session, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: PostgresDoorOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#tls = options.tls && createSecureContext({ ...options.tls, minVersion: 'TLSv1.2' });
    // Half-open: an agent that has closed its own half is noticed as gone, and can still be told why it ended.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
      this.#accept(socket),
    );
    this.#server.maxConnections = this.#limits.connections;
  }

  get address(): PostgresListen | undefined {
    const address = this.#server.address();
    if (address === null) return undefined;
    return typeof address === 'string' ? { path: address } : { host: address.address, port: address.port };
  }

  listen(where: PostgresListen): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(where, () => {
        this.#server.off('error', reject);
        // Running out of file descriptors must not end the daemon: the next connection is tried again.
        this.#server.on('error', (error) => this.#report('connection-refused', 'listener', messageOf(error)));
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#closing.abort();
    for (const session of this.#sessions.keys()) session.shutDown();
    await Promise.all(this.#sessions.values());
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #accept(socket: Socket): void {
    // Before anything else: a reset may come at any moment, and an error without a listener ends the process.
    socket.on('error', () => socket.destroy());
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    void this.#welcome(socket);
  }

  /** Never throws. */
  async #welcome(socket: Socket): Promise<void> {
    let say = (bytes: Buffer) => void socket.end(bytes);
    let subject = 'unknown';
    try {
      const deadline = this.#deadline(this.#timeouts.startupMs);
      const greeting = await greet(socket, this.#tls, deadline);
      if (greeting.kind === 'cancel') {
        this.#cancelKeys.use(greeting.key);
        socket.end();
        return;
      }
      const inner = greeting.socket;
      say = (bytes) => void inner.end(bytes);
      const request = checkStartup(greeting.packet);
      subject = request.database;
      if (request.negotiate) inner.write(negotiateProtocolVersion(request.unknownProtocolOptions));
      const { resources, broker } = this.#options;
      const who = await authenticate(inner, greeting.rest, request, resources, broker, deadline);
      const resource = chooseResource(request.database, who.placeholder, resources);
      subject = resource.name;
      const upstream = await this.#open(resource, request);
      const { settings } = request;
      await this.#serve({ socket: inner, rest: who.rest, resource, placeholder: who.placeholder, upstream, settings });
    } catch (thrown) {
      this.#turnAway(thrown, subject, say);
    } finally {
      // The last word is written first; an agent that does not close its side is not waited for.
      if (!socket.destroyed) setTimeout(() => socket.destroy(), 2_000).unref();
    }
  }

  async #admit(lane: Lane, resource: PostgresResource): Promise<void> {
    if (resource.guarded !== true) return;
    try {
      await this.#options.admit?.(lane, resource);
    } catch (thrown) {
      if (thrown instanceof PostgresDoorError) throw thrown;
      const hint = thrown instanceof FirebreakError ? thrown.hint : undefined;
      throw new PostgresDoorError('UPSTREAM_REFUSED', SqlState.connectionRejected, messageOf(thrown), {
        ...(hint === undefined ? {} : { hint }),
        cause: thrown,
      });
    }
  }

  async #open(resource: PostgresResource, request: StartupRequest): Promise<Upstream> {
    await this.#admit('write', resource);
    const credential = this.#options.broker.credential(resource.credential);
    return openUpstream(resource, credential, request.settings, this.#deadline(this.#timeouts.upstreamMs));
  }

  async #serve(
    parts: Pick<SessionParts, 'socket' | 'rest' | 'resource' | 'placeholder' | 'upstream' | 'settings'>,
  ): Promise<void> {
    const { upstream, resource, socket } = parts;
    const { broker, submit, report, split, keeper, outside } = this.#options;
    const session = new Session({
      ...parts,
      broker,
      submit,
      report,
      split,
      keeper,
      deadline: () => this.#deadline(this.#timeouts.upstreamMs),
      admit: (lane) => this.#admit(lane, resource),
      outside: async () => (await outside?.(resource)) ?? [],
      limits: this.#limits,
      heldNoticeMs: this.#timeouts.heldNoticeMs,
      commitSettleMs: this.#timeouts.commitSettleMs,
      idleReadMs: this.#timeouts.idleReadMs,
      cancelUpstream: (running) => this.#cancel(resource, running),
    });
    const key = this.#cancelKeys.issue(() => session.cancel());
    socket.write(
      Buffer.concat([
        authenticationOk(),
        ...Array.from(upstream.parameters, ([name, value]) => parameterStatus(name, value)),
        backendKeyData(key),
        readyForQuery('I'),
      ]),
    );
    const ended = session.run();
    this.#sessions.set(session, ended);
    await ended;
    this.#sessions.delete(session);
    this.#cancelKeys.revoke(key);
  }

  #cancel(resource: PostgresResource, upstream: Upstream): void {
    if (upstream.key === undefined) return;
    cancelUpstream(resource.upstream, upstream.key, this.#deadline(CANCEL_MS)).catch((thrown) =>
      this.#report('connection-refused', resource.name, `a cancel request did not get through: ${messageOf(thrown)}`),
    );
  }

  #turnAway(thrown: unknown, subject: string, say: (bytes: Buffer) => void): void {
    // A port scan, a health check, an agent that was killed: nobody to tell, and nothing was refused.
    if (thrown instanceof NothingReceived) {
      say(Buffer.alloc(0));
      return;
    }
    const error = asStartupError(thrown);
    say(errorResponse(errorFields(error, 'FATAL')));
    const placeholder = error.sqlState === SqlState.invalidPassword || error.sqlState === SqlState.invalidAuthorization;
    this.#report(placeholder ? 'placeholder-refused' : 'connection-refused', subject, error.message);
  }

  #report(act: 'placeholder-refused' | 'connection-refused', subject: string, detail: string): void {
    this.#options.report({
      kind: 'administered',
      act,
      by: 'firebreak',
      subject: subject.slice(0, 200),
      detail,
      ok: false,
    });
  }

  #deadline(milliseconds: number): AbortSignal {
    return AbortSignal.any([this.#closing.signal, AbortSignal.timeout(milliseconds)]);
  }
}

function asStartupError(thrown: unknown): PostgresDoorError {
  if (thrown instanceof PostgresDoorError) return thrown;
  if (thrown instanceof PostgresWireError) {
    // A SCRAM exchange that the agent breaks off is an authentication that failed.
    const state = thrown.code === 'SCRAM_FAILED' ? SqlState.invalidPassword : SqlState.protocolViolation;
    return new PostgresDoorError('AGENT_REFUSED', state, thrown.message, { cause: thrown });
  }
  return new PostgresDoorError('UPSTREAM_REFUSED', SqlState.systemError, messageOf(thrown), { cause: thrown });
}
