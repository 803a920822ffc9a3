import { FirebreakError } from '#base/errors';

export type StoreErrorCode =
  | 'STORE_NEWER'
  | 'STORE_MIGRATION'
  /** No database, a damaged one, or one that may not be read. */
  | 'STORE_UNREADABLE'
  /** Another daemon works on this state folder. */
  | 'STATE_LOCKED';

export class StoreError extends FirebreakError<StoreErrorCode> {}
