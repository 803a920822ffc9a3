/** What is to be kept, before it is: names, sizes and places, and nothing copied yet. */
import { ProtectError } from '../errors.js';
import { type BytePath, shownPath } from './byte-path.js';
import type { Stat } from './folder.js';
import type { FileNode, FolderNode, KeptNode, LinkNode, Metadata, Scope } from './kept-format.js';
import type { Repository } from './repository.js';

/** How a file's bytes can be had back. */
export type Wish =
  /** They are copied. `linkable`: nobody writes into the file itself, so a second name for it is a copy. */
  | { readonly in: 'disk'; readonly linkable: boolean }
  /** The repository has them as an object. */
  | { readonly in: 'git'; readonly repository: number; readonly oid: string };

export interface PlannedFile extends Omit<FileNode, 'content' | 'links' | 'identity'> {
  readonly wish: Wish;
  /** How many names it has, wherever they are. */
  readonly names: number;
}

export type PlannedNode = PlannedFile | Exclude<KeptNode, FileNode>;

export interface PlannedEntry {
  readonly path: BytePath;
  readonly node: PlannedNode;
}

export interface PlannedScope extends Omit<Scope, 'entries'> {
  readonly entries: readonly PlannedEntry[];
}

export interface Plan {
  readonly takenAt: number;
  readonly scopes: readonly PlannedScope[];
  readonly repositories: readonly PlannedRepository[];
  /** In words, what can be made anew and is not kept. */
  readonly leftOut: readonly string[];
  /** Names that were looked at. */
  readonly files: number;
}

export interface PlannedRepository {
  readonly repository: Pick<Repository, 'gitFolder' | 'state' | 'format'>;
  /** What no reference leads to is lost as well. */
  readonly unreachable: boolean;
}

export function metadataOf(stat: Stat): Metadata {
  return {
    mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: String(stat.mtimeNs),
  };
}

export function folderOf(stat: Stat): FolderNode {
  return { type: 'folder', ...metadataOf(stat) };
}

export function linkOf(stat: Stat, target: BytePath): LinkNode {
  return { type: 'link', ...metadataOf(stat), target };
}

export function fileOf(stat: Stat, wish: Wish): PlannedFile {
  return {
    type: 'file',
    ...metadataOf(stat),
    size: Number(stat.size),
    ctime: String(stat.ctimeNs),
    dev: String(stat.dev),
    ino: String(stat.ino),
    names: Number(stat.nlink),
    wish,
  };
}

/** The one way in which a loss is refused: people read the words. */
export function cannotKeep(path: BytePath, why: string): ProtectError {
  return new ProtectError('NOT_UNDOABLE', `\`${shownPath(path)}\` ${why}`);
}
