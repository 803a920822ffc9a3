import { equalBytes } from '#base/bytes';
import { HASH_SIZE, leafHash } from './merkle.js';

/**
 * The journal: what is durable before it is tiles. One or more segment files, each
 *
 *     "firebreak journal 1\n"  C  (E+ C)*
 *
 * where E is a frame with an entry and C one with a signed checkpoint over everything before it, the first C over
 * everything before the segment. A frame is
 *
 *     type (1)   type XOR 0xFF (1)   length (2, big-endian)   length XOR 0xFFFF (2)   body   SHA-256(0x00 || body) (32)
 *
 * The complement (as in RFC 1951, 3.2.4) tells a header that was cut off, which a crash leaves, from one that was
 * changed, which it does not. For an entry the digest is its leaf hash.
 */
export const JOURNAL_MAGIC: Buffer = Buffer.from('firebreak journal 1\n');
export const FRAME_ENTRY = 0x45; // 'E'
export const FRAME_CHECKPOINT = 0x43; // 'C'
const HEADER_SIZE = 6;

/** Longer segments are not ours: see `SEGMENT_BYTES` and `GROUP_BYTES`, which bound what is written. */
export const SEGMENT_MAX_BYTES: number = 64 * 1024 * 1024;

/** A segment is named by the number of entries before it, so that names sort. */
export function segmentPath(start: number): string {
  return `journal/${String(start).padStart(16, '0')}`;
}

/** The number of entries before a segment; undefined when the path is no segment's. */
export function parseSegmentPath(path: string): number | undefined {
  const [, digits] = /^journal\/(\d{16})$/.exec(path) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** A frame in three pieces, to be written one after another. `digest` is SHA-256(0x00 || body). */
export function encodeFrame(
  type: number,
  body: Uint8Array,
  digest: Uint8Array = leafHash(body),
): readonly Uint8Array[] {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt8(type, 0);
  header.writeUInt8(type ^ 0xff, 1);
  header.writeUInt16BE(body.length, 2);
  header.writeUInt16BE(body.length ^ 0xffff, 4);
  return [header, body, digest];
}

/** The first bytes of a segment: everything up to where its first group begins. */
export function encodeSegmentStart(note: string): Buffer {
  return Buffer.concat([JOURNAL_MAGIC, ...encodeFrame(FRAME_CHECKPOINT, Buffer.from(note))]);
}

export type JournalItem =
  | {
      readonly kind: 'entry' | 'checkpoint';
      readonly body: Uint8Array;
      /** SHA-256(0x00 || body), computed. */
      readonly digest: Uint8Array;
      /** Whether the digest in the frame is that. */
      readonly intact: boolean;
      /** Where the next frame begins. */
      readonly end: number;
    }
  /** The bytes end in the middle of a frame: what a crash leaves. Nothing follows. */
  | { readonly kind: 'unfinished'; readonly offset: number }
  /** No frame begins here. Nothing follows. */
  | { readonly kind: 'damaged'; readonly offset: number };

/** The frames of a segment in order. Never throws. */
export function* readFrames(bytes: Uint8Array): Generator<JournalItem> {
  if (!equalBytes(bytes.subarray(0, JOURNAL_MAGIC.length), JOURNAL_MAGIC)) {
    yield { kind: 'damaged', offset: 0 };
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = JOURNAL_MAGIC.length;
  while (at < bytes.length) {
    if (bytes.length - at < HEADER_SIZE) return yield { kind: 'unfinished', offset: at };
    const type = view.getUint8(at);
    const length = view.getUint16(at + 2);
    const known = type === FRAME_ENTRY || type === FRAME_CHECKPOINT;
    if (!known || view.getUint8(at + 1) !== (type ^ 0xff) || view.getUint16(at + 4) !== (length ^ 0xffff)) {
      // A file system may leave zeros where it had no time to put data.
      const zeros = bytes.subarray(at).every((byte) => byte === 0);
      return yield { kind: zeros ? 'unfinished' : 'damaged', offset: at };
    }
    const bodyEnd = at + HEADER_SIZE + length;
    const end = bodyEnd + HASH_SIZE;
    if (end > bytes.length) return yield { kind: 'unfinished', offset: at };
    const body = bytes.subarray(at + HEADER_SIZE, bodyEnd);
    const digest = leafHash(body);
    const intact = equalBytes(digest, bytes.subarray(bodyEnd, end));
    yield { kind: type === FRAME_ENTRY ? 'entry' : 'checkpoint', body, digest, intact, end };
    at = end;
  }
}

/** Entries that were written together, and the checkpoint over them. */
export interface JournalGroup {
  readonly entries: readonly JournalEntry[];
  readonly note: string;
  /** Where the next group begins in its segment. */
  readonly end: number;
}

export interface JournalEntry {
  readonly data: Uint8Array;
  readonly hash: Uint8Array;
}

export interface JournalSegment {
  /** The checkpoint over everything before the segment. */
  readonly startNote: string;
  readonly groups: readonly JournalGroup[];
  /** How many bytes are whole groups. */
  readonly wholeBytes: number;
}

/** A segment's whole groups; undefined when anything but its unfinished end is damaged. */
export function readSegment(bytes: Uint8Array): JournalSegment | undefined {
  let startNote: string | undefined;
  let wholeBytes = 0;
  let entries: JournalEntry[] = [];
  const groups: JournalGroup[] = [];
  for (const item of readFrames(bytes)) {
    if (item.kind === 'unfinished') break;
    if (item.kind === 'damaged' || !item.intact) return undefined;
    if (item.kind === 'entry') {
      entries.push({ data: item.body, hash: item.digest });
      continue;
    }
    const note = Buffer.from(item.body).toString();
    if (startNote === undefined) {
      if (entries.length > 0) return undefined;
      startNote = note;
    } else {
      groups.push({ entries, note, end: item.end });
      entries = [];
    }
    wholeBytes = item.end;
  }
  return startNote === undefined ? undefined : { startNote, groups, wholeBytes };
}
