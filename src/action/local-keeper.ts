import type { LocalLoss } from '#action/local-loss';
import type { SealedSnapshot, SnapshotDraft, Undoable } from '#action/snapshot';

/** Copies what an action is about to take away on this machine. `protect/local` implements it; the pipeline calls it. */
export interface LocalKeeper {
  /**
   * Whether these losses could be kept whole, judged by sizes and places alone, and why not. Bounded in time; changes nothing.
   */
  assess(losses: readonly LocalLoss[], signal: AbortSignal): Promise<Undoable>;
  /**
   * Copies them. When it resolves, the copies are durable, and complete as far as `undoable` of the sealed snapshot says.
   *
   * @throws ProtectError when something cannot be copied. FAIL-CLOSED: nothing is allowed unasked then.
   */
  keep(losses: readonly LocalLoss[], draft: SnapshotDraft, signal: AbortSignal): Promise<SealedSnapshot>;
  /**
   * The act for which this snapshot was kept is over by this time, in milliseconds since the Unix epoch: what changes later is
   * somebody else's work, and an undo asks before it replaces it. Must not throw.
   */
  over?(snapshot: string, at: number): void;
}
