import type { JsonObject } from '#action/action';

/** Whether an act can be undone from what was kept, in words that people see before they approve. */
export interface Undoable {
  readonly answer: 'yes' | 'partly' | 'no';
  /** Why not, or what is left out: one clause each. For `yes` only what nobody will miss, such as folders that are made anew. */
  readonly because: readonly string[];
}

/**
 * Where a door puts what is about to change. INVARIANT: nothing of it counts before `seal` has resolved; then it is durable,
 * and has been read back.
 */
export interface SnapshotDraft {
  /** `S-` and a number that counts up. */
  readonly id: string;
  /**
   * Begins a part. Parts are written one after another.
   *
   * @throws ProtectError `SNAPSHOT_TOO_LARGE`, `SNAPSHOT_UNWRITABLE` (a full disk, say), here or from any of its calls.
   */
  part(name: string): Promise<SnapshotPart>;
  /** Ends it. `contents` says what the parts are, for whoever undoes. */
  seal(contents: JsonObject, undoable: Undoable): Promise<SealedSnapshot>;
  /** Forgets everything. Never throws. */
  discard(): Promise<void>;
}

export interface SnapshotPart {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

export interface SealedSnapshot {
  readonly id: string;
  /** `sha256:` and 64 hexadecimal digits, of the encrypted file. */
  readonly sha256: string;
  /** Of the encrypted file. */
  readonly bytes: number;
  readonly undoable: Undoable;
  /** What keeping it came to, where that is not told by `bytes`: files and their bytes before any packing. */
  readonly took?: { readonly files: number; readonly bytes: number; readonly milliseconds: number } | undefined;
}

/** A snapshot to undo from. */
export interface SnapshotReader {
  readonly id: string;
  readonly contents: JsonObject;
  /** The part's bytes, in chunks of any size. */
  part(name: string): AsyncIterable<Uint8Array>;
}
