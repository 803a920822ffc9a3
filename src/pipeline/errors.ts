import { FirebreakError } from '#base/errors';

export type PipelineErrorCode =
  /** The bytes about to run are not those that were decided on. */
  | 'PERMIT_MISMATCH'
  /** A permit runs one action, once. */
  | 'PERMIT_SPENT'
  /** The environment is not frozen. */
  | 'NOT_FROZEN'
  /** The end of a freeze lies in the past. */
  | 'FREEZE_OVER';

export class PipelineError extends FirebreakError<PipelineErrorCode> {}
