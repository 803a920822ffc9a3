/**
 * The control API: `Operations` as JSON for the command line, one `POST /v1/<method>` for each, with the arguments as a
 * JSON array. Answers `{"result": ...}` or `{"error": {"code", "message", "hint"}}`. Whoever can reach it can do what the
 * daemon's owner can, so it is only ever served on a Unix socket that nobody else can open: see `listenControl`.
 */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Operations } from '#action/operations';
import { CONTROL_REQUESTS, isControlMethod } from './control-requests.js';
import { WebError } from './errors.js';
import { type Problem, problemOf } from './problem.js';
import { MAX_BODY_BYTES } from './request-limits.js';

export interface ControlAppOptions {
  readonly operations: Operations;
  /** Where defects go: the daemon's own log. */
  readonly report: (defect: unknown) => void;
}

export function createControlApp({ operations, report }: ControlAppOptions): Hono {
  const app = new Hono();

  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) =>
        c.json(errorBody({ code: 'REQUEST_INVALID', message: 'the request is over 64 KiB', hint: undefined }), 413),
    }),
  );
  app.post('/v1/:method', async (c) => {
    const method = c.req.param('method');
    if (!isControlMethod(method)) throw new WebError('METHOD_UNKNOWN', `there is no operation \`${method}\``, NEWER);
    const args = readArguments(method, await c.req.text());
    return c.json({ result: await perform(operations, method, args) });
  });
  app.notFound((c) => {
    const problem = problemOf(new WebError('METHOD_UNKNOWN', 'there is nothing here', NEWER), report);
    return c.json(errorBody(problem), 404);
  });
  app.onError((thrown, c) => {
    const problem = problemOf(thrown, report);
    return c.json(errorBody(problem), problem.status);
  });
  return app;
}

const NEWER = { hint: 'is the daemon of the same version as this command line? restart it with `firebreak up`' };

function readArguments<M extends keyof Operations>(method: M, body: string): Parameters<Operations[M]> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new WebError('REQUEST_INVALID', `the arguments of \`${method}\` are not JSON`, { cause });
  }
  const read = CONTROL_REQUESTS[method].safeParse(json);
  if (read.success) return read.data as Parameters<Operations[M]>; // The table's own type says so, for each method.
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new WebError('REQUEST_INVALID', `wrong arguments for \`${method}\`${where}: ${issue?.message ?? 'invalid'}`);
}

function perform<M extends keyof Operations>(
  operations: Operations,
  method: M,
  args: Parameters<Operations[M]>,
): unknown {
  // TypeScript cannot follow that one method's arguments go to the same method, although both types are indexed by it.
  const operation = operations[method] as (...args: Parameters<Operations[M]>) => unknown;
  return operation.apply(operations, args);
}

function errorBody({ code, message, hint }: Pick<Problem, 'code' | 'message' | 'hint'>) {
  return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
}
