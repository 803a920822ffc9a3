/** A snapshot in memory, for tests of what goes into one and comes out again. */
import type { SnapshotDraft, SnapshotReader, Undoable } from '#action/snapshot';

export class MemoryDraft implements SnapshotDraft {
  readonly id = 'S-1';
  readonly #parts = new Map<string, Uint8Array[]>();
  #sealed: { readonly reader: SnapshotReader; readonly undoable: Undoable } | undefined;

  get undoable(): Undoable {
    return this.sealed.undoable;
  }

  get reader(): SnapshotReader {
    return this.sealed.reader;
  }

  private get sealed() {
    if (this.#sealed === undefined) throw new Error('the snapshot was never sealed');
    return this.#sealed;
  }

  async part(name: string) {
    if (this.#parts.has(name)) throw new Error(`there are two parts ${name}`);
    const chunks: Uint8Array[] = [];
    this.#parts.set(name, chunks);
    return {
      write: async (chunk: Uint8Array) => void chunks.push(Uint8Array.from(chunk)),
      end: async () => undefined,
    };
  }

  async seal(contents: SnapshotReader['contents'], undoable: Undoable) {
    const parts = this.#parts;
    const reader: SnapshotReader = {
      id: this.id,
      // As the vault gives it back: through JSON.
      contents: JSON.parse(JSON.stringify(contents)),
      async *part(name) {
        const whole = Buffer.concat(parts.get(name) ?? []);
        // Chunks that end anywhere.
        for (let at = 0; at < whole.length; at += 61) yield whole.subarray(at, at + 61);
      },
    };
    this.#sealed = { reader, undoable };
    return { id: this.id, sha256: 'sha256:', bytes: 0, undoable };
  }

  async discard() {
    this.#parts.clear();
  }
}
