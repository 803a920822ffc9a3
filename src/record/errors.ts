import { FirebreakError } from '#base/errors';

/**
 * `LOG_UNWRITABLE`: an entry could not be made durable; the log takes no more. `LOG_DAMAGED`: what is on disk is not what
 * was signed, so nothing may be appended to it. `LOG_CHANGING`: it changed under the reader more often than it retries.
 * `ENTRY_OUT_OF_RANGE`: no such entry. `EXPORT_TARGET_NOT_EMPTY`: there are files. `NOTE_INVALID`, `KEY_INVALID`, `PROOF_INVALID`: a signed note, a key or a proof
 * that is malformed or does not verify.
 */
export type RecordErrorCode =
  | 'LOG_UNWRITABLE'
  | 'LOG_DAMAGED'
  | 'LOG_CHANGING'
  | 'ENTRY_OUT_OF_RANGE'
  | 'EXPORT_TARGET_NOT_EMPTY'
  | 'NOTE_INVALID'
  | 'KEY_INVALID'
  | 'PROOF_INVALID';

export class RecordError extends FirebreakError<RecordErrorCode> {}

const DAMAGED_HINT =
  'run `firebreak log verify` to see the first bad entry; keep the folder as evidence and start a new log';

/** What is on disk is not what was signed. */
export function damaged(message: string, cause?: unknown): RecordError {
  return new RecordError('LOG_DAMAGED', message, { hint: DAMAGED_HINT, ...(cause === undefined ? {} : { cause }) });
}
