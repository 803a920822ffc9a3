import { equalBytes } from '#base/bytes';
import { openCheckpoint, type SignedCheckpoint, signCheckpoint } from './checkpoint.js';
import { damaged } from './errors.js';
import {
  encodeSegmentStart,
  type JournalEntry,
  type JournalSegment,
  parseSegmentPath,
  readSegment,
  SEGMENT_MAX_BYTES,
  segmentPath,
} from './journal.js';
import { EMPTY_ROOT, type Frontier } from './merkle.js';
import type { NoteSigner, NoteVerifier } from './note.js';
import type { LogStorage } from './storage.js';
import { CHECKPOINT_PATH } from './tile.js';
import { TileWriter } from './tile-writer.js';

/** What a log continues from. */
export interface RecoveredLog {
  readonly writer: TileWriter;
  /** The right edge of all durable entries. */
  readonly frontier: Frontier;
  /** The newest durable checkpoint. */
  readonly head: SignedCheckpoint;
  /** Durable entries that are not in tiles yet. */
  readonly unpublished: readonly JournalEntry[];
  /** The sizes at which the journal's segments start, oldest first; the last is the one to append to. */
  readonly segments: readonly number[];
  /** How long the last one is. */
  readonly segmentBytes: number;
}

const CHECKPOINT_MAX_BYTES = 65_535;

/**
 * Opens what a log's folder holds: checks the right edge of the tiles against the published checkpoint and every group of
 * the journal beyond it against its own, and cuts off what a crash left unfinished. A new log is begun when there is none.
 *
 * FAIL-CLOSED: a log that is damaged or signed with another key is not appended to.
 *
 * @throws RecordError `LOG_DAMAGED`
 */
export async function recoverLog(
  storage: LogStorage,
  signer: NoteSigner,
  verifier: NoteVerifier,
): Promise<RecoveredLog> {
  const files = await storage.list();
  const segments = files.flatMap((path) => parseSegmentPath(path) ?? []).sort((a, b) => a - b);
  if (files.length === 0) {
    const bytes = encodeSegmentStart(signCheckpoint(signer, 0, EMPTY_ROOT).note);
    await storage.write([{ path: segmentPath(0), bytes }]);
    segments.push(0);
  }
  const published = await readPublished(storage, verifier, segments);
  const writer = await TileWriter.open(storage, published.size);
  const frontier = writer.frontier();
  if (!equalBytes(frontier.root(), published.root)) throw damaged('the tiles do not fit the published checkpoint');
  return replayJournal({ storage, verifier, segments, published, writer, frontier });
}

async function readPublished(
  storage: LogStorage,
  verifier: NoteVerifier,
  segments: readonly number[],
): Promise<SignedCheckpoint> {
  const bytes = await storage.read(CHECKPOINT_PATH, CHECKPOINT_MAX_BYTES);
  if (bytes !== undefined) return openNote(verifier, Buffer.from(bytes).toString(), CHECKPOINT_PATH);
  // A log that was never published has everything in its journal.
  if (segments[0] !== 0) throw damaged('there is no `checkpoint`');
  const first = await readWholeSegment(storage, 0);
  return openNote(verifier, first.startNote, segmentPath(0));
}

interface Replay {
  readonly storage: LogStorage;
  readonly verifier: NoteVerifier;
  readonly segments: readonly number[];
  readonly published: SignedCheckpoint;
  readonly writer: TileWriter;
  readonly frontier: Frontier;
}

async function replayJournal(replay: Replay): Promise<RecoveredLog> {
  const { storage, verifier, segments, published, writer, frontier } = replay;
  const unpublished: JournalEntry[] = [];
  let head: SignedCheckpoint | undefined;
  let segmentBytes = 0;
  for (const [at, start] of segments.entries()) {
    const segment = await readWholeSegment(storage, start);
    let before = openNote(verifier, segment.startNote, segmentPath(start));
    if (before.size !== start || (head !== undefined && head.size !== start)) {
      throw damaged(`\`${segmentPath(start)}\` does not continue the journal`);
    }
    if (head === undefined && start > published.size)
      throw damaged(`entries from ${published.size} to ${start - 1} are missing`);
    checkAgainst(published, before, segmentPath(start));
    for (const group of segment.groups) {
      const size = before.size + group.entries.length;
      const checkpoint = openNote(verifier, group.note, segmentPath(start));
      if (checkpoint.size !== size)
        throw damaged(`\`${segmentPath(start)}\` has a checkpoint that does not fit its entries`);
      checkAgainst(published, checkpoint, segmentPath(start));
      for (const [offset, entry] of group.entries.entries()) {
        if (before.size + offset < frontier.size) continue;
        frontier.push(entry.hash);
        unpublished.push(entry);
      }
      if (size >= frontier.size && !equalBytes(frontier.root(), checkpoint.root)) {
        throw damaged(`entries from ${before.size} to ${size - 1} do not fit their checkpoint`);
      }
      before = checkpoint;
    }
    head = before;
    segmentBytes = segment.wholeBytes;
    if (segment.wholeBytes < segment.bytes) {
      if (at < segments.length - 1) throw damaged(`\`${segmentPath(start)}\` ends in the middle of a group`);
      // INVARIANT: nobody was told of these entries; their checkpoint never became durable.
      await storage.truncate(segmentPath(start), segment.wholeBytes);
    }
  }
  if (head === undefined || head.size < published.size)
    throw damaged('the journal ends before the published checkpoint');
  return { writer, frontier, head, unpublished, segments, segmentBytes };
}

/** Two checkpoints of one size must have one root. */
function checkAgainst(published: SignedCheckpoint, checkpoint: SignedCheckpoint, path: string): void {
  if (published.size === checkpoint.size && !equalBytes(published.root, checkpoint.root)) {
    throw damaged(`\`${path}\` and \`${CHECKPOINT_PATH}\` have different roots for ${published.size} entries`);
  }
}

async function readWholeSegment(
  storage: LogStorage,
  start: number,
): Promise<JournalSegment & { readonly bytes: number }> {
  const bytes = await storage.read(segmentPath(start), SEGMENT_MAX_BYTES);
  const segment = bytes === undefined ? undefined : readSegment(bytes);
  if (bytes === undefined || segment === undefined) throw damaged(`\`${segmentPath(start)}\` is damaged`);
  return { ...segment, bytes: bytes.length };
}

function openNote(verifier: NoteVerifier, note: string, path: string): SignedCheckpoint {
  try {
    return openCheckpoint(verifier, note);
  } catch (cause) {
    throw damaged(`\`${path}\` has a checkpoint that this key did not sign`, cause);
  }
}
