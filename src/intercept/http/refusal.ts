import type { ServerResponse } from 'node:http';
import type { Refusal, RefusalCode } from '#action/submission';

/** Why a request does not go on, in the words of the pipeline or of the door itself. */
export interface HttpRefusal {
  readonly status: number;
  /** Without the prefix `firebreak_`. */
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
  readonly holdId?: string | undefined;
}

export function refusalOf({ code, reason, hint, holdId }: Refusal): HttpRefusal {
  return { status: statusOf(code), code, reason, hint, holdId };
}

/** 503 when it is Firebreak that failed, and trying again can help; 403 when somebody said no. */
function statusOf(code: RefusalCode): number {
  return code === 'error' || code === 'unrecorded' ? 503 : 403;
}

/**
 * The body of a refusal. GraphQL clients print `errors` (GraphQL specification, 7.1.2) and may ignore everything else.
 */
function refusalBody({ code, reason, hint, holdId }: HttpRefusal, graphql: boolean): string {
  const subject = holdId === undefined ? '' : `${holdId}: `;
  const error = { code: `firebreak_${code}`, message: `Firebreak: ${subject}${reason}`, hint, hold: holdId ?? null };
  const message = `${error.message}. ${hint}`;
  const errors = [{ message, extensions: { code: error.code, hold: error.hold } }];
  return `${JSON.stringify(graphql ? { error, errors, data: null } : { error })}\n`;
}

/** Writes a refusal as a whole response; when a response has begun, cuts the connection instead. */
export function sendRefusal(response: ServerResponse, refusal: HttpRefusal, graphql: boolean, close = false): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = refusalBody(refusal, graphql);
  response.writeHead(refusal.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(close ? { connection: 'close' } : {}),
  });
  response.end(body);
}

/** A whole response on a socket that no `ServerResponse` belongs to: a CONNECT, or what the parser gave up on. */
export function rawRefusal(refusal: HttpRefusal, statusText: string): string {
  const body = refusalBody(refusal, false);
  return [
    `HTTP/1.1 ${refusal.status} ${statusText}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
