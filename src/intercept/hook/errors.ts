import { FirebreakError } from '#base/errors';

export type HookDoorErrorCode =
  /** The door is not open. */
  | 'NOT_LISTENING'
  /** The hook names a session of `firebreak run` that is no longer open. */
  | 'SESSION_ENDED';

export class HookDoorError extends FirebreakError<HookDoorErrorCode> {}
