/** Copies what a plan wants kept: small files into the sealed snapshot, large ones beside it. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotPart } from '#action/snapshot';
import { messageOf } from '#base/errors';
import { ProtectError } from '../errors.js';
import { type BytePath, bytesOfPath, joined } from './byte-path.js';
import { OPEN_FILE, piecesOf } from './file-digest.js';
import { type Folder, type Stat, statOf } from './folder.js';
import type { Content, FileNode, KeptEntry, Scope } from './kept-format.js';
import type { Pace } from './pace.js';
import { cannotKeep, type PlannedFile, type PlannedScope } from './planned.js';
import { openScope } from './scope-folders.js';

/** Up to here a file is written into the snapshot itself: one flush for all of them, and encrypted. */
const SMALL_BYTES = 256 * 1024;
/** What all small files may take together; more are kept as files of their own. */
const SMALL_TOTAL = 64 * 1024 * 1024;

export interface Copying {
  /** Of the snapshot, for files of their own; it exists. */
  readonly folder: string;
  readonly small: SnapshotPart;
  /** The most bytes that are copied, byte by byte. */
  readonly mostCopied: number;
  readonly pace: Pace;
}

export interface CopyCount {
  files: number;
  bytes: number;
  /** Files of their own, by how they were made. */
  cloned: number;
  linked: number;
  copied: number;
}

/** @throws ProtectError when anything cannot be copied. */
export async function copyScopes(
  scopes: readonly PlannedScope[],
  copying: Copying,
): Promise<{ readonly scopes: readonly Scope[]; readonly count: CopyCount }> {
  const { pace } = copying;
  const count: CopyCount = { files: 0, bytes: 0, cloned: 0, linked: 0, copied: 0 };
  /** One number, and one copy, for all names of one file. */
  const known = new Map<string, { readonly links: number; readonly node: FileNode }>();
  let smallBytes = 0;
  let copiedBytes = 0;
  let made = 0;
  let canClone = true;
  const files: string[] = [];

  async function fileNode(folder: Folder, name: BytePath, planned: PlannedFile): Promise<FileNode> {
    const { wish, names, ...rest } = planned;
    const inode = `${planned.dev}:${planned.ino}`;
    const before = known.get(inode);
    if (before !== undefined && names > 1) return { ...rest, links: before.links, ...contentOf(before.node) };
    count.files += 1;
    count.bytes += wish.in === 'git' ? 0 : planned.size;
    if (wish.in === 'git') unchangedSince(folder.stat(name), planned, joined(folder.path, name));
    const links = names > 1 ? known.size + 1 : 0;
    const identity = names > 1 ? secondName(folder, name, planned) : undefined;
    const content = wish.in === 'git' ? wish : await copied(folder, name, planned, wish.linkable);
    const node: FileNode = { ...rest, links, content, ...(identity === undefined ? {} : { identity }) };
    if (names > 1) known.set(inode, { links, node });
    return node;
  }

  /** For telling later whether another name of this file is still there. On another file system there is no way to. */
  function secondName(folder: Folder, name: BytePath, { ino }: PlannedFile): string | undefined {
    made += 1;
    const own = `i-${made}`;
    try {
      linkSync(folder.at(name), join(copying.folder, own));
    } catch {
      return undefined; // Its content is kept all the same; only that two names were one file is not.
    }
    if (String(statSync(join(copying.folder, own), { bigint: true }).ino) === ino) return own;
    rmSync(join(copying.folder, own));
    return undefined;
  }

  async function copied(folder: Folder, name: BytePath, planned: PlannedFile, linkable: boolean): Promise<Content> {
    const path = joined(folder.path, name);
    try {
      if (planned.size <= SMALL_BYTES && smallBytes + planned.size <= SMALL_TOTAL)
        return await small(folder, name, planned);
      made += 1;
      const own = `f-${made}`;
      return await large(folder, name, planned, linkable && planned.names === 1, own);
    } catch (error) {
      if (error instanceof ProtectError) throw error;
      throw cannotKeep(path, `cannot be copied: ${messageOf(error)}`);
    }
  }

  async function small(folder: Folder, name: BytePath, planned: PlannedFile): Promise<Content> {
    const bytes = readSmall(folder, name, planned);
    const offset = smallBytes;
    smallBytes += bytes.length;
    await copying.small.write(bytes);
    return { in: 'part', offset, sha256: digestOf(bytes) };
  }

  async function large(
    folder: Folder,
    name: BytePath,
    planned: PlannedFile,
    linkable: boolean,
    own: string,
  ): Promise<Content> {
    const target = join(copying.folder, own);
    const source = openSync(folder.at(name), OPEN_FILE);
    try {
      unchanged(source, planned, joined(folder.path, name));
      if (canClone) {
        try {
          await copyFile(pathOf(source, folder, name), target, constants.COPYFILE_FICLONE_FORCE);
          unchanged(source, planned, joined(folder.path, name));
          files.push(target);
          count.cloned += 1;
          return { in: 'file', name: own };
        } catch {
          canClone = false; // Neither does it for the next one.
          rmSync(target, { force: true });
        }
      }
      if (linkable && linkedTo(folder, name, target, planned)) {
        count.linked += 1;
        return { in: 'file', name: own };
      }
      copiedBytes += planned.size;
      if (copiedBytes > copying.mostCopied) throw tooMany(copying.mostCopied);
      const sha256 = await copyBytes(source, target, pace);
      unchanged(source, planned, joined(folder.path, name));
      count.copied += 1;
      return { in: 'file', name: own, sha256 };
    } finally {
      closeSync(source);
    }
  }

  const done: Scope[] = [];
  for (const scope of scopes) {
    const entries: KeptEntry[] = [];
    const opened = openScope(scope);
    try {
      for (const { path, node } of scope.entries) {
        await pace.step();
        if (node.type !== 'file') entries.push({ path, node });
        else {
          const found = opened.holding(path);
          if (found === undefined)
            throw cannotKeep(joined(joined(scope.base, scope.name), path), 'went away while it was copied');
          entries.push({ path, node: await fileNode(found.folder, found.name, node) });
        }
      }
    } finally {
      opened.close();
    }
    done.push({ ...scope, entries });
  }
  for (const path of files) flush(path);
  flush(copying.folder);
  return { scopes: done, count };
}

function contentOf({ content, identity }: FileNode): Pick<FileNode, 'content' | 'identity'> {
  return { content, ...(identity === undefined ? {} : { identity }) };
}

function readSmall(folder: Folder, name: BytePath, planned: PlannedFile): Buffer {
  const descriptor = openSync(folder.at(name), OPEN_FILE);
  try {
    const bytes = Buffer.allocUnsafe(planned.size);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    unchanged(descriptor, planned, joined(folder.path, name));
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** FAIL-CLOSED: a file that changes while it is copied is not kept, so the act is not allowed unasked. */
function unchanged(descriptor: number, planned: PlannedFile, path: BytePath): void {
  unchangedSince(fstatSync(descriptor, { bigint: true }), planned, path);
}

function unchangedSince(now: Stat | undefined, planned: PlannedFile, path: BytePath): void {
  const same =
    String(now?.ino) === planned.ino && Number(now?.size) === planned.size && String(now?.mtimeNs) === planned.mtime;
  if (!same) throw cannotKeep(path, 'is being changed while it is copied');
}

function linkedTo(folder: Folder, name: BytePath, target: string, { ino }: PlannedFile): boolean {
  try {
    linkSync(folder.at(name), target);
  } catch {
    return false; // Another file system, or too many names already: it is copied instead.
  }
  if (String(statOf(Buffer.from(target))?.ino) === ino) return true;
  rmSync(target);
  return false;
}

async function copyBytes(source: number, target: string, pace: Pace): Promise<string> {
  const hash = createHash('sha256');
  const file = openSync(target, 'wx', 0o600);
  try {
    for await (const piece of piecesOf(source, pace)) {
      hash.update(piece);
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** The open file itself, whatever has become of its name. */
function pathOf(descriptor: number, folder: Folder, name: BytePath): Buffer {
  const own = `/proc/self/fd/${descriptor}`;
  return statOf(bytesOfPath(own)) === undefined ? folder.at(name) : bytesOfPath(own);
}

export function tooMany(mostCopied: number): ProtectError {
  return new ProtectError('SNAPSHOT_TOO_LARGE', `it is more than ${mostCopied.toLocaleString('en-GB')} bytes to copy`, {
    hint: 'raise `snapshots.local.most_bytes` in firebreak.yaml',
  });
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Bytes that would have to be copied one by one when nothing can be cloned. */
export function bytesToCopy(
  scopes: readonly PlannedScope[],
  canClone: (device: string) => boolean,
  ownDevice: string,
): number {
  let small = 0;
  let large = 0;
  const seen = new Set<string>();
  for (const { node } of scopes.flatMap(({ entries }) => entries)) {
    if (node.type !== 'file' || node.wish.in === 'git') continue;
    const inode = `${node.dev}:${node.ino}`;
    if (node.names > 1 && seen.has(inode)) continue;
    seen.add(inode);
    if (node.size <= SMALL_BYTES && small + node.size <= SMALL_TOTAL) small += node.size;
    else if (!(node.wish.linkable && node.names === 1 && node.dev === ownDevice) && !canClone(node.dev))
      large += node.size;
  }
  return large;
}
