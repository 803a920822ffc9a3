/**
 * The fence around a contained session: a namespace without network but our doors, in which everything is read-only but the
 * workspace and the agent's own folders, and in which credentials cannot be seen. Built with bubblewrap (`bwrap` 0.8 or
 * newer). Pure; every path in a `Fence` is absolute, real (no symbolic links) and exists.
 */

import { dirname } from 'node:path/posix';

export interface Fence {
  /** The folder that the agent works in: it may write here. */
  readonly workspace: string;
  /** What else it may write to: the agent's own settings and sessions. */
  readonly writable: readonly string[];
  /** Folders that are empty at the start and gone at the end: caches, from which people run things later. */
  readonly scratch: readonly string[];
  /** Files and folders that may be read and not changed: `firebreak.yaml`, policies, Firebreak itself. */
  readonly readOnly: readonly string[];
  /** Folders that must not be seen at all: the state folder, credentials of other tools. */
  readonly hiddenFolders: readonly string[];
  readonly hiddenFiles: readonly string[];
  /** A folder with the session's sockets and files, and nothing else. */
  readonly socketFolder: string;
  /** An empty file, which stands where hidden files are. */
  readonly emptyFile: string;
  /** True: without a controlling terminal, so that no keystrokes can be forged on it. Costs Ctrl-C and job control. */
  readonly ownTerminalSession: boolean;
  /** The number of a file descriptor with a seccomp program. */
  readonly seccomp: number | undefined;
  readonly command: readonly string[];
}

/** Where a contained session sees the sockets of its doors. */
export const SOCKETS_INSIDE = '/run/firebreak';

/** What a path becomes, weakest first: of two for one path, the later wins. */
const KINDS = ['writable', 'scratch', 'readOnly', 'hiddenFile', 'hiddenFolder'] as const;

interface Mount {
  readonly path: string;
  readonly kind: (typeof KINDS)[number];
}

/** The arguments for `bwrap`. */
export function bwrapArguments(fence: Fence): string[] {
  const mounts = mountsOf(fence);
  return [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    // Whoever is root outside may write there without any capability: core_pattern names a program for the host to run.
    ...['--ro-bind', '/proc/sys', '/proc/sys'],
    ...mounts.flatMap((mount) => mountArguments(mount, fence.emptyFile)),
    ...['--ro-bind', fence.socketFolder, SOCKETS_INSIDE],
    // Last, for mount points in them had to be made.
    ...mounts.flatMap(({ path, kind }) => (kind === 'hiddenFolder' ? ['--remount-ro', path] : [])),
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
    ...(fence.ownTerminalSession ? ['--new-session'] : []),
    ...(fence.seccomp === undefined ? [] : ['--seccomp', String(fence.seccomp)]),
    ...['--cap-drop', 'ALL', '--die-with-parent', '--chdir', fence.workspace, '--', ...fence.command],
  ];
}

/**
 * INVARIANT: what lies deeper is mounted later, so that a hidden folder inside the workspace stays hidden, and a workspace
 * inside a scratch folder stays visible, in whatever order they were named.
 */
function mountsOf(fence: Fence): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  const add = (paths: readonly string[], kind: Mount['kind']) => {
    for (const path of paths) {
      const before = mounts.get(path);
      if (before === undefined || KINDS.indexOf(before.kind) < KINDS.indexOf(kind)) mounts.set(path, { path, kind });
    }
  };
  add([fence.workspace, ...fence.writable], 'writable');
  add(['/tmp', '/run', ...fence.scratch], 'scratch');
  add(fence.readOnly, 'readOnly');
  add(fence.hiddenFiles, 'hiddenFile');
  add(fence.hiddenFolders, 'hiddenFolder');
  for (const path of pins([...mounts.values()])) add([path], 'writable');
  return [...mounts.values()]
    .filter((mount, _, all) => !isHiding(mount) || !isEmpty(nearest(all, dirname(mount.path))?.kind))
    .sort((a, b) => depth(a.path) - depth(b.path));
}

/**
 * The writable folders between a writable place and something protected in it. Each becomes a mount of its own, for a folder
 * on which something is mounted cannot be renamed away (rename(2), EBUSY) to put another in its place.
 */
function pins(mounts: readonly Mount[]): readonly string[] {
  return mounts
    .filter((mount) => mount.kind === 'readOnly' || isHiding(mount))
    .flatMap(({ path }) => foldersAbove(path))
    .filter((folder) => nearest(mounts, folder)?.kind === 'writable');
}

/** The deepest mount that a path lies in. */
function nearest(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.filter((mount) => contains(mount.path, path)).sort((a, b) => depth(b.path) - depth(a.path))[0];
}

function isHiding({ kind }: Mount): boolean {
  return kind === 'hiddenFile' || kind === 'hiddenFolder';
}

/** What is hidden in an empty folder is hidden already. */
function isEmpty(kind: Mount['kind'] | undefined): boolean {
  return kind === 'scratch' || kind === 'hiddenFolder';
}

function mountArguments({ path, kind }: Mount, emptyFile: string): string[] {
  switch (kind) {
    case 'writable':
      return ['--bind', path, path];
    case 'readOnly':
      return ['--ro-bind', path, path];
    case 'hiddenFile':
      return ['--ro-bind', emptyFile, path];
    case 'scratch':
    case 'hiddenFolder':
      return ['--tmpfs', path];
  }
}

/** True when `path` is `folder` or lies in it. */
export function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** `/a`, `/a/b` for `/a/b/c`. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

function depth(path: string): number {
  return path === '/' ? 0 : path.split('/').length - 1;
}
