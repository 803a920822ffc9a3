import { rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGzip } from 'node:zlib';
import type { SnapshotPart } from '#action/snapshot';
import { messageOf } from '#base/errors';
import { encryptAge } from './age-stream.js';
import { ProtectError } from './errors.js';
import { digester, encodeManifest, encodeTrailer, MAGIC, type Manifest, type PartEntry } from './snapshot-format.js';

/** Rows come one by one; they are compressed in pieces of this many bytes. */
const PIECE_BYTES = 256 * 1024;
/** Twice as fast as zlib's default, and the file a few percent larger. */
const GZIP_LEVEL = 1;

export interface SnapshotWriter {
  part(name: string): Promise<SnapshotPart>;
  /**
   * Writes manifest and end, flushes, closes.
   *
   * @returns digest and length of the whole file, as they were handed to the operating system.
   */
  finish(manifest: Omit<Manifest, 'parts'>): Promise<{ readonly sha256: string; readonly bytes: number }>;
  /** Closes and removes the file. Never throws. */
  abandon(): Promise<void>;
}

/**
 * Writes the file of one snapshot, with bounded memory whatever its size.
 *
 * @param recipient age's `age1...`.
 * @param mostBytes that the file may have.
 * @throws ProtectError `SNAPSHOT_UNWRITABLE`; its methods also `SNAPSHOT_TOO_LARGE`. After the first error all throw the same.
 */
export async function createSnapshotWriter(
  path: string,
  recipient: string,
  mostBytes: number,
): Promise<SnapshotWriter> {
  const parts: PartEntry[] = [];
  const whole = digester();
  let position = 0;
  let failure: ProtectError | undefined;
  let current: { readonly stop: () => void } | undefined;

  const fail = (thrown: unknown): ProtectError => {
    failure ??= thrown instanceof ProtectError ? thrown : unwritable(thrown);
    return failure;
  };
  const guard = () => {
    // FAIL-CLOSED: a snapshot of which anything could not be written can never be sealed.
    if (failure !== undefined) throw failure;
  };

  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    throw unwritable(error);
  }

  async function append(bytes: Uint8Array): Promise<void> {
    guard();
    if (position + bytes.length > mostBytes) {
      throw new ProtectError('SNAPSHOT_TOO_LARGE', `the snapshot would be larger than ${mostBytes} bytes`, {
        hint: 'raise `snapshots.most_bytes` in firebreak.yaml, or change less at once',
      });
    }
    for (let written = 0; written < bytes.length; ) {
      written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
    }
    whole.update(bytes);
    position += bytes.length;
  }

  /** One age file (age-encryption.org/v1) of one gzip member: it can be read without the rest. */
  function section() {
    const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: PIECE_BYTES });
    const plain = digester();
    let length = 0;
    const piece = Buffer.alloc(PIECE_BYTES);
    let filled = 0;
    const stored = (async () => {
      for await (const chunk of encryptAge(recipient, gzip)) await append(chunk);
    })().catch((error: unknown) => {
      gzip.destroy();
      throw fail(error);
    });
    stored.catch(() => undefined); // Whoever writes next, or ends, sees it; until then nobody waits for it.

    /** One piece is compressed while the next is gathered. */
    let compressing = Promise.resolve();
    async function compress(bytes: Buffer): Promise<void> {
      await compressing;
      plain.update(bytes);
      const written = new Promise<void>((resolve, reject) => {
        gzip.write(bytes, (error) => (error ? reject(fail(error)) : resolve()));
      });
      // A compressor that was stopped may never answer.
      compressing = Promise.race([stored, written]);
      compressing.catch(() => undefined); // Whoever writes next, or ends, sees it.
    }

    return {
      stop: () => gzip.destroy(),
      async write(chunk: Uint8Array): Promise<void> {
        guard();
        length += chunk.length;
        for (let at = 0; at < chunk.length; ) {
          const taken = Math.min(PIECE_BYTES - filled, chunk.length - at);
          piece.set(chunk.subarray(at, at + taken), filled);
          filled += taken;
          at += taken;
          if (filled < PIECE_BYTES) continue;
          // Copied, because the compressor reads it while the next one is gathered.
          await compress(Buffer.from(piece));
          filled = 0;
        }
      },
      async end(): Promise<{ readonly length: number; readonly digest: string }> {
        guard();
        if (filled > 0) await compress(Buffer.from(piece.subarray(0, filled)));
        await compressing;
        gzip.end();
        await stored;
        guard();
        return { length, digest: plain.digest() };
      },
    };
  }

  try {
    await append(MAGIC);
  } catch (error) {
    await file.close();
    rmSync(path, { force: true });
    throw fail(error);
  }

  return {
    async part(name) {
      guard();
      if (current !== undefined) throw new TypeError(`part \`${name}\` was begun before the one before it was ended`);
      if (parts.some((part) => part.name === name)) throw new TypeError(`there are two parts \`${name}\``);
      const offset = position;
      const writing = section();
      current = writing;
      return {
        write: (chunk) => writing.write(chunk),
        async end() {
          const { length, digest } = await writing.end();
          parts.push({ name, offset, size: position - offset, length, digest });
          current = undefined;
        },
      };
    },

    async finish(manifest) {
      guard();
      if (current !== undefined) throw new TypeError('a part was not ended');
      try {
        const offset = position;
        const writing = section();
        await writing.write(encodeManifest({ ...manifest, parts }));
        await writing.end();
        await append(encodeTrailer(offset));
        await file.sync();
        await file.close();
      } catch (error) {
        throw fail(error);
      }
      return { sha256: whole.digest(), bytes: position };
    },

    async abandon() {
      failure ??= new ProtectError('SNAPSHOT_UNWRITABLE', 'the snapshot was given up');
      current?.stop();
      // What cannot be closed or removed now does not count either, and is swept at the next start.
      await file.close().catch(() => undefined);
      try {
        rmSync(path, { force: true });
      } catch {
        return;
      }
    },
  };
}

/** FAIL-CLOSED: what cannot be kept must not be destroyed: the door sees this error, and does not run the act. */
export function unwritable(cause: unknown): ProtectError {
  return new ProtectError('SNAPSHOT_UNWRITABLE', `the snapshot cannot be kept: ${messageOf(cause)}`, {
    hint: 'make room on the disk of the state folder; nothing was changed',
    cause,
  });
}
