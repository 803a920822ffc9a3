import { FirebreakError } from '#base/errors';

export type WebErrorCode =
  /** The folder of the control socket can be entered by others. */
  | 'CONTROL_FOLDER_OPEN'
  /** Longer than a Unix socket's path may be. */
  | 'SOCKET_PATH_TOO_LONG'
  | 'ADDRESS_IN_USE'
  /** A request that does not have the shape that it must have. */
  | 'REQUEST_INVALID'
  | 'METHOD_UNKNOWN'
  /** A defect: what went wrong is in the daemon's own log, not in the answer. */
  | 'UNEXPECTED';

export class WebError extends FirebreakError<WebErrorCode> {}
