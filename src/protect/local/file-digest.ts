import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Pace } from './pace.js';

/** A pipe that somebody put there must not keep us waiting. */
export const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
export const PIECE_BYTES = 256 * 1024;

/** The pieces of a file, from its beginning to its end as it is while it is read. */
export async function* piecesOf(descriptor: number, pace: Pace): AsyncGenerator<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    const length = readSync(descriptor, piece, 0, PIECE_BYTES, null);
    if (length === 0) return;
    yield piece.subarray(0, length);
    await pace.step();
  }
}

/** @throws an error of the file system, also when a link stands there. */
export async function sha256OfFile(path: Buffer, pace: Pace): Promise<string> {
  const descriptor = openSync(path, OPEN_FILE);
  try {
    const hash = createHash('sha256');
    for await (const piece of piecesOf(descriptor, pace)) hash.update(piece);
    return `sha256:${hash.digest('hex')}`;
  } finally {
    closeSync(descriptor);
  }
}

/** The name that git would give to these bytes as they are (git-hash-object(1) without filters). */
export async function blobNameOfFile(path: Buffer, format: 'sha1' | 'sha256', pace: Pace): Promise<string> {
  const descriptor = openSync(path, OPEN_FILE);
  try {
    const hash = createHash(format).update(`blob ${fstatSync(descriptor).size}\0`);
    for await (const piece of piecesOf(descriptor, pace)) hash.update(piece);
    return hash.digest('hex');
  } finally {
    closeSync(descriptor);
  }
}
