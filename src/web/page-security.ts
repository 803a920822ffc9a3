/** What every request to the approval page passes, and what every answer carries. */
import type { MiddlewareHandler } from 'hono';

/**
 * Answers only under its own names, so that a page of somebody else whose name resolves to our address (DNS rebinding)
 * reaches nothing.
 */
export function onlyOwnHosts(origins: () => readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host')?.toLowerCase();
    if (host === undefined || !origins().some((origin) => new URL(origin).host === host)) {
      return c.text('this is not the address of the approval page\n', 421); // Misdirected Request (RFC 9110, 15.5.20).
    }
    await next();
    return undefined;
  };
}

/** Whatever changes something must come from a page of our own. Browsers send `Origin` with every POST (Fetch, 3.2). */
export function onlyOwnForms(origins: () => readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const origin = c.req.header('origin');
      if (origin === undefined || !origins().includes(origin)) {
        return c.text('this form was not sent from the approval page; open the page and try again\n', 403);
      }
    }
    await next();
    return undefined;
  };
}

// `same-origin` and not `no-referrer`: under the latter browsers send `Origin: null` with our own forms (Fetch, "append a
// request Origin header"), and they would look like anybody's. To others, both send nothing.
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
};

export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
};
