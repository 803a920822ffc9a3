/** Where Firebreak keeps what it knows: one folder, its owner's only (XDG Base Directory Specification). */
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { makePrivateFolder } from '#base/durable-file';
import { FirebreakError } from '#base/errors';
import { HTTP_SOCKET, sessionFolder } from '#launch/session-paths';

export class StateError extends FirebreakError<'STATE_MISSING' | 'STATE_OPEN_TO_OTHERS' | 'STATE_PATH_TOO_LONG'> {}

export interface StateFolder {
  readonly path: string;
  readonly database: string;
  readonly lock: string;
  readonly controlSocket: string;
  /** For the hooks of agents that start a small client. */
  readonly hookSocket: string;
  readonly vault: string;
  readonly snapshots: string;
  /** Copies of local work, one folder for each snapshot. */
  readonly kept: string;
  readonly log: string;
  readonly logKey: string;
  /** Sockets of contained sessions. */
  readonly sessions: string;
  /** The authority of the standing HTTPS door, for tools that are not started by `firebreak run`. */
  readonly caFile: string;
}

/** The longest path of a Unix socket that Linux and macOS both take, less the longest name we add. */
const LONGEST_PATH = 103 - sessionFolder('/run', '0'.repeat(12)).length - `/${HTTP_SOCKET}`.length;

/** @param chosen `--state`, or FIREBREAK_STATE; by default `$XDG_STATE_HOME/firebreak`. */
export function locateState(chosen: string | undefined, environment: NodeJS.ProcessEnv): StateFolder {
  const base = environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  const path = resolve(chosen ?? environment['FIREBREAK_STATE'] ?? join(base, 'firebreak'));
  return {
    path,
    database: join(path, 'state.sqlite'),
    lock: join(path, 'lock.sqlite'),
    controlSocket: join(path, 'control.sock'),
    hookSocket: join(path, 'hook.sock'),
    vault: join(path, 'vault'),
    snapshots: join(path, 'snapshots'),
    kept: join(path, 'kept'),
    log: join(path, 'log'),
    logKey: join(path, 'log.vkey'),
    sessions: join(path, 'run'),
    caFile: join(path, 'ca.pem'),
  };
}

/**
 * @throws StateError when the folder is missing, when others may enter it, or when its path is too long for a socket.
 */
export function checkState(state: StateFolder): void {
  if (!existsSync(state.database)) {
    throw new StateError('STATE_MISSING', `there is no Firebreak state in \`${state.path}\``, {
      hint: 'run `firebreak init` first',
    });
  }
  // FAIL-CLOSED: a state folder that other users may enter is refused.
  if ((statSync(state.path).mode & 0o077) !== 0) {
    throw new StateError('STATE_OPEN_TO_OTHERS', `other users may enter \`${state.path}\``, {
      hint: `run \`chmod 700 ${state.path}\``,
    });
  }
  checkPathLength(state);
}

/** Makes the folder of a new state. */
export function makeState(state: StateFolder): void {
  checkPathLength(state);
  makePrivateFolder(state.path);
}

function checkPathLength(state: StateFolder): void {
  if (Buffer.byteLength(state.path) > LONGEST_PATH) {
    throw new StateError(
      'STATE_PATH_TOO_LONG',
      `the path of the state folder is longer than ${LONGEST_PATH} bytes, too long for sockets in it`,
      {
        hint: 'name a shorter one with --state',
      },
    );
  }
}
