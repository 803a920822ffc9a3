/** Where an undo takes the bytes of files from, and whether they are still what was kept. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotReader } from '#action/snapshot';
import { ProtectError } from '../errors.js';
import { isWithin, joined, shownPath } from './byte-path.js';
import { digestOf } from './contents.js';
import { sha256OfFile } from './file-digest.js';
import { objectsOf } from './git-files.js';
import { CONTENTS_PART, type FileNode, type Kept, type KeptRepository, TAGS_PART } from './kept-format.js';
import { openStore } from './object-store.js';
import type { Pace } from './pace.js';

/**
 * Looks at every copy that lies outside of the sealed file: sizes and times, and objects.
 *
 * @param whole copies are read as well, where their digest is known.
 * @throws ProtectError `SNAPSHOT_DAMAGED`
 */
export async function verifySources(kept: Kept, folder: string, pace: Pace, whole: boolean): Promise<void> {
  const objects = new Map<number, Set<string>>();
  for (const { entries } of kept.scopes) {
    for (const { node } of entries) {
      if (node.type !== 'file') continue;
      await pace.step();
      if (node.content.in === 'file')
        await verifyFile(join(folder, node.content.name), node, whole ? node.content.sha256 : undefined, pace);
      else if (node.content.in === 'git') {
        const oids = objects.get(node.content.repository) ?? new Set();
        objects.set(node.content.repository, oids.add(node.content.oid));
      }
    }
  }
  for (const [number, oids] of objects) {
    const repository = kept.repositories[number];
    // What is put back itself need not be there.
    if (repository !== undefined && isKeptWhole(kept, repository)) continue;
    const store = repository && openStore(repository, pace);
    if (store === undefined) throw damaged(`the repository ${shownPath(repository?.state ?? '')} is gone`);
    try {
      const found = await objectsOf(store.run, oids);
      const missing = [...oids].filter((oid) => !found.has(oid)).length;
      if (missing > 0) throw damaged(`${missing} objects of the repository are gone`);
    } finally {
      store.close();
    }
  }
}

/** The repository's own folder was deleted as well, and its objects are among the files that were kept. */
function isKeptWhole({ scopes }: Kept, { state }: KeptRepository): boolean {
  return scopes.some(({ base, name, rule, entries }) => {
    const root = joined(base, name);
    if (rule !== 'tree' || !isWithin(state, root)) return false;
    const objects = joined(state.slice(root.length + 1), 'objects');
    return entries.some(({ path, node }) => path === objects && node.type === 'folder');
  });
}

async function verifyFile(path: string, node: FileNode, sha256: string | undefined, pace: Pace): Promise<void> {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || stat.size !== BigInt(node.size)) throw damaged('a copy is not as long as it was');
  // A second name of the file itself: whoever wrote into it since changed the copy as well.
  const linked = String(stat.ino) === node.ino && String(stat.dev) === node.dev;
  if (linked && String(stat.mtimeNs) !== node.mtime) throw damaged('a copy was changed since');
  if (sha256 !== undefined && (await sha256OfFile(Buffer.from(path), pace)) !== sha256)
    throw damaged('a copy has other bytes');
}

function damaged(why: string): ProtectError {
  return new ProtectError('SNAPSHOT_DAMAGED', `what was kept is not whole: ${why}`, {
    hint: 'put the state folder back from a copy, if there is one',
  });
}

/**
 * The wanted small files, in the order in which they were kept.
 *
 * @param wanted by offset.
 * @throws ProtectError `SNAPSHOT_DAMAGED`
 */
export async function* smallFiles<T extends { readonly size: number; readonly sha256: string }>(
  reader: SnapshotReader,
  wanted: ReadonlyMap<number, T>,
): AsyncGenerator<{ readonly wanted: T; readonly bytes: Buffer }> {
  const queue = [...wanted].sort(([a], [b]) => a - b);
  if (queue.length === 0) return;
  let at = 0;
  let pending: Buffer[] = [];
  let next = queue.shift();
  for await (const chunk of reader.part(CONTENTS_PART)) {
    const bytes = Buffer.from(chunk);
    for (; next !== undefined; next = queue.shift()) {
      const [offset, one] = next;
      const from = Math.max(0, offset - at);
      const end = offset + one.size - at;
      if (from < bytes.length) pending.push(bytes.subarray(from, Math.min(end, bytes.length)));
      if (end > bytes.length) break;
      const whole = Buffer.concat(pending);
      pending = [];
      if (whole.length !== one.size || digestOf(whole) !== one.sha256) throw damaged('a small file has other bytes');
      yield { wanted: one, bytes: whole };
    }
    at += bytes.length;
  }
  for (; next !== undefined; next = queue.shift()) {
    const [, one] = next;
    // What is empty may stand at the very end.
    if (one.size > 0) throw damaged('a small file is cut off');
    yield { wanted: one, bytes: Buffer.alloc(0) };
  }
}

/** Writes back annotated tags that git has thrown away since. */
export async function restoreTags(
  reader: SnapshotReader,
  kept: Kept,
  lengths: readonly number[],
  pace: Pace,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.part(TAGS_PART)) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  let start = 0;
  for (const [number, length] of lengths.entries()) {
    const repository = kept.repositories[number];
    const own = all.subarray(start, start + length);
    start += length;
    const store = repository === undefined || length === 0 ? undefined : openStore(repository, pace);
    if (store === undefined) continue;
    try {
      const tags = [...tagsIn(own)];
      const there = await objectsOf(
        store.run,
        tags.map(({ oid }) => oid),
      );
      for (const { oid, bytes } of tags.filter((tag) => !there.has(tag.oid))) {
        const made = await store.run(['hash-object', '-t', 'tag', '-w', '--stdin', '--literally'], bytes);
        if (made.toString('latin1').trim() !== oid) throw damaged('a tag has other bytes');
      }
    } finally {
      store.close();
    }
  }
}

/** `<oid> tag <size>` LF, the bytes, LF (git-cat-file(1), BATCH OUTPUT). */
function* tagsIn(all: Buffer): Generator<{ readonly oid: string; readonly bytes: Buffer }> {
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf(0x0a, at);
    const [, oid, size] = /^([0-9a-f]{40,64}) tag (\d+)$/.exec(all.subarray(at, end).toString('latin1')) ?? [];
    if (oid === undefined || size === undefined) throw damaged('its tags cannot be read');
    const from = end + 1;
    yield { oid, bytes: all.subarray(from, from + Number(size)) };
    at = from + Number(size) + 1;
  }
}
