/** `Operations` of a daemon that runs elsewhere, through its control socket. */
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { Operations } from '#action/operations';
import { FirebreakError, messageOf } from '#base/errors';

export type RemoteErrorCode =
  | 'DAEMON_DOWN'
  /** There is a socket, and this user may not open it. */
  | 'DAEMON_OUT_OF_REACH'
  /** The connection broke before the answer was whole. */
  | 'DAEMON_LOST'
  | 'DAEMON_ANSWER';

export class RemoteError extends FirebreakError<RemoteErrorCode> {}

const answer = z.union([
  z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() }) }),
  z.strictObject({ result: z.unknown().optional() }),
]);

/**
 * Every method throws what the daemon threw, as a FirebreakError with the same code, message and hint, or
 *
 * @throws RemoteError `DAEMON_DOWN`, `DAEMON_OUT_OF_REACH`, `DAEMON_LOST`, `DAEMON_ANSWER`
 */
export function remoteOperations(socketPath: string): Operations {
  // An idle connection must not keep a command alive that has nothing more to do.
  const dispatcher = new Agent({ connect: { socketPath, timeout: 5_000 }, pipelining: 0 });

  async function call<M extends keyof Operations>(
    method: M,
    ...args: Parameters<Operations[M]>
  ): Promise<Awaited<ReturnType<Operations[M]>>> {
    const body = await send(method, JSON.stringify(args));
    if ('error' in body) {
      const { code, message, hint } = body.error;
      throw new FirebreakError(code, message, hint === undefined ? {} : { hint });
    }
    return body.result as Awaited<ReturnType<Operations[M]>>; // The daemon is ours; its `Operations` has the same type.
  }

  async function send(method: string, json: string): Promise<z.output<typeof answer>> {
    let text: string;
    try {
      const response = await request(`http://firebreak/v1/${method}`, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: json,
      });
      text = await response.body.text();
    } catch (error) {
      throw connectionError(error, socketPath);
    }
    return readAnswer(text);
  }

  return {
    status: () => call('status'),
    holds: (options) => call('holds', options),
    hold: (id) => call('hold', id),
    approve: (id, approval) => call('approve', id, approval),
    reject: (id, rejection) => call('reject', id, rejection),
    approvers: () => call('approvers'),
    signIn: (approver, code) => call('signIn', approver, code),
    freezes: () => call('freezes'),
    freeze: (freeze) => call('freeze', freeze),
    unfreeze: (unfreeze) => call('unfreeze', unfreeze),
    snapshots: () => call('snapshots'),
    checkUndo: (id) => call('checkUndo', id),
    undo: (id, undo) => call('undo', id, undo),
    openSession: (session) => call('openSession', session),
    closeSession: (id) => call('closeSession', id),
    secrets: () => call('secrets'),
    addSecret: (secret) => call('addSecret', secret),
    rotateSecret: (secret) => call('rotateSecret', secret),
    revokeSecret: (name) => call('revokeSecret', name),
  };
}

function readAnswer(text: string): z.output<typeof answer> {
  try {
    return answer.parse(JSON.parse(text));
  } catch (cause) {
    throw new RemoteError(
      'DAEMON_ANSWER',
      'what answers on the control socket is not a firebreak daemon of this version',
      {
        hint: 'restart it with `firebreak up`',
        cause,
      },
    );
  }
}

function connectionError(cause: unknown, socketPath: string): RemoteError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new RemoteError('DAEMON_DOWN', 'no firebreak daemon answers', {
        hint: 'start it with `firebreak up`',
        cause,
      });
    case 'EACCES':
      return new RemoteError('DAEMON_OUT_OF_REACH', `this user may not open \`${socketPath}\``, {
        hint: 'run this as the user who runs the daemon',
        cause,
      });
    default:
      return new RemoteError('DAEMON_LOST', `the daemon went away before it answered: ${messageOf(cause)}`, {
        hint: '`firebreak status` tells whether it runs; look before you repeat what you asked for',
        cause,
      });
  }
}
