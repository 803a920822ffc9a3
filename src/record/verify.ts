import { messageOf } from '#base/errors';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import { parseSegmentPath, SEGMENT_MAX_BYTES } from './journal.js';
import { type Frontier, type Hash, leafHash } from './merkle.js';
import { type NoteVerifier, noteVerifier } from './note.js';
import type { LogReader } from './storage.js';
import { CHECKPOINT_PATH, TILE_WIDTH, tilePath } from './tile.js';
import { readBundle, readTile } from './tile-reader.js';
import { type Overlap, type SegmentBytes, segmentStart, verifyJournal } from './verify-journal.js';
import { Findings, type VerifyReport } from './verify-report.js';
import { CheckedTree } from './verify-tree.js';

export interface VerifyOptions {
  /** `<origin>+<hash>+<base64>`: all that is trusted. */
  readonly publicKey: string;
  /** A checkpoint that was kept elsewhere: the log must still begin with what it signs. */
  readonly keptCheckpoint?: string | undefined;
}

const CHECKPOINT_MAX_BYTES = 65_535;

/**
 * Verifies a log offline: a folder, a copy or an export of one; also one that a daemon is writing to. Detects an entry
 * that was edited, removed, added or moved, and any other altered byte; and against a kept checkpoint also that the end was
 * cut off or the history written anew by someone with the key. Never throws: what it cannot read is a finding.
 */
export async function verifyLog(reader: LogReader, options: VerifyOptions): Promise<VerifyReport> {
  const findings = new Findings();
  const verifier = attempt(findings, 'public key', () => noteVerifier(options.publicKey));
  if (verifier === undefined) return findings.report('unknown', 0, 0);
  const verification = new Verification(careful(reader, findings), verifier, findings);
  const { size, unfinished } = await verification.run(options.keptCheckpoint);
  return findings.report(verifier.name, size, unfinished);
}

class Verification {
  readonly #reader: LogReader;
  readonly #verifier: NoteVerifier;
  readonly #findings: Findings;

  constructor(reader: LogReader, verifier: NoteVerifier, findings: Findings) {
    this.#reader = reader;
    this.#verifier = verifier;
    this.#findings = findings;
  }

  async run(keptNote: string | undefined): Promise<{ readonly size: number; readonly unfinished: number }> {
    // In this order a log that is written to meanwhile looks whole: files do not change, segments go only after the
    // checkpoint that covers them is published, and tiles come before their checkpoint.
    const files = await this.#reader.list();
    const segments = await this.#readSegments(files);
    const published = await this.#readPublished(files, segments);
    const kept = keptNote === undefined ? undefined : this.#open('the kept checkpoint', keptNote);

    const [first] = segments;
    const journalStart = first === undefined ? undefined : segmentStart(first, this.#verifier);
    const inTiles = published?.size ?? journalStart ?? 0;
    const tree = new CheckedTree(this.#reader, files, inTiles, this.#findings);
    if (published !== undefined) tree.expect(published, CHECKPOINT_PATH, 'found');
    if (kept !== undefined) tree.expect(kept, 'the kept checkpoint', 'kept');

    const overlap = await this.#verifyTiles(tree, inTiles, journalStart ?? inTiles);
    if (overlap === undefined) return { size: tree.frontier.size, unfinished: 0 };
    const unfinished = await verifyJournal(segments, this.#verifier, overlap, tree, this.#findings);
    await tree.finish();

    this.#verifyEnd(tree.frontier.size, kept);
    return { size: tree.frontier.size, unfinished };
  }

  async #readSegments(files: readonly string[]): Promise<readonly SegmentBytes[]> {
    const paths = files.filter((path) => parseSegmentPath(path) !== undefined).sort();
    const segments: SegmentBytes[] = [];
    for (const path of paths) {
      const bytes = await this.#reader.read(path, SEGMENT_MAX_BYTES);
      // One that is gone by now was published; one that is too long is not ours.
      if (bytes !== undefined) segments.push({ path, bytes });
      else if ((await this.#reader.list()).includes(path)) this.#findings.file(path, 'is no segment of a journal');
    }
    for (const path of files) {
      if (path.startsWith('journal/') && !paths.includes(path))
        this.#findings.file(path, 'is not the name of a segment');
    }
    return segments;
  }

  async #readPublished(
    files: readonly string[],
    segments: readonly SegmentBytes[],
  ): Promise<SignedCheckpoint | undefined> {
    const bytes = await this.#reader.read(CHECKPOINT_PATH, CHECKPOINT_MAX_BYTES);
    if (bytes !== undefined) return this.#open(CHECKPOINT_PATH, Buffer.from(bytes).toString());
    if (files.length === 0) this.#findings.file('.', 'there is no log here');
    // Before it is published for the first time, a log is all journal.
    else if (segments[0] === undefined || segmentStart(segments[0], this.#verifier) > 0) {
      this.#findings.file(CHECKPOINT_PATH, 'is missing');
    }
    return undefined;
  }

  /** Reads the entries in tiles into the tree; undefined when they cannot be followed to where the journal starts. */
  async #verifyTiles(tree: CheckedTree, size: number, journalStart: number): Promise<Overlap | undefined> {
    let start: Frontier | undefined;
    const overlap: Hash[] = [];
    for (let first = 0; first < size; first += TILE_WIDTH) {
      const leaves = await this.#readLeaves(first / TILE_WIDTH, Math.min(TILE_WIDTH, size - first));
      if (leaves === undefined) return undefined;
      for (const leaf of leaves) {
        if (tree.frontier.size === journalStart) start = tree.frontier.copy();
        if (start !== undefined) overlap.push(leaf);
        await tree.push(leaf);
      }
    }
    if (journalStart > size) {
      const reason = `entries ${size} to ${journalStart - 1} are missing`;
      this.#findings.entries('journal', size, journalStart - 1, reason);
      return undefined;
    }
    return { start: start ?? tree.frontier.copy(), leaves: overlap };
  }

  /**
   * The leaf hashes of a bundle. When it is bad, those in its tile, so that the bundle can be compared with them and what
   * follows can be checked too.
   */
  async #readLeaves(index: number, width: number): Promise<readonly Hash[] | undefined> {
    const bundle = await readBundle(this.#reader, index, width);
    if (bundle !== undefined) return bundle.map(leafHash);
    const hashes = await readTile(this.#reader, { level: 0, index, width });
    if (hashes !== undefined) return hashes;
    const first = index * TILE_WIDTH;
    const path = tilePath({ level: 'entries', index, width });
    this.#findings.entries(path, first, first + width - 1, 'is missing or malformed, and so is its tile');
    return undefined;
  }

  /** The log must reach as far as the kept checkpoint. */
  #verifyEnd(size: number, kept: SignedCheckpoint | undefined): void {
    if (kept === undefined || kept.size <= size) return;
    const reason = `the log ends after ${size} entries; the kept checkpoint is over ${kept.size}: its end was cut off`;
    this.#findings.entries('the kept checkpoint', size, kept.size - 1, reason);
  }

  #open(file: string, note: string): SignedCheckpoint | undefined {
    return attempt(this.#findings, file, () => openCheckpoint(this.#verifier, note));
  }
}

/** What `act` gives; when it throws, that is a finding. */
function attempt<T>(findings: Findings, file: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    findings.file(file, messageOf(error));
    return undefined;
  }
}

/** A file that cannot be read is a finding, and then as good as missing. */
function careful(reader: LogReader, findings: Findings): LogReader {
  const orElse = async <T>(file: string, read: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read;
    } catch (error) {
      findings.file(file, `cannot be read: ${messageOf(error)}`);
      return otherwise;
    }
  };
  return {
    list: () => orElse('.', reader.list(), []),
    read: (path, limit) => orElse(path, reader.read(path, limit), undefined),
  };
}
