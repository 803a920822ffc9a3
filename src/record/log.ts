import { type RecordEvent, type Recorder, SOON_MS } from '#action/record-event';
import { messageOf } from '#base/errors';
import { type SignedCheckpoint, signCheckpoint } from './checkpoint.js';
import { encodeEntry } from './entry.js';
import { RecordError } from './errors.js';
import {
  encodeFrame,
  encodeSegmentStart,
  FRAME_CHECKPOINT,
  FRAME_ENTRY,
  type JournalEntry,
  segmentPath,
} from './journal.js';
import { type Frontier, leafHash } from './merkle.js';
import { type LogKey, type NoteSigner, noteSigner, noteVerifier } from './note.js';
import { type RecoveredLog, recoverLog } from './recovery.js';
import type { AppendFile, LogStorage } from './storage.js';
import { TILE_WIDTH } from './tile.js';
import type { TileWriter } from './tile-writer.js';

export interface LogOptions {
  readonly storage: LogStorage;
  readonly key: LogKey;
  /** How long a durable entry may wait until it is in tiles, in milliseconds. */
  readonly publishDelay?: number;
  /** A journal segment that is longer is followed by a new one. */
  readonly segmentBytes?: number;
}

const PUBLISH_DELAY = 1000;
const SEGMENT_BYTES = 4 * 1024 * 1024;
/** A group is at most this long, plus one entry, so that memory and segments stay bounded. */
const GROUP_BYTES = 1024 * 1024;
/** So many entries for which nothing waits are written although nothing does. */
const MOST_WAITING = 256;
/** So many entries are put into tiles at once; fewer within the delay, since what is durable needs no hurry. */
const MOST_UNPUBLISHED = 16 * TILE_WIDTH;
/** So much may wait for its tiles; then the next group waits for them. */
const BACKLOG_BYTES = 32 * 1024 * 1024;

/**
 * Opens the log in a storage, or begins one. Only one process may have it open: the caller sees to that.
 *
 * @throws RecordError `LOG_DAMAGED` when what is there is not what was signed with this key; `KEY_INVALID`.
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const signer = noteSigner(options.key.signingKey);
  const recovered = await recoverLog(options.storage, signer, noteVerifier(options.key.publicKey));
  const start = recovered.segments.at(-1) ?? 0;
  return new Log(options, signer, recovered, await options.storage.openAppend(segmentPath(start)));
}

interface Waiting {
  readonly data: Buffer;
  readonly resolve: (index: number) => void;
  readonly reject: (error: RecordError) => void;
}

/**
 * The tamper-evident log. Everything that is appended while a group is being written makes up the next group: its entries
 * and one signed checkpoint over all entries so far go to the journal in one write, and are acknowledged when that is on
 * disk. Tiles follow in the background.
 */
export class Log implements Recorder {
  readonly #options: LogOptions;
  readonly #storage: LogStorage;
  readonly #signer: NoteSigner;
  readonly #writer: TileWriter;
  readonly #frontier: Frontier;
  #head: SignedCheckpoint;

  readonly #segments: number[];
  #segment: AppendFile;
  #segmentBytes: number;

  #queue: Waiting[] = [];
  /** Something waits for what is in the queue. */
  #wanted = false;
  #later: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  #unpublished: JournalEntry[];
  #unpublishedBytes: number;
  #publishing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  #failure: RecordError | undefined;
  #closed = false;

  /** Use `openLog`. */
  constructor(options: LogOptions, signer: NoteSigner, recovered: RecoveredLog, segment: AppendFile) {
    this.#options = options;
    this.#storage = options.storage;
    this.#signer = signer;
    this.#writer = recovered.writer;
    this.#frontier = recovered.frontier;
    this.#head = recovered.head;
    this.#segments = [...recovered.segments];
    this.#segment = segment;
    this.#segmentBytes = recovered.segmentBytes;
    this.#unpublished = [...recovered.unpublished];
    this.#unpublishedBytes = bytesIn(recovered.unpublished);
    this.#publishSoon();
  }

  /** The newest durable checkpoint, over everything that was acknowledged. Whoever keeps a copy can detect truncation. */
  get checkpoint(): SignedCheckpoint {
    return this.#head;
  }

  /** Why the log takes no more entries; undefined while it does. */
  get failure(): RecordError | undefined {
    return this.#failure;
  }

  append(event: RecordEvent, when: 'now' | 'soon' = 'now'): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      if (this.#closed) return reject(new RecordError('LOG_UNWRITABLE', 'the log is closed'));
      // What throws here (an event that is not what its type says) rejects this append, and no other.
      this.#queue.push({ data: encodeEntry(event), resolve, reject });
      if (when === 'now' || this.#queue.length >= MOST_WAITING) this.#startWriting();
      else this.#later ??= setTimeout(() => this.#startWriting(), SOON_MS);
    });
  }

  /**
   * Writes everything durable into tiles and publishes its checkpoint.
   *
   * @throws RecordError `LOG_UNWRITABLE`
   */
  async publish(): Promise<void> {
    // One that is under way may have begun before the newest entries.
    await this.#publishing;
    await this.#startPublishing();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Finishes what was appended, publishes it, and closes. Later appends are rejected.
   *
   * @throws RecordError `LOG_UNWRITABLE` when that fails now; what was acknowledged is durable nevertheless.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const failedBefore = this.#failure !== undefined;
    this.#startWriting();
    await this.#writing;
    await this.#publishing;
    await this.#startPublishing();
    clearTimeout(this.#timer);
    await this.#segment.close();
    if (this.#failure !== undefined && !failedBefore) throw this.#failure;
  }

  #startWriting(): void {
    this.#wanted = true;
    this.#writing ??= this.#writeGroups();
  }

  async #writeGroups(): Promise<void> {
    // Lets everything that is appended in this turn join the group.
    await Promise.resolve();
    while (this.#wanted && this.#queue.length > 0 && this.#failure === undefined) {
      if (this.#unpublishedBytes > BACKLOG_BYTES) await this.#startPublishing();
      const group = this.#takeGroup();
      this.#wanted = this.#queue.length > 0;
      if (!this.#wanted) {
        clearTimeout(this.#later);
        this.#later = undefined;
      }
      try {
        const first = await this.#writeGroup(group.map((waiting) => waiting.data));
        for (const [offset, waiting] of group.entries()) waiting.resolve(first + offset);
      } catch (cause) {
        const failure = this.#fail(cause);
        for (const waiting of group) waiting.reject(failure);
      }
      this.#publishSoon();
    }
    this.#writing = undefined;
  }

  #takeGroup(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { data } of this.#queue) {
      if (bytes > GROUP_BYTES) break;
      bytes += data.length;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /** Returns the index of the group's first entry when the group is durable. */
  async #writeGroup(group: readonly Buffer[]): Promise<number> {
    if (this.#segmentBytes > (this.#options.segmentBytes ?? SEGMENT_BYTES)) await this.#startSegment();
    const first = this.#head.size;
    const entries = group.map((data) => ({ data, hash: leafHash(data) }));
    for (const { hash } of entries) this.#frontier.push(hash);
    const head = signCheckpoint(this.#signer, this.#frontier.size, this.#frontier.root());
    const bytes = Buffer.concat([
      ...entries.flatMap(({ data, hash }) => encodeFrame(FRAME_ENTRY, data, hash)),
      ...encodeFrame(FRAME_CHECKPOINT, Buffer.from(head.note)),
    ]);
    await this.#segment.append(bytes);
    this.#segmentBytes += bytes.length;
    this.#head = head;
    this.#unpublished.push(...entries);
    this.#unpublishedBytes += bytesIn(entries);
    return first;
  }

  async #startSegment(): Promise<void> {
    const path = segmentPath(this.#head.size);
    const bytes = encodeSegmentStart(this.#head.note);
    await this.#storage.write([{ path, bytes }]);
    await this.#segment.close();
    this.#segment = await this.#storage.openAppend(path);
    this.#segments.push(this.#head.size);
    this.#segmentBytes = bytes.length;
  }

  #publishSoon(): void {
    if (this.#failure !== undefined || this.#publishing !== undefined || this.#unpublished.length === 0) return;
    const delay = this.#unpublished.length >= MOST_UNPUBLISHED ? 0 : (this.#options.publishDelay ?? PUBLISH_DELAY);
    if (delay === 0) void this.#startPublishing();
    else this.#timer ??= setTimeout(() => void this.#startPublishing(), delay).unref();
  }

  /** Joins the publishing that is under way, or begins one. */
  #startPublishing(): Promise<void> {
    this.#publishing ??= this.#publishNow().then(() => {
      this.#publishing = undefined;
      this.#publishSoon();
    });
    return this.#publishing;
  }

  /** Never throws: an error is the log's failure. */
  async #publishNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#failure !== undefined) return;
    const entries = this.#unpublished;
    const head = this.#head;
    this.#unpublished = [];
    this.#unpublishedBytes = 0;
    try {
      await this.#writer.add(entries);
      await this.#writer.finish(head);
      await this.#dropSegments(head.size);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /**
   * INVARIANT: a segment goes only when all its entries are in published tiles, and never the one that is appended to.
   */
  async #dropSegments(published: number): Promise<void> {
    for (
      let [oldest, next] = this.#segments;
      oldest !== undefined && next !== undefined;
      [oldest, next] = this.#segments
    ) {
      if (next > published) return;
      await this.#storage.remove(segmentPath(oldest));
      this.#segments.shift();
    }
  }

  /**
   * FAIL-CLOSED: after any write error the log takes no more entries, for what is on disk is not known any more.
   */
  #fail(cause: unknown): RecordError {
    const failure =
      this.#failure ??
      new RecordError('LOG_UNWRITABLE', `the log cannot be written: ${messageOf(cause)}`, {
        cause,
        hint: 'free space or repair the disk, then start Firebreak again',
      });
    this.#failure = failure;
    clearTimeout(this.#timer);
    clearTimeout(this.#later);
    for (const waiting of this.#queue.splice(0)) waiting.reject(failure);
    return failure;
  }
}

function bytesIn(entries: readonly JournalEntry[]): number {
  return entries.reduce((sum, { data }) => sum + data.length, 0);
}
