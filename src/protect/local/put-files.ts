/** Writes files as they were kept: from the sealed snapshot, from copies beside it, from the repository's objects. */
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { randomText } from '#base/ids';
import { ProtectError } from '../errors.js';
import { type BytePath, shownPath } from './byte-path.js';
import { blobNameOfFile, OPEN_FILE, piecesOf, sha256OfFile } from './file-digest.js';
import { statOf } from './folder.js';
import type { FileNode, Kept } from './kept-format.js';
import { openStore } from './object-store.js';
import type { OpenScopes } from './open-scopes.js';
import type { Pace } from './pace.js';
import { type PuttingBack, setMetadata, takePlace } from './putting.js';
import type { Place } from './scope-folders.js';
import { smallFiles } from './sources.js';

export interface FileToWrite {
  readonly scope: number;
  readonly path: BytePath;
  readonly node: FileNode;
}

/** The bytes: in memory, or in a file. */
type Source = { readonly bytes: Buffer } | { readonly copy: string };

export async function writeFiles(
  files: readonly FileToWrite[],
  scopes: OpenScopes,
  putting: PuttingBack,
): Promise<void> {
  const { kept, folder, pace, reader } = putting;
  /** By the number of the file, where one of its names lies again. */
  const made = new Map<number, FileToWrite>();

  async function write(file: FileToWrite, source: Source): Promise<void> {
    await pace.step();
    const { node } = file;
    const place = scopes.at(file.scope, file.path);
    const now = place.folder.stat(place.name);
    if (node.links > 0) {
      // Its other names are to see the old content as well.
      if (now?.isFile() === true && String(now.ino) === node.ino && String(now.dev) === node.dev) {
        await writeInto(place.folder.at(place.name), source, pace);
        setMetadata(place.folder.at(place.name), node);
        made.set(node.links, file);
        return;
      }
      if (await linkAgain(place, node, source, made.get(node.links), scopes, putting)) {
        setMetadata(scopes.at(file.scope, file.path).folder.at(place.name), node);
        made.set(node.links, file);
        return;
      }
    }
    const again = scopes.at(file.scope, file.path);
    const aside = again.folder.at(`.firebreak-${randomText(8)}`);
    try {
      if ('bytes' in source) writeFileSync(aside, source.bytes, { flag: 'wx', mode: 0o600 });
      else copyFileSync(source.copy, aside, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      setMetadata(aside, node);
      takePlace(aside, again);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
    if (node.links > 0) made.set(node.links, file);
  }

  const small = new Map<number, { readonly size: number; readonly sha256: string; readonly files: FileToWrite[] }>();
  for (const file of files) {
    const { content, size } = file.node;
    if (content.in === 'part') {
      if (size === 0) await write(file, { bytes: Buffer.alloc(0) });
      else {
        const before = small.get(content.offset);
        if (before === undefined) small.set(content.offset, { size, sha256: content.sha256, files: [file] });
        else before.files.push(file);
      }
    } else if (content.in === 'file') await write(file, { copy: join(folder, content.name) });
  }
  for await (const { wanted, bytes } of smallFiles(reader, small)) {
    for (const file of wanted.files) await write(file, { bytes });
  }
  for (const [number, repository] of kept.repositories.entries()) {
    const own = files.filter(({ node }) => node.content.in === 'git' && node.content.repository === number);
    if (own.length === 0) continue;
    for await (const { file, bytes } of objectsFor(own, repository, pace)) await write(file, { bytes });
  }
}

/** Objects are asked for in portions of so many bytes, so that memory stays bounded. */
const PORTION_BYTES = 32 * 1024 * 1024;

async function* objectsFor(
  files: readonly FileToWrite[],
  repository: Kept['repositories'][number],
  pace: Pace,
): AsyncGenerator<{ readonly file: FileToWrite; readonly bytes: Buffer }> {
  const store = openStore(repository, pace);
  if (store === undefined) throw new ProtectError('SNAPSHOT_DAMAGED', 'the repository is gone');
  try {
    for (let at = 0; at < files.length; ) {
      const portion: FileToWrite[] = [];
      for (let bytes = 0; at < files.length && (portion.length === 0 || bytes < PORTION_BYTES); at += 1) {
        const file = files[at];
        if (file === undefined) break;
        portion.push(file);
        bytes += file.node.size;
      }
      const names = portion.map(({ node }) => (node.content.in === 'git' ? `${node.content.oid}\n` : '')).join('');
      const output = await store.run(['cat-file', '--batch'], names);
      let from = 0;
      for (const file of portion) {
        // `<oid> blob <size>` LF, the bytes, LF (git-cat-file(1), BATCH OUTPUT).
        const end = output.indexOf(0x0a, from);
        const size = Number(/ blob (\d+)$/.exec(output.subarray(from, end).toString('latin1'))?.[1] ?? Number.NaN);
        if (size !== file.node.size)
          throw new ProtectError('SNAPSHOT_DAMAGED', `the repository has \`${shownPath(file.path)}\` no longer`);
        yield { file, bytes: output.subarray(end + 1, end + 1 + size) };
        from = end + 1 + size + 1;
      }
    }
  } finally {
    store.close();
  }
}

/**
 * Gives the name back to the file that it was a name of: to one of its names that was put back already, or to the second name
 * that was kept. What the act wrote into that is undone as well, for its other names.
 */
async function linkAgain(
  place: Place,
  node: FileNode,
  source: Source,
  other: FileToWrite | undefined,
  scopes: OpenScopes,
  { folder, kept, over, pace }: PuttingBack,
): Promise<boolean> {
  const aside = place.folder.at(`.firebreak-${randomText(8)}`);
  if (other !== undefined) {
    // Another folder is opened only when this one is not needed meanwhile, so the link is made by full names.
    const from = Buffer.from(scopes.pathOf(other.scope, other.path), 'latin1');
    try {
      linkSync(from, aside);
    } catch {
      return false; // Its content is written all the same.
    }
  } else {
    if (node.identity === undefined) return false;
    const identity = Buffer.from(join(folder, node.identity));
    const now = statOf(identity);
    if (now === undefined) return false;
    if (now.size !== BigInt(node.size) || !(await hasBytesOf(identity, node, kept, pace))) {
      // Somebody has written into it under another name since.
      if (now.ctimeNs > over) return false;
      await writeInto(identity, source, pace);
    }
    try {
      linkSync(identity, aside);
    } catch {
      return false; // On another file system by now; its content is written all the same.
    }
  }
  takePlace(aside, place);
  // Renaming one name of a file to another of its names does nothing, and leaves both (rename(2)).
  rmSync(aside, { force: true });
  return true;
}

async function hasBytesOf(path: Buffer, { content }: FileNode, kept: Kept, pace: Pace): Promise<boolean> {
  if (content.in !== 'git') return content.sha256 !== undefined && (await sha256OfFile(path, pace)) === content.sha256;
  const format = kept.repositories[content.repository]?.format ?? 'sha1';
  return (await blobNameOfFile(path, format, pace)) === content.oid;
}

async function writeInto(path: Buffer, source: Source, pace: Pace): Promise<void> {
  const target = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    let position = 0;
    const take = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(target, bytes, at, bytes.length - at, position + at);
      position += bytes.length;
    };
    if ('bytes' in source) take(source.bytes);
    else {
      const copy = openSync(source.copy, OPEN_FILE);
      try {
        for await (const piece of piecesOf(copy, pace)) take(piece);
      } finally {
        closeSync(copy);
      }
    }
    if (fstatSync(target).size > position) ftruncateSync(target, position);
  } finally {
    closeSync(target);
  }
}
