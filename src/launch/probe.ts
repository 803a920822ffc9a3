import { spawnSync } from 'node:child_process';
import { bwrapArguments } from './contain.js';
import { findProgram } from './host-paths.js';

export type Containment =
  | { readonly able: true; readonly bwrap: string }
  | { readonly able: false; readonly reason: string; readonly hint: string };

/**
 * Whether this machine can contain a session: by doing it, with a command that does nothing.
 *
 * @param writable folders in which an agent may write, and from which bubblewrap is therefore not taken.
 */
export function canContain(
  path: string | undefined = process.env['PATH'],
  writable: readonly string[] = [],
): Containment {
  if (process.platform !== 'linux') {
    return {
      able: false,
      reason: `containment needs Linux, and this is ${process.platform}`,
      hint: 'run the agent in a Linux machine or container',
    };
  }
  const bwrap = findProgram('bwrap', path, writable);
  if (bwrap === undefined) {
    return {
      able: false,
      reason: 'bwrap is not installed',
      hint: 'install bubblewrap 0.8 or newer (`apt-get install bubblewrap`)',
    };
  }
  const fence = {
    workspace: '/tmp',
    writable: [],
    scratch: [],
    readOnly: [],
    hiddenFolders: [],
    hiddenFiles: [],
    socketFolder: '/tmp',
    emptyFile: '/dev/null',
    ownTerminalSession: false,
    seccomp: undefined,
    command: ['true'],
  };
  const tried = spawnSync(bwrap, bwrapArguments(fence), { encoding: 'utf8', timeout: 10_000, env: { PATH: path } });
  if (tried.status === 0) return { able: true, bwrap };
  const [why = tried.error?.message ?? ''] = (tried.stderr ?? '').trim().split('\n');
  return {
    able: false,
    reason: `bwrap cannot make a namespace here: ${why}`,
    hint: 'allow user namespaces, or bubblewrap in AppArmor',
  };
}
