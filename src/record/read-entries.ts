import { readCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import { damaged, RecordError } from './errors.js';
import { type JournalEntry, parseSegmentPath, readSegment, SEGMENT_MAX_BYTES, segmentPath } from './journal.js';
import { leafHash } from './merkle.js';
import type { LogReader } from './storage.js';
import { CHECKPOINT_PATH, TILE_WIDTH } from './tile.js';
import { readBundle } from './tile-reader.js';

/** One entry as it stands in the log. */
export interface LogEntry {
  readonly index: number;
  /** OCSF JSON in UTF-8. */
  readonly data: Uint8Array;
}

/** A log at one moment: entries up to `published` are in tiles, those after it in `tail`. */
export interface LogView {
  /** The newest durable checkpoint; its signature is not checked. */
  readonly head: SignedCheckpoint;
  readonly published: number;
  readonly tail: readonly JournalEntry[];
}

const CHECKPOINT_MAX_BYTES = 65_535;
/** A segment can be dropped between the look at the folder and the read; that it happens again and again is not normal. */
const ATTEMPTS = 8;

/**
 * Looks at a log, also one that a daemon is writing to. It trusts what it reads: `verifyLog` does not.
 *
 * @throws RecordError `LOG_DAMAGED` when there is no log or its journal cannot be read, `LOG_CHANGING`
 */
export async function viewLog(reader: LogReader): Promise<LogView> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const view = await viewOnce(reader);
    if (view !== undefined) return view;
  }
  throw new RecordError('LOG_CHANGING', 'the log changes faster than it can be read', { hint: 'try again' });
}

/** How many entries are durable. @throws as `viewLog` */
export async function logSize(reader: LogReader): Promise<number> {
  return (await viewLog(reader)).head.size;
}

/**
 * The entries from `from` up to, not including, `to`; `to` is the end of the log when it is not given.
 *
 * @throws RecordError `ENTRY_OUT_OF_RANGE`, `LOG_DAMAGED` when a bundle is missing or malformed, `LOG_CHANGING`
 */
export async function* readEntries(reader: LogReader, from = 0, to?: number): AsyncGenerator<LogEntry> {
  const view = await viewLog(reader);
  const end = to ?? view.head.size;
  if (!(from >= 0 && from <= end && end <= view.head.size)) {
    throw new RecordError('ENTRY_OUT_OF_RANGE', `the log has ${view.head.size} entries`);
  }
  for await (const entry of viewEntries(reader, view, from)) {
    if (entry.index >= end) return;
    yield { index: entry.index, data: entry.data };
  }
}

/** The entries of a view from an index on, with their leaf hashes. @throws RecordError `LOG_DAMAGED` */
export async function* viewEntries(
  reader: LogReader,
  view: LogView,
  from = 0,
): AsyncGenerator<LogEntry & JournalEntry> {
  for (let index = from - (from % TILE_WIDTH); index < view.published; index += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, view.published - index);
    const bundle = await readBundle(reader, index / TILE_WIDTH, width);
    if (bundle === undefined)
      throw damaged(`the bundle with entries ${index} to ${index + width - 1} is missing or malformed`);
    for (const [offset, data] of bundle.entries()) {
      if (index + offset >= from) yield { index: index + offset, data, hash: leafHash(data) };
    }
  }
  for (const [offset, entry] of view.tail.entries()) {
    if (view.published + offset >= from) yield { index: view.published + offset, ...entry };
  }
}

/** Undefined when the log changed meanwhile. */
async function viewOnce(reader: LogReader): Promise<LogView | undefined> {
  const starts = (await reader.list()).flatMap((path) => parseSegmentPath(path) ?? []).sort((a, b) => a - b);
  const journal: JournalEntry[] = [];
  const [journalStart] = starts;
  let head: SignedCheckpoint | undefined;
  for (const start of starts) {
    const bytes = await reader.read(segmentPath(start), SEGMENT_MAX_BYTES);
    if (bytes === undefined) return undefined;
    const segment = readSegment(bytes);
    if (segment === undefined) throw damaged(`\`${segmentPath(start)}\` is damaged`);
    for (const group of segment.groups) journal.push(...group.entries);
    head = readCheckpoint(segment.groups.at(-1)?.note ?? segment.startNote);
  }
  // After the journal: segments go only after the checkpoint that covers them is published.
  const bytes = await reader.read(CHECKPOINT_PATH, CHECKPOINT_MAX_BYTES);
  const published = bytes === undefined ? undefined : readCheckpoint(Buffer.from(bytes).toString());
  if (head === undefined || journalStart === undefined) {
    if (published === undefined) throw damaged('there is no log here');
    return { head: published, published: published.size, tail: [] };
  }
  const publishedSize = published?.size ?? 0;
  if (journalStart > publishedSize) throw damaged(`entries from ${publishedSize} to ${journalStart - 1} are missing`);
  if (published !== undefined && published.size >= head.size)
    return { head: published, published: published.size, tail: [] };
  return { head, published: publishedSize, tail: journal.slice(publishedSize - journalStart) };
}
