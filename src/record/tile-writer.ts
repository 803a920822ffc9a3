import type { SignedCheckpoint } from './checkpoint.js';
import { damaged } from './errors.js';
import type { JournalEntry } from './journal.js';
import { Frontier, type Hash } from './merkle.js';
import type { LogReader, LogStorage } from './storage.js';
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

  /** Adds entries; full tiles are written as they fill. Call `finish` before the entries count as published. */
  async add(entries: Iterable<JournalEntry>): Promise<void> {
    for (const { data, hash } of entries) {
      this.#bundle.push(data);
      if (this.#bundle.length === TILE_WIDTH) {
        await this.#writeFull(
          { level: 'entries', index: Math.floor(this.#size / TILE_WIDTH), width: TILE_WIDTH },
          encodeBundle(this.#bundle),
        );
        this.#bundle = [];
      }
      await this.#addHash(0, hash);
      this.#size += 1;
    }
  }

  /** Writes the partial tiles, and then the checkpoint, which must be the one over exactly the entries so far. */
  async finish(checkpoint: SignedCheckpoint): Promise<void> {
    if (checkpoint.size !== this.#size) throw new RangeError('the checkpoint must cover what was added');
    if (this.#bundle.length > 0 && this.#levels[0]?.changed) {
      const tile: Tile = { level: 'entries', index: Math.floor(this.#size / TILE_WIDTH), width: this.#bundle.length };
      await this.#storage.write(tilePath(tile), encodeBundle(this.#bundle));
    }
    for (const [level, tile] of this.#levels.entries()) {
      if (!tile.changed || tile.hashes.length === 0) continue;
      const { index, hashes } = tile;
      await this.#storage.write(tilePath({ level, index, width: hashes.length }), encodeTile(hashes));
      tile.changed = false;
    }
    await this.#storage.write(CHECKPOINT_PATH, Buffer.from(checkpoint.note));
  }

  async #addHash(level: number, hash: Hash): Promise<void> {
    let tile = this.#levels[level];
    if (tile === undefined) {
      tile = { index: 0, hashes: [], changed: false };
      this.#levels[level] = tile;
    }
    tile.hashes.push(hash);
    tile.changed = true;
    if (tile.hashes.length < TILE_WIDTH) return;
    await this.#writeFull({ level, index: tile.index, width: TILE_WIDTH }, encodeTile(tile.hashes));
    const root = new Frontier();
    for (const each of tile.hashes) root.push(each);
    this.#levels[level] = { index: tile.index + 1, hashes: [], changed: false };
    await this.#addHash(level + 1, root.root());
  }

  async #writeFull(tile: Tile, bytes: Uint8Array): Promise<void> {
    await this.#storage.write(tilePath(tile), bytes);
    // Only now: partial tiles may go once the full one is available (tlog-tiles, "Partial Tiles").
    await this.#storage.remove(partialsPath(tile));
  }
}

async function edgeTile(reader: LogReader, tile: Tile & { readonly level: number }): Promise<readonly Hash[]> {
  if (tile.width === 0) return [];
  const hashes = await readTile(reader, tile);
  if (hashes === undefined) throw damaged(`\`${tilePath(tile)}\` is missing or too short`);
  return hashes;
}
