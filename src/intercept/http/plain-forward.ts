import { type IncomingMessage, type ServerResponse, request as sendPlain } from 'node:http';
import { messageOf } from '#base/errors';
import { carriesPlaceholder } from './credentials.js';
import { destination } from './egress.js';
import { type DeclaredHosts, hostPortText, parseHostPort } from './hosts.js';
import type { HttpDoorOptions } from './options.js';
import { type HttpRefusal, sendRefusal } from './refusal.js';
import { endToEnd, headerPairs, headObjection } from './stored-request.js';

/**
 * A request in plain text, sent to us as to a proxy (absolute-form, RFC 9112, 3.2.2). To declared hosts it is refused: what
 * is protected is spoken to by TLS. To others it goes by the same rule as a tunnel.
 */
export async function forwardPlain(
  request: IncomingMessage,
  response: ServerResponse,
  declared: DeclaredHosts,
  options: HttpDoorOptions,
): Promise<void> {
  const refuse = (refusal: HttpRefusal) => sendRefusal(response, refusal, false, true);
  const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
  const target = url?.protocol === 'http:' ? parseHostPort(url.host, 80) : undefined;
  if (url === undefined || target === undefined) {
    const reason = "this is Firebreak's proxy and not a web server";
    return refuse({ status: 400, code: 'bad_request', reason, hint: 'use it as HTTPS_PROXY' });
  }
  const subject = hostPortText(target);
  const forbid = async (reason: string, hint: string, kind: 'connection-refused' | 'placeholder-refused') => {
    await options.report({ kind, subject, detail: reason });
    refuse({ status: 403, code: kind === 'connection-refused' ? 'egress' : 'placeholder', reason, hint });
  };
  if (declared.named(target.host) !== undefined) {
    return forbid(`\`${target.host}\` is declared and spoken to by TLS only`, 'use https', 'connection-refused');
  }
  const found = await destination(target.host, target.port, options.egress);
  if (!found.ok) return forbid(found.reason, found.hint, 'connection-refused');
  const headers = headerPairs(request.rawHeaders);
  // A placeholder that goes elsewhere is worthless there, and a sign of something wrong here.
  if (carriesPlaceholder(url.href) || headers.some(([, value]) => carriesPlaceholder(value))) {
    return forbid(
      'a placeholder was sent to a host that it is not for',
      'send it to its own host',
      'placeholder-refused',
    );
  }
  const objection = headObjection(request, 'absolute');
  if (objection !== undefined) {
    return refuse({
      status: objection.status,
      code: 'bad_request',
      reason: objection.reason,
      hint: 'send plain HTTP/1.1',
    });
  }
  await options.report({ kind: 'tunnel-opened', subject, detail: `a request in plain text, to ${found.address}` });

  const outgoing = sendPlain({
    host: found.address,
    port: target.port,
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: [
      ...endToEnd(headers).filter(([name]) => name !== 'host'),
      ['host', url.host] as const,
      ...headers.filter(([name]) => name === 'content-length'),
    ].flat(),
    setHost: false,
    agent: false,
  });
  outgoing.on('response', (incoming) => {
    const kept = headerPairs(incoming.rawHeaders);
    response.sendDate = false;
    response.writeHead(
      incoming.statusCode ?? 502,
      [...endToEnd(kept), ...kept.filter(([name]) => name === 'content-length')].flat(),
    );
    incoming.pipe(response);
    incoming.on('error', () => response.destroy());
  });
  outgoing.on('error', (error) => {
    refuse({ status: 502, code: 'unreachable', reason: `${subject}: ${messageOf(error)}`, hint: 'try again later' });
  });
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}
