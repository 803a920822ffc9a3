/** Sessions of agents that hooks speak for: one for each run of an agent, or the session of the `firebreak run` it is in. */
import type { Session } from '#action/session';
import { sha256 } from '#base/bytes';
import { HookDoorError } from '#intercept/hook/errors';
import type { HookCaller, HookSessions } from '#intercept/hook/options';
import type { Core } from './core.js';

/** Runs that are remembered; the oldest goes first. */
const MOST = 1_000;

const PREFIX = 'hook_';

/** True for a session that does not end with the daemon: its agent goes on, and names the same run again. */
export function isHookSession({ id }: Session): boolean {
  return id.startsWith(PREFIX);
}

/** @param own the session of `firebreak run` whose own door asks. */
export function createHookSessions(core: Pick<Core, 'sessions' | 'note'>, own?: Session): HookSessions {
  /** The runs whose beginning is on the record, or on the way to it. */
  const noted = new Map<string, Promise<void>>();
  const intents = new Map<string, string>();

  async function note(act: 'session-opened' | 'session-closed', { title, run }: HookCaller, id: string): Promise<void> {
    const folder = run.folder === undefined ? '' : `, in ${run.folder}`;
    await core.note({ act, by: 'hook', subject: id, detail: `${title}, its session ${run.id}${folder}`, ok: true });
  }

  /** The session that the client's environment names. */
  function launched({ claimed }: HookCaller): Session | undefined {
    if (claimed === undefined) return undefined;
    const session = core.sessions.get(claimed);
    // FAIL-CLOSED: a run whose session has ended does not become one that may do more.
    if (session === undefined) {
      throw new HookDoorError('SESSION_ENDED', 'the session of this `firebreak run` has ended', {
        hint: 'start the agent again with `firebreak run`',
      });
    }
    return session;
  }

  return {
    async of(caller) {
      const session = own ?? launched(caller) ?? standing(caller);
      const key = keyOf(caller);
      if (isHookSession(session)) {
        const opened = noted.get(key) ?? note('session-opened', caller, session.id);
        remember(noted, key, opened);
        // FAIL-CLOSED: a run whose beginning cannot be recorded has no session, so nothing of it is let go.
        await opened.catch((error: unknown) => {
          noted.delete(key); // The next call tries again.
          throw error;
        });
      }
      // What a person said when they started the run counts more than what an agent's hook says that they said.
      return session.intent === '' ? { ...session, intent: intents.get(key) ?? '' } : session;
    },

    instructed(caller, text) {
      remember(intents, keyOf(caller), text);
    },

    async ended(caller) {
      const key = keyOf(caller);
      intents.delete(key);
      if (noted.delete(key)) await note('session-closed', caller, standing(caller).id);
    },
  };
}

/** Equal for the same run of the same agent also after a restart of the daemon, so that it finds its holds again. */
function standing({ agent, title, run }: HookCaller): Session {
  return {
    id: `${PREFIX}${sha256(JSON.stringify([agent, run.id]))
      .toString('hex')
      .slice(0, 26)}`,
    agent: title,
    intent: '',
    environments: ['*'],
    mode: 'work',
    tier: 'advisory',
  };
}

function keyOf({ agent, run, claimed }: HookCaller): string {
  return JSON.stringify([agent, run.id, claimed]);
}

/** Puts it behind the others, and forgets the first when there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MOST) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
