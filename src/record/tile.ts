import { HASH_SIZE, type Hash } from './merkle.js';

/** The layout of C2SP tlog-tiles (https://c2sp.org/tlog-tiles): which file holds what. No I/O. */

export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
export const CHECKPOINT_PATH = 'checkpoint';
export const ENTRY_MAX_BYTES = 65_535;
/** 256 entries, each with its length. */
export const BUNDLE_MAX_BYTES = TILE_WIDTH * (2 + ENTRY_MAX_BYTES);

/** Level 0 holds leaf hashes, level L the roots of full tiles of level L - 1; `entries` the entries themselves. */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  /** 1 to 256; below 256 it is partial. */
  readonly width: number;
}

/** `tile/<L>/<N>[.p/<W>]`. */
export function tilePath(tile: Tile): string {
  const full = `tile/${tile.level}/${indexPath(tile.index)}`;
  return tile.width === TILE_WIDTH ? full : `${full}.p/${tile.width}`;
}

/** The folder of the partial tiles that a full one replaces. */
export function partialsPath(tile: Tile): string {
  return `tile/${tile.level}/${indexPath(tile.index)}.p`;
}

/** The tile that a path names; undefined when it names none in the one form that the specification allows. */
export function parseTilePath(path: string): Tile | undefined {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  const [, levelText, indexText, widthText] = match ?? [];
  if (levelText === undefined || indexText === undefined) return undefined;
  const tile: Tile = {
    level: levelText === 'entries' ? 'entries' : Number(levelText),
    index: Number(indexText.replaceAll(/[x/]/g, '')),
    width: widthText === undefined ? TILE_WIDTH : Number(widthText),
  };
  const sound = tile.width >= 1 && (tile.level === 'entries' || tile.level <= 63);
  return sound && tilePath(tile) === path ? tile : undefined;
}

/** Zero-padded elements of three digits, all but the last with an `x`: 1234067 is `x001/x234/067`. */
function indexPath(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  return (padded.match(/\d{3}/g) ?? []).map((part, at, all) => (at < all.length - 1 ? `x${part}` : part)).join('/');
}

/** How many hashes of a level a tree of this size has: floor(size / 256^level). */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The right-most tile of each level, widths 0 to 255 (floor(size / 256^l) mod 256), from level 0 up. */
export function rightEdge(
  size: number,
): readonly { readonly level: number; readonly index: number; readonly width: number }[] {
  const edge = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    edge.push({ level, index: Math.floor(count / TILE_WIDTH), width: count % TILE_WIDTH });
  }
  return edge;
}

/** The height, in levels of the Merkle tree, of the subtrees whose hashes a tile of this level holds. */
export function heightOf(level: number): number {
  return level * TILE_HEIGHT;
}

export function encodeTile(hashes: readonly Hash[]): Buffer {
  return Buffer.concat(hashes);
}

/** The hashes in a tile's bytes; a rest that is not a whole hash is left out. */
export function decodeTile(bytes: Uint8Array): readonly Hash[] {
  return Array.from({ length: Math.floor(bytes.length / HASH_SIZE) }, (_, at) =>
    bytes.subarray(at * HASH_SIZE, (at + 1) * HASH_SIZE),
  );
}

/** Entries, each after its length as a big-endian uint16. */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** The entries in a bundle's bytes, and whether they end where the bytes end. */
export function decodeBundle(bytes: Uint8Array): { readonly entries: readonly Uint8Array[]; readonly whole: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) break;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return { entries, whole: at === bytes.length };
}
