import type { IncomingMessage } from 'node:http';
import type { HttpHeader } from '#action/action';

/** A request as it arrived, whole: what is decided on, and what is sent. */
export interface StoredRequest {
  /** `https://` and the host that was asked for, with its port when it is not 443. */
  readonly origin: string;
  readonly method: string;
  /** Origin-form: path and query (RFC 9112, 3.2.1). */
  readonly target: string;
  /** Without those that concern one connection only. Lower-case names. */
  readonly headers: readonly HttpHeader[];
  readonly body: Buffer;
}

/** RFC 9110, 7.6.1, and what else concerns only the connection to us; the framing is made anew for what we send. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Pairs of lower-case name and value, from the flat list that Node gives. */
export function headerPairs(raw: readonly string[]): HttpHeader[] {
  const pairs: HttpHeader[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([(raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '']);
  return pairs;
}

/** Leaves out what concerns one connection only, including what a Connection header names. */
export function endToEnd(headers: readonly HttpHeader[]): HttpHeader[] {
  const named = headers
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.split(',').map((option) => option.trim().toLowerCase()));
  const dropped = new Set(named);
  return headers.filter(([name]) => !CONNECTION_HEADERS.has(name) && !dropped.has(name));
}

/**
 * Why a head must not be trusted, although the parser took it: two readers could see two requests in it (RFC 9112, 6.3),
 * or it asks for what is not done here.
 */
export function headObjection(
  request: IncomingMessage,
  form: 'origin' | 'absolute' = 'origin',
): { readonly status: number; readonly reason: string } | undefined {
  const headers = headerPairs(request.rawHeaders);
  const values = (name: string) => headers.filter(([key]) => key === name).map(([, value]) => value);
  const lengths = values('content-length');
  const codings = values('transfer-encoding');
  if (lengths.length > 1 || codings.length > 1 || (lengths.length === 1 && codings.length === 1)) {
    return { status: 400, reason: 'the length of the request is ambiguous' };
  }
  if (codings.some((coding) => coding.toLowerCase() !== 'chunked')) {
    return { status: 400, reason: 'only the chunked transfer coding is understood' };
  }
  if (values('host').length !== 1) return { status: 400, reason: 'a request needs exactly one Host header' };
  if (values('upgrade').length > 0) {
    return { status: 501, reason: 'Firebreak does not carry WebSockets or other upgraded connections yet' };
  }
  if (form === 'origin' && !(request.url ?? '').startsWith('/'))
    return { status: 400, reason: 'inside a tunnel a request names a path' };
  return undefined;
}

export type BodyRead =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'cut-off' };

/** The whole body, or why not. Never keeps more than `cap` bytes. */
export function readBody(request: IncomingMessage, cap: number): Promise<BodyRead> {
  if (Number(request.headers['content-length'] ?? 0) > cap) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > cap) {
        chunks.length = 0;
        request.pause();
        resolve({ kind: 'too-large' });
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve({ kind: 'body', body: Buffer.concat(chunks) }));
    request.on('error', () => resolve({ kind: 'cut-off' }));
    request.on('close', () => resolve({ kind: 'cut-off' }));
  });
}
