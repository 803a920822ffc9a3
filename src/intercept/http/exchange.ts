import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Credential } from '#action/credential';
import type { Permit } from '#action/permit';
import type { Execution, Outcome } from '#action/submission';
import { assertNever } from '#base/assert-never';
import { messageOf } from '#base/errors';
import { giveCredential, type MisusedPlaceholder, type Taken, takeCredentials } from './credentials.js';
import { type HostPort, hostPortText, parseHostPort } from './hosts.js';
import type { HttpDoorOptions, HttpResource } from './options.js';
import { type HttpRefusal, refusalOf, sendRefusal } from './refusal.js';
import { ResponseRelay } from './response-relay.js';
import { endToEnd, headerPairs, headObjection, readBody, type StoredRequest } from './stored-request.js';
import type { Upstreams } from './upstream.js';

/** The tunnel that a request came through. */
export interface Tunnel {
  readonly target: HostPort;
  readonly resource: HttpResource;
  /** False when the TLS handshake named another host than CONNECT did. */
  readonly serverNameAgrees: boolean;
}

export interface ExchangeContext {
  readonly options: HttpDoorOptions;
  readonly upstreams: Upstreams;
  readonly bodyCap: number;
}

/**
 * Takes one request from its head to the end of its response. Never throws.
 *
 * @param arrived called when the whole request is here: from then on the client waits for us, and not we for it
 */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  tunnel: Tunnel,
  context: ExchangeContext,
  arrived: () => void,
): Promise<void> {
  const graphql = isGraphql(request);
  const refuse = (refusal: HttpRefusal, close = false) => sendRefusal(response, refusal, graphql, close);
  try {
    const objection = headObjection(request) ?? misdirected(request, tunnel);
    if (objection !== undefined) return refuse(badRequest(objection.status, objection.reason), true);
    const read = await readBody(request, context.bodyCap);
    arrived();
    if (read.kind === 'cut-off') return void response.destroy();
    if (read.kind === 'too-large') {
      const reason = `the body is longer than the ${context.bodyCap} bytes that can be decided on; nothing was sent`;
      return refuse(badRequest(413, reason), true);
    }
    await submitRequest(storedRequest(request, read.body, tunnel.target), response, tunnel.resource, context, refuse);
  } catch (thrown) {
    refuse(
      { status: 503, code: 'error', reason: messageOf(thrown), hint: 'tell a person that Firebreak failed' },
      true,
    );
  }
}

async function submitRequest(
  stored: StoredRequest,
  response: ServerResponse,
  resource: HttpResource,
  { options, upstreams }: ExchangeContext,
  refuse: (refusal: HttpRefusal, close?: boolean) => void,
): Promise<void> {
  const { broker } = options;
  const taken = ofThisLaunch(takeCredentials(stored, resource.name, broker), options);
  if (taken.kind === 'misused') {
    const { reason, hint } = taken;
    await options.report({ kind: 'placeholder-refused', subject: resource.name, detail: reason });
    return refuse({ status: 403, code: 'placeholder', reason, hint });
  }
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  // A person may take minutes; whatever stands between must not take the silence for an end.
  response.socket?.setKeepAlive(true, 15_000);

  let relay: ResponseRelay | undefined;
  let failure: HttpRefusal | undefined;
  const execute = async (permit: Permit): Promise<Execution> => {
    const again = takeCredentials(stored, resource.name, broker);
    // FAIL-CLOSED: a placeholder that was revoked meanwhile makes it another action, which the permit does not fit.
    permit.redeem(again.kind === 'taken' ? again.action : { ...taken.action, credential: { kind: 'none' } });
    const notSent = (status: number, reason: string): Execution => {
      failure = { status, code: 'not_sent', reason, hint: 'nothing happened; trying again is safe' };
      return { ok: false, summary: reason };
    };
    let credential: Credential | undefined;
    try {
      credential = taken.text === undefined ? undefined : broker.credential(resource.credential);
    } catch (thrown) {
      return notSent(502, `${messageOf(thrown)}; nothing was sent`);
    }
    const current = new ResponseRelay(response, credential?.secret.reveal());
    relay = current;
    const outgoing = { ...stored, ...giveCredential(stored, taken.text, credential) };
    const result = await upstreams.send(outgoing, resource.upstream, current);
    return result.kind === 'sent' ? result.execution : notSent(result.status, result.reason);
  };

  const outcome = await options.submit({
    action: taken.action,
    session:
      taken.placeholder === undefined
        ? (options.session ?? options.anonymousSession)
        : broker.sessionOf(taken.placeholder),
    environments: resource.environments,
    door: { signal: gone.signal, execute },
  });
  if (response.destroyed) return;
  const problem = problemOf(outcome) ?? failure;
  if (problem !== undefined) return refuse(problem, relay?.begun === true);
  relay?.finish();
}

/** What the client must be told instead of the upstream's response. */
function problemOf(outcome: Outcome): HttpRefusal | undefined {
  switch (outcome.kind) {
    case 'executed':
      return undefined;
    case 'refused':
      return refusalOf(outcome.refusal);
    case 'unknown': {
      const slow = /in time/.test(outcome.reason);
      const hint = 'it may have happened; look at the state before you try again';
      return { status: slow ? 504 : 502, code: 'outcome_unknown', reason: outcome.reason, hint };
    }
    default:
      return assertNever(outcome);
  }
}

/** A door that was opened for one launch serves no placeholder of another. */
function ofThisLaunch(taken: Taken | MisusedPlaceholder, { session }: HttpDoorOptions): Taken | MisusedPlaceholder {
  const owner = taken.kind === 'taken' ? taken.placeholder?.sessionId : undefined;
  if (owner === undefined || session === undefined || owner === session.id) return taken;
  const hint = 'use the one that this session was given';
  return { kind: 'misused', reason: 'the placeholder was issued to another session', hint };
}

/** CONNECT, the TLS server name and the Host header must name one host, or nobody knows whom the request is for. */
function misdirected(request: IncomingMessage, { target, serverNameAgrees }: Tunnel) {
  const host = parseHostPort(request.headers.host ?? '', 443);
  const agrees = serverNameAgrees && host !== undefined && hostPortText(host) === hostPortText(target);
  return agrees
    ? undefined
    : { status: 421, reason: `this connection leads to ${hostPortText(target)} and nowhere else` };
}

function storedRequest(request: IncomingMessage, body: Buffer, target: HostPort): StoredRequest {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return {
    origin: `https://${host}${target.port === 443 ? '' : `:${target.port}`}`,
    method: request.method ?? '',
    target: request.url ?? '/',
    headers: endToEnd(headerPairs(request.rawHeaders)),
    body,
  };
}

function badRequest(status: number, reason: string): HttpRefusal {
  return { status, code: 'bad_request', reason, hint: 'send an ordinary HTTP/1.1 request' };
}

function isGraphql(request: IncomingMessage): boolean {
  const [path = ''] = (request.url ?? '').split('?');
  return /\/graphql(\/|$)/i.test(path) || /^application\/graphql/i.test(request.headers['content-type'] ?? '');
}
