import { setImmediate } from 'node:timers/promises';
import type { SignedCheckpoint } from './checkpoint.js';
import { damaged } from './errors.js';
import type { JournalEntry } from './journal.js';
import { Frontier, type Hash } from './merkle.js';
import type { FileBytes, LogReader, LogStorage } from './storage.js';
import {
  CHECKPOINT_PATH,
  encodeBundle,
  encodeTile,
  heightOf,
  partialsPath,
  rightEdge,
  TILE_WIDTH,
  type Tile,
  tilePath,
} from './tile.js';
import { readBundle, readTile } from './tile-reader.js';

/** So many full tiles are written at once; it bounds the memory that they take. */
const FULL_MAX = 64;

/** The right-most tile of one level: what it holds so far, fewer than 256 hashes. */
interface OpenTile {
  index: number;
  hashes: Hash[];
  /** Whether it holds more than its newest partial file. */
  changed: boolean;
}

/**
 * Writes entries as tiles and bundles. A tile's file never changes; one that becomes full replaces its partial files. The
 * checkpoint comes last, so that whoever reads it finds every tile that it needs.
 */
export class TileWriter {
  readonly #storage: LogStorage;
  readonly #levels: OpenTile[];
  /** The entries of the right-most bundle, fewer than 256. */
  #bundle: Uint8Array[];
  #size: number;
  /** Full tiles that are not written yet. */
  #full: { readonly tile: Tile; readonly file: FileBytes }[] = [];

  private constructor(storage: LogStorage, levels: OpenTile[], bundle: Uint8Array[], size: number) {
    this.#storage = storage;
    this.#levels = levels;
    this.#bundle = bundle;
    this.#size = size;
  }

  /** How many entries are in tiles. */
  get size(): number {
    return this.#size;
  }

  /**
   * Continues after the tiles of a tree of this size.
   *
   * @throws RecordError `LOG_DAMAGED` when one of the right-most tiles is missing or too short.
   */
  static async open(storage: LogStorage, size: number): Promise<TileWriter> {
    const levels: OpenTile[] = [];
    for (const { level, index, width } of rightEdge(size)) {
      levels.push({ index, hashes: [...(await edgeTile(storage, { level, index, width }))], changed: false });
    }
    const width = size % TILE_WIDTH;
    const index = Math.floor(size / TILE_WIDTH);
    const bundle = width === 0 ? [] : await readBundle(storage, index, width);
    if (bundle === undefined)
      throw damaged(`\`${tilePath({ level: 'entries', index, width })}\` is missing or malformed`);
    return new TileWriter(storage, levels, [...bundle], size);
  }

  /** The right edge of the tree in the tiles. */
  frontier(): Frontier {
    const frontier = new Frontier();
    for (const [level, tile] of [...this.#levels.entries()].reverse()) {
      for (const hash of tile.hashes) frontier.push(hash, heightOf(level));
    }
    return frontier;
  }

  /** Adds entries. Call `finish` before they count as published. */
  async add(entries: Iterable<JournalEntry>): Promise<void> {
    for (const { data, hash } of entries) {
      this.#bundle.push(data);
      if (this.#bundle.length === TILE_WIDTH) {
        const index = Math.floor(this.#size / TILE_WIDTH);
        this.#fill({ level: 'entries', index, width: TILE_WIDTH }, encodeBundle(this.#bundle));
        this.#bundle = [];
      }
      this.#addHash(0, hash);
      this.#size += 1;
      if (this.#bundle.length > 0) continue;
      if (this.#full.length >= FULL_MAX) await this.#writeFull();
      // A full tile took a good part of a millisecond: whoever waits for an acknowledgement comes first.
      else await setImmediate();
    }
  }

  /** Writes the tiles, and then the checkpoint, which must be the one over exactly the entries so far. */
  async finish(checkpoint: SignedCheckpoint): Promise<void> {
    if (checkpoint.size !== this.#size) throw new RangeError('the checkpoint must cover what was added');
    await this.#writeFull();
    const files: FileBytes[] = [];
    if (this.#bundle.length > 0 && this.#levels[0]?.changed) {
      const tile: Tile = { level: 'entries', index: Math.floor(this.#size / TILE_WIDTH), width: this.#bundle.length };
      files.push({ path: tilePath(tile), bytes: encodeBundle(this.#bundle) });
    }
    for (const [level, tile] of this.#levels.entries()) {
      const { index, hashes, changed } = tile;
      if (!changed || hashes.length === 0) continue;
      files.push({ path: tilePath({ level, index, width: hashes.length }), bytes: encodeTile(hashes) });
      tile.changed = false;
    }
    await this.#storage.write(files);
    await this.#storage.write([{ path: CHECKPOINT_PATH, bytes: Buffer.from(checkpoint.note) }]);
  }

  #addHash(level: number, hash: Hash): void {
    let tile = this.#levels[level];
    if (tile === undefined) {
      tile = { index: 0, hashes: [], changed: false };
      this.#levels[level] = tile;
    }
    tile.hashes.push(hash);
    tile.changed = true;
    if (tile.hashes.length < TILE_WIDTH) return;
    this.#fill({ level, index: tile.index, width: TILE_WIDTH }, encodeTile(tile.hashes));
    const root = new Frontier();
    for (const each of tile.hashes) root.push(each);
    this.#levels[level] = { index: tile.index + 1, hashes: [], changed: false };
    this.#addHash(level + 1, root.root());
  }

  #fill(tile: Tile, bytes: Uint8Array): void {
    this.#full.push({ tile, file: { path: tilePath(tile), bytes } });
  }

  async #writeFull(): Promise<void> {
    const full = this.#full.splice(0);
    await this.#storage.write(full.map(({ file }) => file));
    // Only now: partial tiles may go once the full one is available (tlog-tiles, "Partial Tiles"). Of those that filled up
    // at once there is none but for the first of each level.
    for (const { tile } of full) await this.#storage.remove(partialsPath(tile));
  }
}

async function edgeTile(reader: LogReader, tile: Tile & { readonly level: number }): Promise<readonly Hash[]> {
  if (tile.width === 0) return [];
  const hashes = await readTile(reader, tile);
  if (hashes === undefined) throw damaged(`\`${tilePath(tile)}\` is missing or too short`);
  return hashes;
}
