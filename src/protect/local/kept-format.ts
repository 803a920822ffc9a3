/** What a snapshot of local work says of it: the parts `manifest` and `contents` (docs/formats/local-snapshot.md). */
import { z } from 'zod';
import { messageOf } from '#base/errors';
import { ProtectError } from '../errors.js';
import type { BytePath } from './byte-path.js';

/** `contents.kind` of the snapshot. */
export const LOCAL_KIND = 'local-files';
export const LOCAL_VERSION = 1;
export const MANIFEST_PART = 'manifest';
export const CONTENTS_PART = 'contents';
export const TAGS_PART = 'tags';

/** Nanoseconds since the Unix epoch, as a decimal number: JSON has none that are as long. */
export type Nanoseconds = string;

export interface Metadata {
  /** The lower twelve bits (stat(2)). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Nanoseconds;
}

/** Where a file's bytes are. */
export type Content =
  /** In the part `contents`. */
  | { readonly in: 'part'; readonly offset: number; readonly sha256: string }
  /** A file of this name in the folder of the snapshot. `sha256` when it was read to be copied. */
  | { readonly in: 'file'; readonly name: string; readonly sha256?: string | undefined }
  /** An object of the repository: git gives back exactly these bytes. */
  | { readonly in: 'git'; readonly repository: number; readonly oid: string };

export interface FileNode extends Metadata {
  readonly type: 'file';
  readonly size: number;
  readonly ctime: Nanoseconds;
  readonly dev: string;
  readonly ino: string;
  /** Of the same number are names of one file. */
  readonly links: number;
  /** A second name of the file itself, in the folder of the snapshot: to tell whether its other names are still there. */
  readonly identity?: string | undefined;
  readonly content: Content;
}

export interface FolderNode extends Metadata {
  readonly type: 'folder';
}

export interface LinkNode extends Metadata {
  readonly type: 'link';
  readonly target: BytePath;
}

/** What lay at one path. */
export type KeptNode =
  | FileNode
  | FolderNode
  | LinkNode
  /** Nothing. */
  | { readonly type: 'absent' }
  /** Something that the act does not touch, or that is made anew: it is let alone, with all below. */
  | { readonly type: 'left' };

export interface KeptEntry {
  /** Below the scope's root; empty for the root itself. */
  readonly path: BytePath;
  readonly node: KeptNode;
}

/**
 * A part of the file system that was looked at. `tree`: every name below the root is in the entries, or below something
 * `left`; what is there now besides came later. `placed`: the same, of a place where nothing was. `entries`: only these paths.
 * `state`: the folder of a repository, less its objects.
 */
export interface Scope {
  /** The folder in which the root lies, without links. */
  readonly base: BytePath;
  /** The root's own name in it. */
  readonly name: BytePath;
  readonly rule: 'tree' | 'placed' | 'entries' | 'state';
  /** Of `base`, as it was. */
  readonly baseTime: Nanoseconds;
  readonly entries: readonly KeptEntry[];
}

export interface KeptRepository {
  /** Of its working tree, without links: `.git`, `.git/worktrees/x`, `.git/modules/x`. */
  readonly gitFolder: BytePath;
  /** Its common folder (`.git`), without links. */
  readonly state: BytePath;
  /** The name that holds on to its objects, and stands in the `.keep` files of packs that are held as a whole. */
  readonly ref: string;
  readonly format: 'sha1' | 'sha256';
}

export interface Kept {
  /** Milliseconds since the Unix epoch, before anything was looked at. */
  readonly takenAt: number;
  readonly scopes: readonly Scope[];
  readonly repositories: readonly KeptRepository[];
}

const count = z.int().nonnegative();
const nanoseconds = z.string().regex(/^-?\d{1,25}$/);
const metadata = { mode: count, uid: count, gid: count, mtime: nanoseconds };
const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const keptName = z.string().regex(/^[fi]-\d+$/);
const content = z.discriminatedUnion('in', [
  z.strictObject({ in: z.literal('part'), offset: count, sha256 }),
  z.strictObject({ in: z.literal('file'), name: keptName, sha256: sha256.optional() }),
  z.strictObject({ in: z.literal('git'), repository: count, oid: z.string().regex(/^[0-9a-f]{40,64}$/) }),
]);
const node = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('file'),
    ...metadata,
    size: count,
    ctime: nanoseconds,
    dev: z.string(),
    ino: z.string(),
    links: count,
    identity: keptName.optional(),
    content,
  }),
  z.strictObject({ type: z.literal('folder'), ...metadata }),
  z.strictObject({ type: z.literal('link'), ...metadata, target: z.string() }),
  z.strictObject({ type: z.literal('absent') }),
  z.strictObject({ type: z.literal('left') }),
]);
const path = z.string().refine((text) => !text.includes('\0') && !text.split('/').includes('..'));
const scope = z.strictObject({
  base: path,
  name: path.min(1),
  rule: z.enum(['tree', 'placed', 'entries', 'state']),
  baseTime: nanoseconds,
});
const header = z.strictObject({
  takenAt: z.int(),
  repositories: z.array(
    z.strictObject({
      gitFolder: path,
      state: path,
      ref: z.string().regex(/^refs\/firebreak\/S-\d+-\w+$/),
      format: z.enum(['sha1', 'sha256']),
    }),
  ),
});
const line = z.union([z.strictObject({ scope }), z.strictObject({ path, node })]);

/** One JSON value a line: what is kept, then each scope followed by its entries. */
export function* encodeKept({ scopes, ...head }: Kept): Generator<Uint8Array> {
  const encoded = (value: unknown) => Buffer.from(`${JSON.stringify(value)}\n`);
  yield encoded(head);
  for (const { entries, ...rest } of scopes) {
    yield encoded({ scope: rest });
    for (const entry of entries) yield encoded(entry);
  }
}

/** @throws ProtectError `SNAPSHOT_DAMAGED` */
export async function decodeKept(chunks: AsyncIterable<Uint8Array>): Promise<Kept> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  try {
    const [first = '', ...rest] = Buffer.concat(all).toString('utf8').trimEnd().split('\n');
    const scopes: (Omit<Scope, 'entries'> & { readonly entries: KeptEntry[] })[] = [];
    for (const text of rest) {
      const found = line.parse(JSON.parse(text));
      if ('scope' in found) scopes.push({ ...found.scope, entries: [] });
      else {
        const current = scopes.at(-1);
        if (current === undefined) throw new TypeError('an entry stands before the first scope');
        current.entries.push(found);
      }
    }
    return { ...header.parse(JSON.parse(first)), scopes };
  } catch (cause) {
    throw new ProtectError('SNAPSHOT_DAMAGED', `what it kept cannot be read: ${messageOf(cause)}`, { cause });
  }
}
