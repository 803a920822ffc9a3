import { damaged } from './errors.js';
import { HASH_SIZE, type Hash, nodeHash } from './merkle.js';
import type { ReadNode } from './proof.js';
import type { LogReader } from './storage.js';
import { BUNDLE_MAX_BYTES, decodeBundle, decodeTile, heightOf, TILE_WIDTH, type Tile, tilePath } from './tile.js';

/**
 * The bytes of a tile. A partial one may be gone because the full one is there (tlog-tiles, "Partial Tiles"); the full
 * one then holds at least as much.
 */
async function readTileBytes(reader: LogReader, tile: Tile): Promise<Uint8Array | undefined> {
  const limit = tile.level === 'entries' ? BUNDLE_MAX_BYTES : TILE_WIDTH * HASH_SIZE;
  const bytes = await reader.read(tilePath(tile), limit);
  if (bytes !== undefined || tile.width === TILE_WIDTH) return bytes;
  return reader.read(tilePath({ ...tile, width: TILE_WIDTH }), limit);
}

/** The first `width` hashes of a tile; undefined when it is missing or too short. */
export async function readTile(
  reader: LogReader,
  tile: Tile & { readonly level: number },
): Promise<readonly Hash[] | undefined> {
  const bytes = await readTileBytes(reader, tile);
  if (bytes === undefined || bytes.length < tile.width * HASH_SIZE) return undefined;
  return decodeTile(bytes.subarray(0, tile.width * HASH_SIZE));
}

/** The first `width` entries of a bundle; undefined when it is missing or malformed. */
export async function readBundle(
  reader: LogReader,
  index: number,
  width: number,
): Promise<readonly Uint8Array[] | undefined> {
  const bytes = await readTileBytes(reader, { level: 'entries', index, width });
  if (bytes === undefined) return undefined;
  const { entries, whole } = decodeBundle(bytes);
  return whole && entries.length >= width ? entries.slice(0, width) : undefined;
}

/**
 * Reads the nodes that proofs need from the tiles of a tree of this size. It trusts them: check the proof.
 *
 * @throws RecordError `LOG_DAMAGED` from the returned function when a tile is missing or too short.
 */
export function tileNodes(reader: LogReader, size: number): ReadNode {
  return async (height, index) => {
    const level = Math.floor(height / heightOf(1));
    const count = 2 ** (height - heightOf(level));
    const first = index * count;
    const tile = Math.floor(first / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - tile * TILE_WIDTH);
    const path = { level, index: tile, width };
    const hashes = await readTile(reader, path);
    if (hashes === undefined) throw damaged(`\`${tilePath(path)}\` is missing or too short`);
    const from = first - tile * TILE_WIDTH;
    return fold(hashes.slice(from, from + count));
  };
}

/** The root of a complete subtree, from its bottom row. */
function fold(row: readonly Hash[]): Hash {
  let hashes = row;
  while (hashes.length > 1) {
    hashes = hashes.flatMap((left, at) => {
      const right = hashes[at + 1];
      return at % 2 === 0 && right !== undefined ? [nodeHash(left, right)] : [];
    });
  }
  const [root] = hashes;
  if (root === undefined) throw new RangeError('a subtree has at least one leaf');
  return root;
}
