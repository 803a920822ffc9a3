import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { SnapshotReader } from '#action/snapshot';
import { messageOf } from '#base/errors';
import type { Secret } from '#base/secret';
import { decryptAge } from './age-stream.js';
import { ProtectError } from './errors.js';
import { decodeManifest, decodeTrailer, digester, type Manifest, TRAILER_BYTES } from './snapshot-format.js';

const READ_BYTES = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/** Digest and length of a file. @throws ProtectError `SNAPSHOT_DAMAGED` when it cannot be read. */
export async function digestFile(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const whole = digester();
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('a file gives bytes');
      whole.update(chunk);
      bytes += chunk.length;
    }
  } catch (cause) {
    throw damaged(cause);
  }
  return { sha256: whole.digest(), bytes };
}

/**
 * Opens the file of a snapshot. Reads the manifest only; each part is checked while it is read.
 *
 * @param identity age's `AGE-SECRET-KEY-1...`.
 * @throws ProtectError `SNAPSHOT_DAMAGED`
 */
export async function openSnapshotFile(
  path: string,
  identity: Secret<string>,
): Promise<{ readonly manifest: Manifest; readonly reader: SnapshotReader }> {
  let manifest: Manifest;
  try {
    const file = await open(path, 'r');
    let offset: number;
    let end: number;
    try {
      const { size } = await file.stat();
      end = Math.max(0, size - TRAILER_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TRAILER_BYTES), 0, TRAILER_BYTES, end);
      offset = decodeTrailer(buffer.subarray(0, bytesRead), size);
    } finally {
      await file.close();
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of section(path, offset, end - offset, identity)) chunks.push(chunk);
    manifest = decodeManifest(Buffer.concat(chunks));
  } catch (cause) {
    throw damaged(cause);
  }

  async function* part(name: string): AsyncGenerator<Uint8Array> {
    const entry = manifest.parts.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new ProtectError('SNAPSHOT_DAMAGED', `it has no part \`${name}\``);
    const plain = digester();
    let length = 0;
    try {
      for await (const chunk of section(path, entry.offset, entry.size, identity)) {
        plain.update(chunk);
        length += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      throw damaged(cause);
    }
    // FAIL-CLOSED: a part that is not what was written ends in an error, so that nobody commits what was read from it.
    if (length !== entry.length || plain.digest() !== entry.digest)
      throw new ProtectError('SNAPSHOT_DAMAGED', `its part \`${name}\` is not what was written`);
  }

  return { manifest, reader: { id: manifest.id, contents: manifest.contents, part } };
}

/** Decrypts and decompresses one section of the file. */
async function* section(
  path: string,
  offset: number,
  size: number,
  identity: Secret<string>,
): AsyncGenerator<Uint8Array> {
  if (size <= 0) throw new ProtectError('SNAPSHOT_DAMAGED', 'a part of it is empty');
  const encrypted = createReadStream(path, { start: offset, end: offset + size - 1, highWaterMark: READ_BYTES });
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  try {
    const feeding = pipeline(decryptAge(identity, encrypted), gunzip);
    feeding.catch(() => undefined); // It destroys `gunzip` with the same error, which the loop below throws.
    for await (const chunk of gunzip) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('zlib gives bytes');
      yield chunk;
    }
    await feeding;
  } finally {
    gunzip.destroy();
    encrypted.destroy();
  }
}

function damaged(cause: unknown): ProtectError {
  if (cause instanceof ProtectError) return cause;
  return new ProtectError('SNAPSHOT_DAMAGED', `its file cannot be read: ${messageOf(cause)}`, {
    hint: 'put the file back from a copy of the state folder, if there is one',
    cause,
  });
}
