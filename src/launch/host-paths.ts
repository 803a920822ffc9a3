/** Facts about this machine's files that the fence is built from. */
import { accessSync, constants, lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { contains } from './contain.js';

/** The real path of what exists; undefined for what does not, or cannot be seen. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // Nothing there that an agent could reach by this path.
  }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * The person's home folders: what HOME says, when it makes sense, and what the system says; an odd HOME must not uncover the
 * credentials in the real one. Never `/`.
 */
export function homeFolders(home: string = homedir()): readonly string[] {
  const found = [home, userInfo().homedir].flatMap((path) => (isAbsolute(path) ? (realPath(path) ?? []) : []));
  return [...new Set(found)].filter((path) => path !== '/' && isFolder(path));
}

/**
 * The Unix sockets on this machine that have a path (/proc/net/unix, proc(5)): whoever can see one can talk to its owner,
 * whatever the network namespace, and on a read-only mount as well.
 */
export function unixSockets(list: string = '/proc/net/unix'): readonly string[] {
  const paths = [...readFileSync(list, 'utf8').matchAll(/^[0-9a-f]+: \S+ \S+ \S+ \S+ \S+ +\d+ (\/.*)$/gim)];
  return [...new Set(paths.flatMap(([, path = '/']) => realPath(path) ?? []))];
}

/**
 * A program on PATH, past folders in which an agent may write: what lay there might have been put there by one.
 */
export function findProgram(name: string, path: string | undefined, writable: readonly string[]): string | undefined {
  for (const folder of (path ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const program = realPath(join(folder, name));
    if (program === undefined || writable.some((one) => contains(one, program) || contains(one, folder))) continue;
    try {
      accessSync(program, constants.X_OK);
      return program;
    } catch {
      // Not a program: look further.
    }
  }
  return undefined;
}

/**
 * The first symbolic link on the way to `path` that lies in one of these folders, and could be made to lead elsewhere;
 * undefined when there is none.
 */
export function replaceableLink(path: string, writable: readonly string[]): string | undefined {
  const rest = resolve(path).split('/').slice(1);
  let here = '/';
  // As many links as Linux follows (path_resolution(7)).
  for (let links = 0; rest.length > 0 && links < 40; ) {
    const next = join(here, rest.shift() ?? '');
    if (lstatSync(next, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      here = next;
      continue;
    }
    links += 1;
    if (writable.some((folder) => contains(folder, dirname(next)))) return next;
    const target = resolve(dirname(next), readlinkSync(next));
    rest.unshift(...target.split('/').slice(1));
    here = '/';
  }
  return undefined;
}
