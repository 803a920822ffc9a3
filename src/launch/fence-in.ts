/** From a launch to its fence: what of this machine an agent may see and change. */
import { dirname, join } from 'node:path';
import { contains, type Fence } from './contain.js';
import { LaunchError } from './errors.js';
import { AGENT_FOLDERS, AGENT_SETTINGS, CACHES, CREDENTIALS, GIT_SETTINGS } from './home-paths.js';
import { homeFolders, isFolder, realPath, replaceableLink, unixSockets } from './host-paths.js';

/** What of this machine a contained session may see and change. Paths that do not exist are ignored. */
export interface Ground {
  /** A real path. */
  readonly workspace: string;
  /** What HOME says. */
  readonly home: string;
  /** Files and folders beside the workspace that the agent may change. */
  readonly writable: readonly string[];
  /** Never to be seen: the state folder, the vault's key, files that withheld variables name. */
  readonly hidden: readonly string[];
  /** May be read, not changed: the configuration and policies. */
  readonly readOnly: readonly string[];
  /** Where this Firebreak is installed. */
  readonly packageRoot: string;
}

/** Folders that belong to everybody: an agent that may change them, or sees their sockets, is not contained. */
const COMMON = ['/dev', '/etc', '/proc', '/run', '/tmp', '/usr', '/var/run'];

/**
 * Refuses what no fence could be put around.
 *
 * @throws LaunchError `WORKSPACE_UNFIT`, `LINK_REPLACEABLE`
 */
export function checkGround({ workspace, home, writable, hidden, readOnly, packageRoot }: Ground): void {
  const unfit = (path: string, why: string) =>
    new LaunchError('WORKSPACE_UNFIT', `an agent cannot be contained in \`${path}\`: ${why}`, {
      hint: 'start it in the folder of its project, or take the weaker `--tier advisory`',
    });
  for (const path of [workspace, ...writable]) {
    const here = realPath(path) ?? path;
    if (homeFolders(home).some((folder) => contains(here, folder)))
      throw unfit(path, 'whoever may change your home folder can change what your shell does next');
    if (COMMON.some((folder) => contains(here, folder))) throw unfit(path, 'the whole machine uses it');
    if (hidden.some((one) => contains(realPath(one) ?? one, here)))
      throw unfit(path, "it lies in Firebreak's own state");
    if (contains(packageRoot, here)) throw unfit(path, 'it lies in the very Firebreak that guards it');
  }
  for (const path of [...hidden, ...readOnly]) {
    const link = replaceableLink(path, [workspace, ...writable]);
    if (link !== undefined) {
      throw new LaunchError('LINK_REPLACEABLE', `\`${link}\` is a symbolic link that the agent could replace`, {
        hint: `name the file itself (\`${realPath(path) ?? path}\`), or put the link outside the workspace`,
      });
    }
  }
}

export function fenceIn(
  ground: Ground,
  session: Pick<Fence, 'socketFolder' | 'emptyFile' | 'seccomp' | 'ownTerminalSession' | 'command'>,
): Fence {
  checkGround(ground);
  const { workspace } = ground;
  const homes = homeFolders(ground.home);
  const below = (names: readonly string[], folders: readonly string[] = homes.slice(0, 1)) =>
    folders.flatMap((home) => names.map((name) => join(home, name)));
  const real = (paths: readonly string[]): string[] => [...new Set(paths.flatMap((path) => realPath(path) ?? []))];
  // What an agent could have made a link of by now is taken as it is or not at all: the mount would follow the link.
  const plain = (paths: readonly string[]) => paths.filter((path) => realPath(path) === path);

  const hidden = real([...ground.hidden, ...below(CREDENTIALS, homes), ...unixSockets()]).filter(
    (path) => !contains(path, workspace),
  );
  return {
    ...session,
    workspace,
    writable: [...real(ground.writable), ...real(below(AGENT_FOLDERS))],
    scratch: real(below(CACHES)).filter((path) => isFolder(path) && !contains(path, workspace)),
    readOnly: [
      ...homes,
      ...real(ground.readOnly),
      ...plain([...below(AGENT_SETTINGS), ...GIT_SETTINGS.map((name) => join(workspace, name))]),
      // Node.js and the bridge must be there, although the folder that they are in may be covered.
      ...real([dirname(process.execPath)]),
      ground.packageRoot,
    ],
    hiddenFolders: hidden.filter((path) => isFolder(path)),
    // /dev and /proc are the session's own.
    hiddenFiles: hidden.filter((path) => !isFolder(path) && !contains('/dev', path) && !contains('/proc', path)),
  };
}
