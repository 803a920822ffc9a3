import { FirebreakError } from '#base/errors';

export type LaunchErrorCode =
  /** The folder to work in cannot be given to an agent without giving it what it must not have. */
  | 'WORKSPACE_UNFIT'
  /** A symbolic link in a writable folder leads to what must not change. */
  | 'LINK_REPLACEABLE'
  /** There is no such program. */
  | 'AGENT_UNSTARTABLE';

export class LaunchError extends FirebreakError<LaunchErrorCode> {}
