/**
 * Ties a session to the process that launched it: a connection that nobody speaks on. The operating system closes it however
 * that process ends, `kill -9` included, and the daemon closes the session.
 */
import { connect, createServer } from 'node:net';

/**
 * The daemon's side. A session whose lease nobody takes stays until it is closed.
 *
 * @param lost called once, when the launcher is gone.
 */
export function offerLease(path: string, lost: () => void): Promise<{ close(): Promise<void> }> {
  const server = createServer((launcher) => {
    // One launcher to a session: whoever comes later may not end it.
    server.close();
    launcher.on('error', () => undefined); // Followed by `close`.
    launcher.resume();
    launcher.once('close', lost);
    launchers.push(() => launcher.off('close', lost).destroy());
  });
  const launchers: (() => void)[] = [];
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () =>
      resolve({
        close: () => {
          for (const end of launchers) end();
          return new Promise((closed) => server.close(() => closed()));
        },
      }),
    );
  });
}

/** The launcher's side. Resolves when the lease is taken; it ends with `close`, or with the process. */
export function takeLease(path: string): Promise<{ close(): void }> {
  return new Promise((resolve, reject) => {
    const connection = connect(path, () => {
      connection.off('error', reject);
      // The daemon may go first; what is left of the session ends with its doors.
      connection.on('error', () => undefined);
      connection.unref();
      resolve({ close: () => connection.destroy() });
    });
    connection.once('error', reject);
  });
}
