/** The file of a snapshot: docs/formats/snapshot.md. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject, JsonValue } from '#action/action';
import type { Undoable } from '#action/snapshot';
import { messageOf } from '#base/errors';
import { ProtectError } from './errors.js';

/** The first line of every file. */
export const MAGIC = Buffer.from('firebreak-snapshot/1\n', 'ascii');
/** The last bytes of every file, after the manifest's offset as a big-endian 64-bit number. */
export const TRAILER_MAGIC = Buffer.from('FBSNAP1\n', 'ascii');
export const TRAILER_BYTES = 8 + TRAILER_MAGIC.length;

export interface PartEntry {
  readonly name: string;
  /** Where its age file begins, from the beginning of the file, and how long it is. */
  readonly offset: number;
  readonly size: number;
  /** Of what was written to the part. */
  readonly length: number;
  /** `sha256:` and 64 hexadecimal digits, of what was written to the part. */
  readonly digest: string;
}

/** What the file says of itself, encrypted like its parts. */
export interface Manifest {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly about: JsonObject;
  readonly parts: readonly PartEntry[];
  readonly contents: JsonObject;
  readonly undoable: Undoable;
}

const json: z.ZodType<JsonValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
);
const object = z.record(z.string(), json);
const count = z.int().nonnegative();

const manifest = z.strictObject({
  id: z.string(),
  createdAt: z.int(),
  about: object,
  parts: z.array(z.strictObject({ name: z.string(), offset: count, size: count, length: count, digest: z.string() })),
  contents: object,
  undoable: z.strictObject({ answer: z.enum(['yes', 'partly', 'no']), because: z.array(z.string()) }),
});

export function encodeManifest(value: Manifest): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** @throws ProtectError `SNAPSHOT_DAMAGED` */
export function decodeManifest(bytes: Uint8Array): Manifest {
  try {
    return manifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new ProtectError('SNAPSHOT_DAMAGED', `its manifest cannot be read: ${messageOf(cause)}`, { cause });
  }
}

export function encodeTrailer(manifestOffset: number): Buffer {
  const bytes = Buffer.alloc(TRAILER_BYTES);
  bytes.writeBigUInt64BE(BigInt(manifestOffset));
  TRAILER_MAGIC.copy(bytes, 8);
  return bytes;
}

/**
 * Where the manifest begins.
 *
 * @param fileSize bytes of the whole file.
 * @throws ProtectError `SNAPSHOT_DAMAGED`
 */
export function decodeTrailer(bytes: Buffer, fileSize: number): number {
  const offset = bytes.length === TRAILER_BYTES ? Number(bytes.readBigUInt64BE()) : -1;
  const whole = bytes.subarray(8).equals(TRAILER_MAGIC) && offset >= MAGIC.length && offset < fileSize - TRAILER_BYTES;
  if (!whole) throw new ProtectError('SNAPSHOT_DAMAGED', 'its end is missing or is not one');
  return offset;
}

/** SHA-256 in the one way in which digests are written, taken in steps. */
export function digester(): { update(bytes: Uint8Array): void; digest(): string } {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => `sha256:${hash.digest('hex')}` };
}
