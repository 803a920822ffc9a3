import { buildConnector, type Dispatcher, Pool } from 'undici';
import type { Execution } from '#action/submission';
import { messageOf } from '#base/errors';
import { HttpDoorError } from './errors.js';
import type { HttpTimeouts, UpstreamAddress } from './options.js';
import type { ResponseRelay } from './response-relay.js';
import { headerPairs, type StoredRequest } from './stored-request.js';

/** What became of a request. Only `sent` ones reached the upstream. */
export type Exchange =
  | { readonly kind: 'sent'; readonly execution: Execution }
  | { readonly kind: 'not-sent'; readonly status: 502 | 504; readonly reason: string };

/**
 * The connections to the upstreams of all declared resources. Certificates are always verified against the host that the
 * client asked for; redirects are not followed; nothing is ever sent twice.
 */
export class Upstreams {
  readonly #timeouts: HttpTimeouts;
  readonly #pools = new Map<string, Pool>();

  constructor(timeouts: HttpTimeouts) {
    this.#timeouts = timeouts;
  }

  /**
   * Sends a request and relays the response.
   *
   * @throws HttpDoorError `UPSTREAM_LOST` when it may have been sent and no whole response came
   */
  async send(request: StoredRequest, address: UpstreamAddress | undefined, relay: ResponseRelay): Promise<Exchange> {
    const pool = this.#poolFor(request.origin, address);
    return new Promise((resolve, reject) => {
      let started = false;
      let status: string | undefined;
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart(controller) {
          // INVARIANT: one permit, one sending. undici may start over on another connection; not with our bytes.
          if (started) controller.abort(new Error('the connection broke'));
          started = true;
        },
        onResponseStart(controller, statusCode, headers, statusMessage) {
          if (statusCode < 200) return;
          status = `${statusCode} ${statusMessage ?? ''}`.trim();
          relay.begin(statusCode, statusMessage ?? '', pairsOf(controller.rawHeaders ?? headers));
        },
        onResponseData(controller, chunk) {
          if (relay.abandoned) controller.abort(new Error('the client left'));
          else if (!relay.data(chunk, () => controller.resume())) controller.pause();
        },
        onResponseEnd() {
          resolve(sent(status ?? 'no status'));
        },
        onResponseError(_controller, error) {
          if (!started) resolve(notSent(request.origin, error));
          // The upstream has answered; that nobody heard the end of it changes nothing there.
          else if (status !== undefined && relay.abandoned) resolve(sent(`${status}, the client left before its end`));
          else reject(lost(request.origin, error));
        },
      };
      try {
        pool.dispatch(
          {
            // Not `origin`: the pool has its own.
            path: request.target,
            method: request.method,
            headers: request.headers.flat(),
            body: request.body.length === 0 ? null : request.body,
          },
          handler,
        );
      } catch (thrown) {
        resolve(notSent(request.origin, thrown));
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #poolFor(origin: string, address: UpstreamAddress | undefined): Pool {
    const key = JSON.stringify([origin, address?.host, address?.port, address?.ca]);
    const kept = this.#pools.get(key);
    if (kept !== undefined) return kept;
    const { connect, response } = this.#timeouts;
    const connector = buildConnector({ timeout: connect, ...(address?.ca === undefined ? {} : { ca: address.ca }) });
    const pool = new Pool(origin, {
      pipelining: 1,
      headersTimeout: response,
      bodyTimeout: response,
      connect: (to, callback) =>
        connector(
          {
            ...to,
            hostname: address?.host ?? to.hostname,
            port: address?.port === undefined ? to.port : `${address.port}`,
          },
          callback,
        ),
    });
    this.#pools.set(key, pool);
    return pool;
  }
}

function sent(status: string): Exchange {
  return { kind: 'sent', execution: { ok: /^[23]/.test(status), summary: status.slice(0, 200) } };
}

function notSent(origin: string, thrown: unknown): Exchange {
  const code = codeOf(thrown);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return { kind: 'not-sent', status: 504, reason: `${origin} could not be reached in time; nothing was sent` };
  }
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code);
  const what = untrusted ? `the certificate of ${origin} is not trusted` : `${origin} could not be reached`;
  return { kind: 'not-sent', status: 502, reason: `${what} (${code || messageOf(thrown)}); nothing was sent` };
}

function lost(origin: string, cause: unknown): HttpDoorError {
  const slow = /TIMEOUT/.test(codeOf(cause));
  const what = slow ? 'did not answer in time' : 'broke off';
  return new HttpDoorError('UPSTREAM_LOST', `${origin} ${what} after the request was sent`, { cause });
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

/** undici gives the raw headers as a flat list, or as a record that a header given several times has a list in. */
function pairsOf(headers: NonNullable<Dispatcher.DispatchController['rawHeaders']>): ReturnType<typeof headerPairs> {
  if (Array.isArray(headers)) return headerPairs(headers.map((item) => item.toString('latin1')));
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((item): [string, string] => [name.toLowerCase(), item]),
  );
}
