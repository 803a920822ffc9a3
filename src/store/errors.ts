import { FirebreakError } from '#base/errors';

export type StoreErrorCode =
  | 'STORE_NEWER'
  | 'STORE_MIGRATION'
  /** Another daemon works on this state folder. */
  | 'STATE_LOCKED';

export class StoreError extends FirebreakError<StoreErrorCode> {}
