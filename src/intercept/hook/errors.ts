import { FirebreakError } from '#base/errors';

export type HookDoorErrorCode =
  /** The door is not open. */
  | 'NOT_LISTENING'
  /** The hook names a session of `firebreak run` that is no longer open. */
  | 'SESSION_ENDED';

export class HookDoorError extends FirebreakError<HookDoorErrorCode> {}

export type InstallationErrorCode =
  /** A settings file is not of the form that can be changed without harm. */
  | 'SETTINGS_NOT_READ'
  /** Somebody else's file is where ours would be. */
  | 'SETTINGS_TAKEN';

/** Hooks cannot be put into an agent's settings. Nothing was changed. */
export class InstallationError extends FirebreakError<InstallationErrorCode> {}
