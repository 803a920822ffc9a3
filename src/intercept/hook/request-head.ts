/** Who may ask at all, and for what: told from the head of a request. */
import type { IncomingMessage } from 'node:http';

/** `/v1/hooks/<agent>/<event>`: names as agents write them. */
const PATH = /^\/v1\/hooks\/([a-z][a-z0-9-]{0,31})\/([A-Za-z][A-Za-z0-9_.-]{0,63})$/;

export function hookPath(url: string): { readonly agent: string; readonly event: string } | undefined {
  const [, agent, event] = PATH.exec(url) ?? [];
  return agent === undefined || event === undefined ? undefined : { agent, event };
}

/** Names that lead to this machine and that no DNS answer can make another's. */
const OWN_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Why this is no hook's request. A page in a browser must not reach the door: it cannot send JSON across origins without
 * asking first (which gets no consent here), it names its origin, and after DNS rebinding it names its own host.
 */
export function objectionTo({
  method,
  headers,
}: Pick<IncomingMessage, 'method' | 'headers'>): { readonly status: number; readonly reason: string } | undefined {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
    return { status: 403, reason: 'a page in a browser may not call hooks' };
  }
  if (method !== 'POST') return { status: 405, reason: 'hooks are called with POST' };
  if (!OWN_HOST.test(headers.host ?? ''))
    return { status: 421, reason: 'hooks are called on this machine, by its own name' };
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return { status: 415, reason: 'hooks send application/json' };
  }
  return undefined;
}
