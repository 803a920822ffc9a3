import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { type BytePath, bytesOfPath, joined, pathOfBytes } from './byte-path.js';

/** Where descriptors of this process can be used as folders, whatever becomes of their names (proc(5)). */
const DESCRIPTORS = existsSync('/proc/self/fd') ? '/proc/self/fd' : undefined;

/**
 * A folder that is held open. INVARIANT: no name is looked up through a link on the way to it, so that nobody can lead a
 * walk elsewhere by putting a link in the place of a folder while it is at work. Without /proc, names have to do.
 */
export class Folder {
  readonly #descriptor: number;
  /** As it was named when it was opened. */
  readonly path: BytePath;

  private constructor(path: BytePath, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  /**
   * @param path without links in it: see `realPath`.
   * @throws an error of the file system, also when a link stands there now.
   */
  static open(path: BytePath): Folder {
    const folder = new Folder(path, openSync(bytesOfPath(path), OPEN_FOLDER));
    if (DESCRIPTORS !== undefined && folder.nowAt() !== path) {
      folder.close();
      throw new Error('a folder on the way to it is a link');
    }
    return folder;
  }

  child(name: BytePath): Folder {
    return new Folder(joined(this.path, name), openSync(this.at(name), OPEN_FOLDER));
  }

  /** The name in this folder, for functions of node:fs. They follow a last link as ever. */
  at(name: BytePath): Buffer {
    return bytesOfPath(
      DESCRIPTORS === undefined ? joined(this.path, name) : `${DESCRIPTORS}/${this.#descriptor}/${name}`,
    );
  }

  /** For a child process: its working folder. */
  get workingFolder(): string {
    return DESCRIPTORS === undefined ? bytesOfPath(this.path).toString('utf8') : `${DESCRIPTORS}/${this.#descriptor}`;
  }

  /** Sorted by their bytes. */
  names(): readonly BytePath[] {
    return readdirSync(this.at('.'), { encoding: 'buffer' }).map(pathOfBytes).sort();
  }

  nowAt(): BytePath {
    return DESCRIPTORS === undefined
      ? this.path
      : pathOfBytes(readlinkSync(`${DESCRIPTORS}/${this.#descriptor}`, 'buffer'));
  }

  stat(name: BytePath): Stat | undefined {
    return statOf(this.at(name));
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export type Stat = ReturnType<typeof lstat>;

const lstat = (path: Buffer) => lstatSync(path, { bigint: true, throwIfNoEntry: true });

/** Undefined when there is nothing. A last link is not followed. */
export function statOf(path: Buffer): Stat | undefined {
  try {
    return lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** With every link resolved; undefined when there is nothing. */
export function realPath(path: BytePath): BytePath | undefined {
  try {
    return pathOfBytes(realpathSync.native(bytesOfPath(path), 'buffer'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Nothing is there, or what is there is no folder. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
