import { spawnSync } from 'node:child_process';
import { bwrapArguments } from './contain.js';

export type Containment =
  | { readonly able: true }
  | { readonly able: false; readonly reason: string; readonly hint: string };

/** Whether this machine can contain a session: by doing it, with a command that does nothing. */
export function canContain(path: string | undefined = process.env['PATH']): Containment {
  if (process.platform !== 'linux') {
    return {
      able: false,
      reason: `containment needs Linux, and this is ${process.platform}`,
      hint: 'run the agent in a Linux machine or container',
    };
  }
  const fence = {
    workspace: '/tmp',
    home: '/tmp',
    hiddenFolders: [],
    hiddenFiles: [],
    readOnly: [],
    socketFolder: '/tmp',
    command: ['true'],
  };
  const tried = spawnSync('bwrap', bwrapArguments(fence), { encoding: 'utf8', timeout: 10_000, env: { PATH: path } });
  if (tried.error !== undefined) {
    return {
      able: false,
      reason: 'bwrap is not installed',
      hint: 'install bubblewrap 0.8 or newer (`apt-get install bubblewrap`)',
    };
  }
  if (tried.status === 0) return { able: true };
  const [why = ''] = tried.stderr.trim().split('\n');
  return {
    able: false,
    reason: `bwrap cannot make a namespace here: ${why}`,
    hint: 'allow user namespaces, or bubblewrap in AppArmor',
  };
}
