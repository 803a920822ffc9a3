import { equalBytes } from '#base/bytes';
import type { SignedCheckpoint } from './checkpoint.js';
import { Frontier, HASH_SIZE, type Hash, leafHash } from './merkle.js';
import type { LogReader } from './storage.js';
import {
  BUNDLE_MAX_BYTES,
  decodeBundle,
  decodeTile,
  hashesAt,
  parseTilePath,
  TILE_WIDTH,
  type Tile,
  tilePath,
} from './tile.js';
import type { Findings } from './verify-report.js';

type Level = Tile['level'];

/** A checkpoint whose size the tree has not reached yet. */
interface Expected {
  readonly checkpoint: SignedCheckpoint;
  readonly file: string;
  /** In the folder, or kept elsewhere. */
  readonly origin: 'found' | 'kept';
}

/**
 * The tree that the entries make, grown one leaf at a time. Every tile and bundle in the folder must say the same, and so
 * must every checkpoint whose size is reached. Holds one row of each level in memory.
 */
export class CheckedTree {
  readonly #reader: LogReader;
  readonly #findings: Findings;
  /** The tree's size in the published checkpoint: its tiles must be there. */
  readonly #published: number;
  /** The widths of the tiles in the folder, by level and index. */
  readonly #listed: Map<string, number[]> = new Map();
  readonly #rows: Hash[][] = [[]];
  readonly #expected: Expected[] = [];
  readonly frontier: Frontier = new Frontier();

  constructor(reader: LogReader, files: readonly string[], published: number, findings: Findings) {
    this.#reader = reader;
    this.#findings = findings;
    this.#published = published;
    for (const path of files) {
      const tile = parseTilePath(path);
      if (tile !== undefined) this.#widths(tile.level, tile.index).push(tile.width);
      else if (path.startsWith('tile/')) findings.file(path, 'is not the name of a tile');
    }
  }

  /** When the tree has grown to the checkpoint's size, their roots must be the same. */
  expect(checkpoint: SignedCheckpoint, file: string, origin: Expected['origin']): void {
    this.#expected.push({ checkpoint, file, origin });
    if (checkpoint.size === this.frontier.size) this.#meet();
  }

  async push(leaf: Hash): Promise<void> {
    this.frontier.push(leaf);
    await this.#pushAt(0, leaf);
    this.#meet();
  }

  /** Checks the tiles that are not full, and that none is left over. */
  async finish(): Promise<void> {
    const size = this.frontier.size;
    for (const [level, row] of this.#rows.entries()) {
      if (row.length > 0) await this.#checkRow(level, Math.floor(hashesAt(level, size) / TILE_WIDTH), row);
    }
    for (const [key, widths] of this.#listed) {
      for (const width of widths) {
        const [level, index] = key.split(' ');
        const path = tilePath({ level: level === 'entries' ? 'entries' : Number(level), index: Number(index), width });
        this.#findings.entries(
          path,
          size,
          size,
          `holds what comes after the last entry, ${size - 1}: entries were removed`,
        );
      }
    }
  }

  #meet(): void {
    const { size } = this.frontier;
    for (const { checkpoint, file, origin } of this.#expected) {
      if (checkpoint.size !== size) continue;
      const reason = `the first ${size} entries are not those that were signed`;
      if (equalBytes(this.frontier.root(), checkpoint.root)) this.#findings.fits(checkpoint);
      // What was kept elsewhere outweighs every other signature here: whoever has the key can sign anew.
      else this.#findings.range(file, 0, size - 1, reason, origin === 'found');
    }
  }

  async #pushAt(level: number, hash: Hash): Promise<void> {
    const row = this.#rows[level] ?? [];
    this.#rows[level] = row;
    row.push(hash);
    if (row.length < TILE_WIDTH) return;
    await this.#checkRow(level, hashesAt(level, this.frontier.size) / TILE_WIDTH - 1, row);
    this.#rows[level] = [];
    const root = new Frontier();
    for (const each of row) root.push(each);
    await this.#pushAt(level + 1, root.root());
  }

  /** Every file that holds a part of this row must hold exactly that. */
  async #checkRow(level: number, index: number, row: readonly Hash[]): Promise<void> {
    await this.#checkFiles(level, index, row);
    if (level === 0) await this.#checkFiles('entries', index, row);
  }

  async #checkFiles(level: Level, index: number, row: readonly Hash[]): Promise<void> {
    const count = hashesAt(level === 'entries' ? 0 : level, this.#published) - index * TILE_WIDTH;
    const required = Math.min(Math.max(count, 0), TILE_WIDTH);
    const widths = new Set(this.#widths(level, index));
    this.#listed.delete(keyOf(level, index));
    if (required > 0) widths.add(required);
    for (const width of [...widths].sort((a, b) => b - a)) {
      const tile: Tile = { level, index, width };
      const bytes = await this.#reader.read(
        tilePath(tile),
        level === 'entries' ? BUNDLE_MAX_BYTES : TILE_WIDTH * HASH_SIZE,
      );
      if (bytes !== undefined) this.#compare(tile, bytes, row);
      else if (width === required && !(await this.#replaced(tile))) this.#blame(tile, 0, row.length - 1, 'is missing');
    }
  }

  #compare(tile: Tile, bytes: Uint8Array, row: readonly Hash[]): void {
    const bundle = tile.level === 'entries' ? decodeBundle(bytes) : undefined;
    const hashes = bundle === undefined ? decodeTile(bytes) : bundle.entries.map(leafHash);
    const whole = bundle?.whole ?? bytes.length % HASH_SIZE === 0;
    for (let at = 0; at < tile.width; at += 1) {
      const reason = difference(hashes[at], row[at]);
      if (reason === undefined) continue;
      this.#blame(tile, at, at, reason);
      return;
    }
    if (!whole || hashes.length !== tile.width) this.#findings.file(tilePath(tile), 'holds more than it should');
  }

  /** Blames the entries under some positions of a tile. */
  #blame(tile: Tile, first: number, last: number, reason: string): void {
    const span = tile.level === 'entries' ? 1 : TILE_WIDTH ** tile.level;
    const from = (tile.index * TILE_WIDTH + first) * span;
    const to = (tile.index * TILE_WIDTH + last + 1) * span - 1;
    if (span === 1) this.#findings.entries(tilePath(tile), from, to, reason);
    else this.#findings.range(tilePath(tile), from, to, reason);
  }

  /** A partial tile may go when the full one is there. */
  async #replaced(tile: Tile): Promise<boolean> {
    if (tile.width === TILE_WIDTH) return false;
    return (await this.#reader.read(tilePath({ ...tile, width: TILE_WIDTH }), BUNDLE_MAX_BYTES)) !== undefined;
  }

  #widths(level: Level, index: number): number[] {
    const key = keyOf(level, index);
    const widths = this.#listed.get(key) ?? [];
    this.#listed.set(key, widths);
    return widths;
  }
}

function difference(found: Hash | undefined, wanted: Hash | undefined): string | undefined {
  if (wanted === undefined) return 'holds what comes after the last entry: entries were removed';
  if (found === undefined) return 'ends before the entry';
  return equalBytes(found, wanted) ? undefined : 'does not fit the entry';
}

function keyOf(level: Level, index: number): string {
  return `${level} ${index}`;
}
