/** Writes objects and names into a repository as git does, without starting it (gitrepository-layout(5)). */
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { randomText } from '#base/ids';
import { type BytePath, bytesOfPath, joined, parentOf } from './byte-path.js';
import { Folder, realPath, statOf } from './folder.js';
import type { KeptRepository } from './kept-format.js';
import { cannotKeep } from './planned.js';

type Place = Pick<KeptRepository, 'state' | 'format'>;

/** `blob` and `tree` entries under their own names; the order is that of bytes, since no name is the beginning of another. */
export function writeTree(place: Place, blobs: readonly string[], trees: readonly string[]): string {
  const entries = [
    ...blobs.map((oid) => ({ oid, mode: '100644' })),
    ...trees.map((oid) => ({ oid, mode: '40000' })),
  ].sort((a, b) => (a.oid < b.oid ? -1 : 1));
  const bytes = entries.flatMap(({ oid, mode }) => [Buffer.from(`${mode} ${oid}\0`), Buffer.from(oid, 'hex')]);
  return writeObject(place, 'tree', Buffer.concat(bytes));
}

/** @returns its name. */
export function writeObject({ state, format }: Place, type: 'tree' | 'commit', content: Buffer): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const oid = createHash(format).update(whole).digest('hex');
  const objects = realPath(joined(state, 'objects'));
  if (objects === undefined) throw cannotKeep(state, 'has no objects');
  const folder = Folder.open(objects);
  try {
    const first = oid.slice(0, 2);
    if (folder.stat(first) === undefined) mkdirSync(folder.at(first));
    const inner = folder.child(first);
    try {
      if (inner.stat(oid.slice(2)) === undefined) writeWhole(inner, oid.slice(2), deflateSync(whole), 0o444);
    } finally {
      inner.close();
    }
  } finally {
    folder.close();
  }
  return oid;
}

/** A loose reference (gitrepository-layout(5)): a file in `refs/`. */
export function writeReference({ state, ref }: KeptRepository, oid: string): void {
  const path = joined(state, parentOf(ref));
  if (statOf(bytesOfPath(path)) === undefined) mkdirSync(bytesOfPath(path), { recursive: true });
  const folder = Folder.open(path);
  try {
    writeWhole(folder, ref.slice(parentOf(ref).length + 1), Buffer.from(`${oid}\n`), 0o644);
  } finally {
    folder.close();
  }
}

/** All of it, or nothing, and on the disk when it returns. */
function writeWhole(folder: Folder, name: BytePath, bytes: Buffer, mode: number): void {
  const aside = `tmp_obj_${randomText(8)}`;
  const file = openSync(folder.at(aside), 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    chmodSync(folder.at(aside), mode);
    linkSync(folder.at(aside), folder.at(name));
  } finally {
    rmSync(folder.at(aside), { force: true });
  }
}
