import { equalBytes } from '#base/bytes';
import { messageOf } from '#base/errors';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import { type JournalItem, parseSegmentPath, readFrames } from './journal.js';
import type { Frontier, Hash } from './merkle.js';
import type { NoteVerifier } from './note.js';
import type { Findings } from './verify-report.js';
import type { CheckedTree } from './verify-tree.js';

/** A segment as it was read. */
export interface SegmentBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

type FrameItem = Extract<JournalItem, { readonly kind: 'entry' | 'checkpoint' }>;

/** What the published tiles said of the entries that the journal repeats. */
export interface Overlap {
  /** The right edge of the tree where the journal starts. */
  readonly start: Frontier;
  /** The leaf hashes from there to the published size. */
  readonly leaves: readonly Hash[];
}

/** The number of entries before a segment, by its signed checkpoint, or by its name when that cannot be read. */
export function segmentStart(segment: SegmentBytes, verifier: NoteVerifier): number {
  for (const item of readFrames(segment.bytes)) {
    const checkpoint = item.kind === 'checkpoint' ? signed(item, verifier) : undefined;
    if (checkpoint !== undefined && typeof checkpoint !== 'string') return checkpoint.size;
    break;
  }
  return parseSegmentPath(segment.path) ?? 0;
}

/**
 * Checks the journal: every entry against its digest and the published tiles, every group against its checkpoint. Entries
 * beyond the published ones go on to the tree. Returns how many bytes at the end a crash left unfinished.
 */
export async function verifyJournal(
  segments: readonly SegmentBytes[],
  verifier: NoteVerifier,
  overlap: Overlap,
  tree: CheckedTree,
  findings: Findings,
): Promise<number> {
  const check = new JournalCheck(verifier, overlap, tree, findings);
  let unfinished = 0;
  for (const [at, segment] of segments.entries()) {
    const result = await check.segment(segment, at === segments.length - 1);
    if (result === 'unreadable') break;
    unfinished = result;
  }
  return unfinished;
}

class JournalCheck {
  readonly #verifier: NoteVerifier;
  readonly #overlap: Overlap;
  readonly #tree: CheckedTree;
  readonly #findings: Findings;
  /** The tree of the journal's own entries. */
  readonly #frontier: Frontier;

  constructor(verifier: NoteVerifier, overlap: Overlap, tree: CheckedTree, findings: Findings) {
    this.#verifier = verifier;
    this.#overlap = overlap;
    this.#tree = tree;
    this.#findings = findings;
    this.#frontier = overlap.start.copy();
  }

  /** The number of unfinished bytes, or that the journal cannot be followed any further. */
  async segment({ path, bytes }: SegmentBytes, last: boolean): Promise<number | 'unreadable'> {
    let group: FrameItem[] = [];
    let started = false;
    let whole = 0;
    for (const item of readFrames(bytes)) {
      const next = this.#frontier.size + group.length;
      switch (item.kind) {
        case 'unfinished':
          break;
        case 'damaged':
          this.#findings.entries(path, next, next, `the journal cannot be read from byte ${item.offset} on`);
          return 'unreadable';
        case 'entry':
          group.push(item);
          break;
        case 'checkpoint':
          if (!started && !this.#start(path, item)) return 'unreadable';
          if (started) await this.#group(path, group, item);
          started = true;
          group = [];
          whole = item.end;
      }
    }
    const unfinished = bytes.length - whole;
    if (unfinished === 0 || last) return unfinished;
    this.#findings.entries(path, this.#frontier.size, this.#frontier.size, 'the journal ends in the middle of a group');
    return 'unreadable';
  }

  /** The checkpoint that a segment continues from. */
  #start(path: string, item: FrameItem): boolean {
    const checkpoint = signed(item, this.#verifier);
    if (typeof checkpoint === 'string') {
      this.#findings.file(path, checkpoint);
      return true;
    }
    const size = this.#frontier.size;
    if (checkpoint.size > size) {
      this.#findings.entries(path, size, checkpoint.size - 1, `entries ${size} to ${checkpoint.size - 1} are missing`);
    } else if (checkpoint.size < size) {
      this.#findings.file(path, `starts at ${checkpoint.size} entries, where ${size} came before`);
    } else {
      this.#fit(path, 0, checkpoint);
    }
    return checkpoint.size === size;
  }

  async #group(path: string, group: readonly FrameItem[], item: FrameItem): Promise<void> {
    const first = this.#frontier.size;
    for (const [offset, { digest, intact }] of group.entries()) {
      const index = first + offset;
      if (!intact) this.#findings.entries(path, index, index, 'the entry does not fit its digest');
      const published = this.#overlap.leaves[index - this.#overlap.start.size];
      if (published !== undefined && !equalBytes(published, digest)) {
        this.#findings.entries(path, index, index, 'the entry is not the one in the tiles');
      }
      this.#frontier.push(digest);
      if (index >= this.#tree.frontier.size) await this.#tree.push(digest);
    }
    const checkpoint = signed(item, this.#verifier);
    const size = this.#frontier.size;
    if (typeof checkpoint === 'string') this.#findings.range(path, first, size - 1, checkpoint);
    else if (checkpoint.size !== size) {
      this.#findings.range(
        path,
        first,
        size - 1,
        `the checkpoint is over ${checkpoint.size} entries where there are ${size}`,
      );
    } else this.#fit(path, first, checkpoint);
  }

  #fit(path: string, first: number, checkpoint: SignedCheckpoint): void {
    if (equalBytes(this.#frontier.root(), checkpoint.root)) this.#findings.fits(checkpoint);
    else
      this.#findings.range(
        path,
        first,
        checkpoint.size - 1,
        `the first ${checkpoint.size} entries are not those that their checkpoint signs`,
      );
  }
}

/** The checkpoint in a frame, or why it is none. */
function signed(item: FrameItem, verifier: NoteVerifier): SignedCheckpoint | string {
  if (!item.intact) return 'a checkpoint does not fit its digest';
  try {
    return openCheckpoint(verifier, Buffer.from(item.body).toString());
  } catch (error) {
    return messageOf(error);
  }
}
