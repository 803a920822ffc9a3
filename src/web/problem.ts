/** What anything thrown becomes for people and for the command line: never a stack trace, always what to do next. */
import { FirebreakError } from '#base/errors';
import { WebError } from './errors.js';

export interface Problem {
  readonly status: ProblemStatus;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export type ProblemStatus = 400 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 503;

/** What nobody threw on purpose goes to `report`, which is the daemon's own log; the answer only says that it happened. */
export function problemOf(thrown: unknown, report: (defect: unknown) => void): Problem {
  if (!(thrown instanceof FirebreakError)) {
    report(thrown);
    return problemOf(
      new WebError('UNEXPECTED', 'something went wrong inside the daemon', {
        hint: 'look whether it was done, and at what the daemon has printed, before you try again',
      }),
      report,
    );
  }
  return { status: statusOf(thrown.code), code: thrown.code, message: thrown.message, hint: thrown.hint };
}

function statusOf(code: string): ProblemStatus {
  switch (code) {
    case 'REQUEST_INVALID':
      return 400;
    case 'FACTOR_WRONG':
    case 'APPROVER_UNKNOWN':
    case 'ENROL_NEEDS_TERMINAL':
      return 403;
    case 'HOLD_UNKNOWN':
    case 'METHOD_UNKNOWN':
    case 'SECRET_MISSING':
    case 'SNAPSHOT_UNKNOWN':
      return 404;
    case 'HOLD_ENDED':
    case 'DIGEST_MISMATCH':
    case 'ALREADY_APPROVED':
    case 'NOT_FROZEN':
    case 'SECRET_EXISTS':
    case 'SNAPSHOT_ENDED':
    case 'UNDO_BUSY':
      return 409;
    case 'FACTOR_LOCKED':
      return 429; // Too Many Requests (RFC 6585, section 4).
    case 'LOG_UNWRITABLE':
    case 'VAULT_LOCKED':
      return 503;
    case 'UNEXPECTED':
      return 500;
    default:
      return 422; // Understood, and refused for the reason that the error gives.
  }
}
