/**
 * The fence around a contained session: a namespace without network but our doors, with what the agent must not read hidden
 * and what it must not change read-only. Built with bubblewrap (`bwrap` 0.8 or newer). Pure.
 */

export interface Fence {
  /** The folder that the agent works in: it may write here. */
  readonly workspace: string;
  /** The person's home folder; writable, because agents keep their own settings there, but for what is hidden. */
  readonly home: string;
  /** Folders that must not be seen at all: the state folder, the key's folder, credentials of other tools. */
  readonly hiddenFolders: readonly string[];
  readonly hiddenFiles: readonly string[];
  /** Files that may be read and not changed: `firebreak.yaml` and policies. */
  readonly readOnly: readonly string[];
  /** A folder with the session's sockets, and nothing else. */
  readonly socketFolder: string;
  readonly command: readonly string[];
}

/** Where a contained session sees the sockets of its doors. */
export const SOCKETS_INSIDE = '/run/firebreak';

/**
 * The arguments for `bwrap`. Later mounts cover earlier ones, so the order is: everything read-only, fresh scratch folders,
 * what is writable, what is hidden, what is read-only again.
 */
export function bwrapArguments(fence: Fence): string[] {
  const writable = [...new Set([fence.home, fence.workspace])];
  return [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--tmpfs', '/run'],
    ...writable.flatMap((path) => ['--bind', path, path]),
    ...fence.hiddenFolders.flatMap((path) => ['--tmpfs', path]),
    ...fence.hiddenFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    // The workspace may lie inside a hidden or a scratch folder: it stays visible.
    ...['--bind', fence.workspace, fence.workspace],
    ...fence.readOnly.flatMap((path) => ['--ro-bind', path, path]),
    ...['--ro-bind', fence.socketFolder, SOCKETS_INSIDE],
    // No network, no sight of other processes, and no further user namespace in which to mount anything.
    ...[
      '--unshare-user',
      '--disable-userns',
      '--unshare-net',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
    ],
    ...['--cap-drop', 'ALL', '--die-with-parent', '--chdir', fence.workspace, '--', ...fence.command],
  ];
}

/** Folders below a home folder in which tools keep credentials. */
export const CREDENTIAL_FOLDERS: readonly string[] = [
  '.aws',
  '.azure',
  '.config/gcloud',
  '.config/gh',
  '.config/doctl',
  '.docker',
  '.fly',
  '.gnupg',
  '.heroku',
  '.kube',
  '.netlify',
  '.neon',
  '.railway',
  '.ssh',
  '.supabase',
  '.terraform.d',
  '.vercel',
  '.config/firebreak',
];

/** Files below a home folder in which tools keep credentials. */
export const CREDENTIAL_FILES: readonly string[] = [
  '.netrc',
  '.pgpass',
  '.my.cnf',
  '.git-credentials',
  '.npmrc',
  '.pypirc',
];
