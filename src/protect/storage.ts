import type { Undoable } from '#action/snapshot';
import type { SnapshotState } from '#action/snapshot-view';

/** What a snapshot was made for. Never changes after it was begun. */
export interface SnapshotAbout {
  readonly actionId: string;
  readonly holdId?: string | undefined;
  readonly sessionId: string;
  readonly agent: string;
  /** The declared resource that the act runs on. */
  readonly resource: string;
  readonly environments: readonly string[];
  /** What the act does, in one line. */
  readonly summary: string;
}

/** What is known of a snapshot besides its file. */
export interface SnapshotRecord {
  /** `S-` and a number that counts up. */
  readonly id: string;
  readonly state: SnapshotState;
  readonly about: SnapshotAbout;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** Undefined for a draft. */
  readonly sealed: SnapshotSeal | undefined;
  /** The last change of the state after it was sealed. */
  readonly changedAt: number | undefined;
  readonly changedBy: string | undefined;
}

export interface SnapshotSeal {
  /** `sha256:` and 64 hexadecimal digits, of the encrypted file. */
  readonly sha256: string;
  /** Of the encrypted file. */
  readonly bytes: number;
  readonly undoable: Undoable;
}

/** What the vault of snapshots needs kept besides the files. Every method is durable when it resolves. */
export interface SnapshotStorage {
  /** Keeps a new draft and gives it the next number, which is never given again. */
  insert(about: SnapshotAbout, createdAt: number): Promise<string>;
  get(id: string): Promise<SnapshotRecord | undefined>;
  /** Newest first. */
  list(filter: {
    readonly states?: readonly SnapshotState[];
    readonly limit: number;
  }): Promise<readonly SnapshotRecord[]>;
  /** Turns a draft into a sealed snapshot; false when it is no draft. */
  seal(id: string, seal: SnapshotSeal): Promise<boolean>;
  /**
   * Compare and set: moves it on only when it is in one of `from`.
   *
   * @returns false when it was not, and then nothing changed.
   */
  move(
    id: string,
    from: readonly SnapshotState[],
    to: SnapshotState,
    changed: { readonly at: number; readonly by: string },
  ): Promise<boolean>;
  /** Forgets a draft; anything else stays. */
  removeDraft(id: string): Promise<void>;
}
