/** The doors for agents' hooks: the standing ones, and one for each contained session. */
import type { Session } from '#action/session';
import { FirebreakError, messageOf } from '#base/errors';
import { DIALECTS } from '#intercept/hook/dialects';
import { createHookDoor, type HookDoor } from '#intercept/hook/hook-door';
import type { HookDoorOptions, HookLimits, HookSessions } from '#intercept/hook/options';
import type { Core } from './core.js';
import { createHookSessions } from './hook-sessions.js';
import { isLoopback, splitAddress } from './settings.js';

export interface HookDoors {
  /** On a loopback port, for agents that speak HTTP themselves. */
  readonly network: HookDoor;
  /** On a Unix socket, for small clients. */
  readonly local: HookDoor;
}

/** The doors of every agent that no contained session holds. They know the same sessions. */
export function hookDoors(core: Core, onDefect: (text: string) => void, limits: Partial<HookLimits> = {}): HookDoors {
  const sessions = createHookSessions(core);
  const own = process.getuid?.();
  return {
    network: door(core, sessions, onDefect, { limits, users: own === undefined ? undefined : new Set([own]) }),
    local: door(core, sessions, onDefect, { limits }),
  };
}

/** The door of one contained session: whoever reaches it is that session. */
export function sessionHookDoor(core: Core, session: Session, onDefect: (text: string) => void): HookDoor {
  return door(core, createHookSessions(core, session), onDefect, {});
}

/**
 * @param where `host:port`
 * @throws FirebreakError `CONFIG_INVALID`: hooks speak plain HTTP and prove nothing, so they stay on this machine.
 */
export function checkHookAddress(where: string): void {
  if (isLoopback(splitAddress(where).host)) return;
  throw new FirebreakError('CONFIG_INVALID', `\`listen.hooks\` is \`${where}\`, which others can reach`, {
    hint: 'hooks are called on this machine only: write a loopback address, such as 127.0.0.1:7371',
  });
}

function door(
  core: Core,
  sessions: HookSessions,
  onDefect: (text: string) => void,
  bounds: Pick<HookDoorOptions, 'limits' | 'users'>,
): HookDoor {
  return createHookDoor({
    dialects: DIALECTS,
    submit: core.submit,
    sessions,
    ...bounds,
    onDefect,
    record: (event) => {
      // It tells of what has happened already; an unwritable log refuses everything that follows.
      core.log
        .append({ ...event, time: core.clock.now() }, 'soon')
        .catch((error: unknown) => onDefect(messageOf(error)));
    },
  });
}
