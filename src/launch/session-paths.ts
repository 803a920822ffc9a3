/** Where a session's sockets are, in the daemon's folder of sessions. Short: a socket's path has little more than 100 bytes. */
import { join } from 'node:path';

/** Sockets in a contained session's folder. */
export const HTTP_SOCKET = 'http.sock';
export const POSTGRES_SOCKET = 'pg.sock';
export const HOOK_SOCKET = 'hook.sock';

/** The folder of a contained session: the end of its identifier tells it from others (60 random bits). */
export function sessionFolder(sessions: string, sessionId: string): string {
  return join(sessions, sessionId.slice(-12));
}

/** Where a session's lease is taken. Beside its folder: nothing of it can be seen from within the session. */
export function leasePath(sessions: string, sessionId: string): string {
  return `${sessionFolder(sessions, sessionId)}.lease`;
}
