import { FirebreakError } from '#base/errors';

export type ApproveErrorCode =
  | 'HOLD_UNKNOWN'
  /** It is no longer waiting: somebody decided, it expired, or its client went away. */
  | 'HOLD_ENDED'
  /** The digest that the person saw is not the hold's. */
  | 'DIGEST_MISMATCH'
  | 'ALREADY_APPROVED'
  | 'APPROVER_UNKNOWN'
  | 'APPROVER_EXISTS'
  /** One-time code: wrong, or used before. */
  | 'FACTOR_WRONG'
  | 'FACTOR_LOCKED'
  | 'ENROL_NEEDS_TERMINAL';

export class ApproveError extends FirebreakError<ApproveErrorCode> {}
