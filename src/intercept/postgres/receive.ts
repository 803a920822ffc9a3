import type { Duplex } from 'node:stream';

/** The other side closed, or the time was up, before a whole message came. */
export class NothingReceived extends Error {}

/**
 * Reads a socket until `take` gives something: for the phases of a connection where one side waits for the other. The
 * socket is left paused, so that bytes behind it stay for the next phase.
 *
 * @throws NothingReceived; and whatever `push` or `take` throw.
 */
export function receive<T>(
  socket: Duplex,
  push: (chunk: Buffer) => void,
  take: () => T | undefined,
  deadline: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      socket.pause();
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
      deadline.removeEventListener('abort', onDeadline);
      settle();
    };
    const attempt = (chunk?: Buffer): boolean => {
      try {
        if (chunk !== undefined) push(chunk);
        const taken = take();
        if (taken === undefined) return false;
        finish(() => resolve(taken));
      } catch (thrown) {
        finish(() => reject(thrown));
      }
      return true;
    };
    const onData = (chunk: Buffer) => void attempt(chunk);
    const onEnd = (cause?: unknown) =>
      finish(() => reject(new NothingReceived('the connection was closed', { cause })));
    const onDeadline = () => finish(() => reject(new NothingReceived('it took too long')));

    if (attempt()) return;
    if (socket.destroyed || socket.readableEnded) return onEnd();
    if (deadline.aborted) return onDeadline();
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd);
    deadline.addEventListener('abort', onDeadline);
    socket.resume();
  });
}
