import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ProxyAgent } from 'undici';
import type { Action } from '#action/action';
import { digestOf } from '#action/canonical';
import type { CredentialBroker, Placeholder } from '#action/credential';
import type { Permit } from '#action/permit';
import type { Session } from '#action/session';
import type { Outcome, RefusalCode, Submission, Submit } from '#action/submission';
import { messageOf } from '#base/errors';
import { Secret } from '#base/secret';
import { type Authority, createAuthority } from '#intercept/http/authority';
import { createHttpDoor, type HttpDoor } from '#intercept/http/http-door';
import type { HttpDoorEvent, HttpDoorOptions, HttpResource } from '#intercept/http/options';

export const HOST = 'api.test';
export const REAL = 'real-token-0123456789abcdef';
export const STAGING = `fbk_staging_${'s'.repeat(26)}`;
export const OTHER = `fbk_staging_${'t'.repeat(26)}`;
export const FOREIGN = 'railway-token-found-in-a-file';

const session = (id: string): Session => ({
  id,
  agent: 'test',
  intent: '',
  environments: ['staging'],
  mode: 'work',
  tier: 'advisory',
});

function placeholder(id: string, resource: string): Placeholder {
  const scram = { storedKey: Buffer.alloc(32), serverKey: Buffer.alloc(32) };
  return { id, environment: 'staging', resource, sessionId: 'ses_1', scram };
}

/** A broker with two placeholders, whose first can be revoked. */
export class TestBroker implements CredentialBroker {
  revealed = 0;
  revoked = false;
  missing = false;

  identify(token: string): Placeholder | undefined {
    if (token === STAGING && !this.revoked) return placeholder('ph_1', 'api');
    return token === OTHER ? placeholder('ph_2', 'billing') : undefined;
  }

  placeholdersFor(): readonly Placeholder[] {
    return [];
  }

  sessionOf(): Session {
    return session('ses_1');
  }

  credential() {
    if (this.missing) throw new Error('the vault has no `api-token`');
    const secret = new Secret(REAL);
    const reveal = secret.reveal.bind(secret);
    secret.reveal = () => {
      this.revealed += 1;
      return reveal();
    };
    return { user: undefined, secret };
  }

  async onDemand() {
    return this.credential();
  }
}

/** What the test decides about a submission: run it, refuse it, or think about it first. */
type Decide = (submission: Submission) => RefusalCode | 'run' | Promise<RefusalCode | 'run'>;

/** Stands where the pipeline stands: decides, mints a permit that fits only what was decided on, and runs. */
function submitBy(decide: Decide, seen: Submission[], record: () => Promise<void>): Submit {
  return async (submission): Promise<Outcome> => {
    seen.push(submission);
    const actionId = `act_${seen.length}`;
    const digest = digestOf(submission.action);
    const decision = await decide(submission);
    if (decision !== 'run') {
      const refusal = { code: decision, reason: `it was ${decision}`, hint: 'do not retry', holdId: 'H-1' };
      return { kind: 'refused', actionId, refusal };
    }
    let redeemed = false;
    // The brand of a permit is the pipeline's own; this one checks the same.
    const permit = {
      actionId,
      redeem(action: Action) {
        if (digestOf(action) !== digest) throw new Error('the permit does not fit');
        redeemed = true;
      },
    } as unknown as Permit;
    try {
      const execution = await submission.door.execute(permit, {});
      if (!redeemed) throw new Error('the permit was not redeemed');
      await record();
      return { kind: 'executed', actionId, execution };
    } catch (thrown) {
      const reason = messageOf(thrown);
      // Before a permit is redeemed nothing is sent.
      if (!redeemed)
        return { kind: 'refused', actionId, refusal: { code: 'changed', reason, hint: 'submit it again' } };
      return { kind: 'unknown', actionId, reason };
    }
  };
}

interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Rig {
  readonly door: HttpDoor;
  readonly port: number;
  readonly authority: Authority;
  readonly broker: TestBroker;
  readonly submissions: Submission[];
  readonly events: HttpDoorEvent[];
  /** What reached the upstream. */
  readonly arrived: Arrived[];
  /** A client that goes through the door and trusts its authority. */
  readonly agent: ProxyAgent;
  /** The outcomes, in order. */
  readonly outcomes: Promise<Outcome>[];
}

export interface RigOptions {
  readonly decide?: Decide;
  readonly upstream?: (request: Arrived, response: ServerResponse) => void;
  readonly resource?: Partial<HttpResource>;
  /** Writes the record of what ran; an instant unless a test says otherwise. */
  readonly record?: () => Promise<void>;
  readonly door?: Partial<HttpDoorOptions>;
  /** The door is not told to trust the upstream's authority. */
  readonly untrusted?: boolean;
}

const open: (() => Promise<void>)[] = [];

/** Ends everything that this file started. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((close) => close()));
}

let upstreamAuthority: Promise<Authority> | undefined;

/** A real HTTPS server for `api.test` on a loopback port. */
export async function startHttps(listener: RequestListener, host = HOST) {
  upstreamAuthority ??= createAuthority();
  const authority = await upstreamAuthority;
  const { certPem, keyPem } = await authority.certificateFor(host);
  const server = createHttpsServer({ cert: certPem, key: keyPem }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: portOf(server.address()), ca: authority.caPem };
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return address.port;
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const arrived: Arrived[] = [];
  const upstream = await startHttps((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks) };
      arrived.push(one);
      if (options.upstream !== undefined) return options.upstream(one, response);
      response.setHeader('content-type', 'application/json');
      response.end('{"ok":true}');
    });
  });
  const authority = await createAuthority();
  const broker = new TestBroker();
  const submissions: Submission[] = [];
  const outcomes: Promise<Outcome>[] = [];
  const events: HttpDoorEvent[] = [];
  const submit = submitBy(options.decide ?? (() => 'run'), submissions, options.record ?? (async () => undefined));
  const door = createHttpDoor({
    submit: (submission) => {
      const outcome = submit(submission);
      outcomes.push(outcome);
      return outcome;
    },
    broker,
    authority,
    resources: [
      {
        name: 'api',
        hosts: [HOST],
        environments: ['production'],
        credential: 'api-token',
        upstream: { host: '127.0.0.1', port: upstream.port, ...(options.untrusted ? {} : { ca: upstream.ca }) },
        ...options.resource,
      },
    ],
    anonymousSession: session('ses_anonymous'),
    egress: { unlisted: 'deny' },
    report: async (event) => {
      events.push(event);
    },
    ...options.door,
  });
  await door.listen({ host: '127.0.0.1', port: 0 });
  const port = portOf(door.address);
  const agent = new ProxyAgent({ uri: `http://127.0.0.1:${port}`, requestTls: { ca: authority.caPem } });
  open.push(async () => {
    await agent.destroy();
    await door.close();
  });
  return { door, port, authority, broker, submissions, events, arrived, agent, outcomes };
}

/** Sends CONNECT by hand. Gives the status line and headers of the answer, and the socket. */
export async function connectThrough(port: number, target: string): Promise<{ socket: Socket; reply: string }> {
  const socket = connectTcp(port, '127.0.0.1');
  open.push(async () => void socket.destroy());
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  let reply = '';
  while (!reply.includes('\r\n\r\n')) {
    const [chunk] = await once(socket, 'data');
    reply += String(chunk);
  }
  return { socket, reply };
}

/** A TLS connection through the door, as `curl` would make one. */
export async function tlsThrough(
  rig: Rig,
  { target = `${HOST}:443`, servername = HOST }: { target?: string; servername?: string } = {},
): Promise<TLSSocket> {
  const { socket } = await connectThrough(rig.port, target);
  const secure = connectTls({ socket, servername, ca: rig.authority.caPem, checkServerIdentity: () => undefined });
  secure.on('error', () => secure.destroy());
  await once(secure, 'secureConnect');
  return secure;
}

/** Writes bytes and gives everything that comes back until the connection ends or falls silent. */
export async function exchangeRaw(socket: Socket, bytes: string, quietAfter = 400): Promise<string> {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve(text);
    };
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(done, quietAfter);
    };
    socket.on('data', (chunk) => {
      text += String(chunk);
      wait();
    });
    socket.on('close', done);
    socket.on('end', done);
    wait();
    socket.write(bytes, 'latin1');
  });
}
