/** What all who put something back share: what it is put back from, and how a finished file takes its place. */
import { chmodSync, chownSync, renameSync, rmSync } from 'node:fs';
import type { SnapshotReader } from '#action/snapshot';
import { setTime } from './exact-times.js';
import type { FileNode, FolderNode, Kept } from './kept-format.js';
import type { Pace } from './pace.js';
import type { Place } from './scope-folders.js';

export interface PuttingBack {
  readonly reader: SnapshotReader;
  readonly kept: Kept;
  /** Of the snapshot's own files. */
  readonly folder: string;
  /** Nanoseconds since the Unix epoch: a folder that changed later keeps its time. */
  readonly over: bigint;
  readonly pace: Pace;
}

/** Makes room. What is in a folder was looked at before, and is in the snapshot that can undo this undo. */
export function clear({ folder, name }: Place): void {
  rmSync(folder.at(name), { recursive: true, force: true });
}

/** Puts a finished file where it belongs, in one step. */
export function takePlace(aside: Buffer, place: Place): void {
  if (place.folder.stat(place.name)?.isDirectory() === true) clear(place);
  renameSync(aside, place.folder.at(place.name));
}

/** Owner first: changing it takes away the bits that run a program as its owner (chown(2)). */
export function setMetadata(path: Buffer, node: FileNode | FolderNode): void {
  if (process.geteuid?.() === 0) chownSync(path, node.uid, node.gid);
  chmodSync(path, node.mode);
  setTime(path, node.mtime, false);
}
