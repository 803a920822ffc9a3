/**
 * Who is signed in to the approval page. Being signed in lets a person read and say no; saying yes takes a fresh code each
 * time. Kept in memory only: a restart of the daemon signs everybody out.
 */
import { randomBytes } from 'node:crypto';
import { sha256 } from '#base/bytes';
import type { Clock } from '#base/clock';

export const SESSION_SECONDS = 12 * 3600;
const MOST_SESSIONS = 200;

export interface SignedIn {
  readonly approver: string;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
}

export interface PageSessions {
  /** The token for the cookie: 256 random bits. Only its hash is kept. */
  start(approver: string): string;
  find(token: string | undefined): SignedIn | undefined;
  end(token: string): void;
}

export function createPageSessions(clock: Clock): PageSessions {
  // In the order of their start, which is also that of their end. Looked up by hash, so time tells nothing of a token.
  const sessions = new Map<string, SignedIn>();

  const keyOf = (token: string) => sha256(token).toString('hex');
  const isOver = (session: SignedIn) => clock.now() - session.since >= SESSION_SECONDS * 1000;

  return {
    start(approver) {
      for (const [key, session] of sessions) {
        if (isOver(session) || sessions.size >= MOST_SESSIONS) sessions.delete(key);
        else break;
      }
      const token = randomBytes(32).toString('base64url');
      sessions.set(keyOf(token), { approver, since: clock.now() });
      return token;
    },
    find(token) {
      if (token === undefined) return undefined;
      const session = sessions.get(keyOf(token));
      return session === undefined || isOver(session) ? undefined : session;
    },
    end(token) {
      sessions.delete(keyOf(token));
    },
  };
}
