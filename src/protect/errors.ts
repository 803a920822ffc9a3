import { FirebreakError } from '#base/errors';

export type ProtectErrorCode =
  | 'SNAPSHOT_UNKNOWN'
  /** It would be larger than the configuration allows. */
  | 'SNAPSHOT_TOO_LARGE'
  /** It could not be written, or not be read back as it was written. */
  | 'SNAPSHOT_UNWRITABLE'
  /** Its file is missing, or is not what was sealed. */
  | 'SNAPSHOT_DAMAGED'
  /** Its state does not allow it: undone already, expired, or the act never happened. */
  | 'SNAPSHOT_ENDED'
  /** Nothing that was kept of it can be put back. */
  | 'NOT_UNDOABLE'
  /** Undoing failed in the database; nothing was changed. */
  | 'UNDO_FAILED'
  /** The connection broke while the undo was committed: it may be done, or not. */
  | 'UNDO_UNCERTAIN'
  /** Another undo of the same snapshot is at work. */
  | 'UNDO_BUSY'
  /** Nothing here can write to the database that it was kept for. */
  | 'UNDO_UNAVAILABLE'
  /** More people must agree to this undo. */
  | 'UNDO_APPROVALS';

export class ProtectError extends FirebreakError<ProtectErrorCode> {}
