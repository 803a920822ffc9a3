/** Snapshots in memory, for tests of what is kept and put back rather than of where. */
import type { JsonObject } from '#action/action';
import type { SealedSnapshot, SnapshotDraft, SnapshotReader, Undoable } from '#action/snapshot';

export interface MemorySnapshot extends SnapshotDraft {
  /** @throws Error before it is sealed. */
  reader(): SnapshotReader;
  text(part: string): string;
}

/** @param split gives the parts back in chunks of so many bytes. */
export function memorySnapshot(split = 1000): MemorySnapshot {
  const parts = new Map<string, Uint8Array[]>();
  let sealed: JsonObject | undefined;
  const bytesOf = (name: string) => {
    const chunks = parts.get(name);
    if (chunks === undefined) throw new Error(`there is no part ${name}`);
    return Buffer.concat(chunks);
  };
  return {
    id: 'S-1',
    async part(name) {
      const chunks: Uint8Array[] = [];
      parts.set(name, chunks);
      return {
        async write(chunk) {
          chunks.push(Buffer.from(chunk));
        },
        async end() {},
      };
    },
    async seal(contents, undoable: Undoable): Promise<SealedSnapshot> {
      sealed = JSON.parse(JSON.stringify(contents)) as JsonObject; // As it comes back from a file.
      return { id: 'S-1', sha256: `sha256:${'0'.repeat(64)}`, bytes: 0, undoable };
    },
    async discard() {
      parts.clear();
    },
    reader() {
      if (sealed === undefined) throw new Error('it is not sealed');
      return {
        id: 'S-1',
        contents: sealed,
        async *part(name) {
          const bytes = bytesOf(name);
          for (let at = 0; at < bytes.length; at += split) yield bytes.subarray(at, at + split);
        },
      };
    },
    text: (part) => bytesOf(part).toString(),
  };
}
