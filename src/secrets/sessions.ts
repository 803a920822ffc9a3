import type { Placeholder } from '#action/credential';
import type { Session } from '#action/session';
import { SecretsError } from './errors.js';

/** Every method is durable when it resolves. */
export interface SessionStorage {
  insert(session: Session, openedAt: number): Promise<void>;
  close(id: string, closedAt: number): Promise<void>;
  open(): Promise<readonly Session[]>;
}

export interface Sessions {
  open(session: Session, at: number): Promise<void>;
  close(id: string, at: number): Promise<void>;
  get(id: string): Session | undefined;
  count(): number;
  ids(): readonly string[];
  /**
   * The session that a placeholder speaks for.
   *
   * @throws SecretsError `SESSION_ENDED` when it was issued to a session that is no longer open.
   */
  of(placeholder: Placeholder): Session;
}

export async function openSessions(storage: SessionStorage): Promise<Sessions> {
  const sessions = new Map((await storage.open()).map((session) => [session.id, session]));
  return {
    async open(session, at) {
      await storage.insert(session, at);
      sessions.set(session.id, session);
    },
    async close(id, at) {
      await storage.close(id, at);
      sessions.delete(id);
    },
    get: (id) => sessions.get(id),
    count: () => sessions.size,
    ids: () => [...sessions.keys()],
    of(placeholder) {
      if (placeholder.sessionId === undefined) return standingSession(placeholder);
      const session = sessions.get(placeholder.sessionId);
      // FAIL-CLOSED: the placeholder of a session that has ended does not become a standing one, which may do more.
      if (session === undefined) throw new SecretsError('SESSION_ENDED', 'the session of this placeholder has ended');
      return session;
    },
  };
}

const STANDING = 'standing_';

/** True for a session that does not end with a run or with the daemon: its placeholder stays good. */
export function isStanding({ id }: Session): boolean {
  return id.startsWith(STANDING);
}

/** For a placeholder that a person put into a tool's settings: nobody knows the task, and nothing fences the agent in. */
function standingSession(placeholder: Placeholder): Session {
  return {
    id: `${STANDING}${placeholder.id}`,
    agent: 'an agent with a standing placeholder',
    intent: '',
    environments: [placeholder.environment],
    mode: 'work',
    tier: 'advisory',
  };
}
