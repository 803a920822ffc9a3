/** How a refusal reads for an agent: SQLSTATE, message, detail and hint that say what happened and what to do next. */
import type { HoldNotice, Refusal, RefusalCode } from '#action/submission';
import { assertNever } from '#base/assert-never';
import { formatTime } from '#base/clock';
import type { ReportFields } from '#wire/postgres/report-fields';
import type { PostgresDoorError } from './errors.js';
import { SqlState } from './sqlstates.js';

/** The ErrorResponse of an action that did not run. */
export function refusalFields(refusal: Refusal): ReportFields {
  // How a hold ended is in its reason; what was refused at once needs a word for it.
  const subject = refusal.holdId ?? verbOf(refusal.code);
  return {
    severity: 'ERROR',
    code: sqlStateOf(refusal.code),
    message: `firebreak: ${subject}: ${refusal.reason}`,
    detail: 'Nothing of this statement was executed.',
    hint: refusal.hint,
  };
}

/** The error of something that the door itself refuses, or that ends the connection. */
export function errorFields(error: PostgresDoorError, severity: 'ERROR' | 'FATAL'): ReportFields {
  return { severity, code: error.sqlState, message: `firebreak: ${error.message}`, hint: error.hint };
}

/** What an agent is told while its statement waits. */
export function heldFields(notice: HoldNotice): ReportFields {
  const seconds = Math.round(notice.retryWithin / 1000);
  const retry =
    seconds === 0
      ? ''
      : ` If your client gives up, send exactly the same again within ${seconds} seconds to go on waiting for ${notice.holdId}.`;
  return {
    severity: 'NOTICE',
    code: SqlState.successfulCompletion,
    message: `held as ${notice.holdId}: ${notice.reason}; approve at ${notice.approveAt}; do not retry`,
    detail: `It waits on this connection until a person decides, at the latest until ${formatTime(notice.expiresAt)}.`,
    hint: `Keep the connection open and wait: the statement then runs by itself, or fails with the reason.${retry}`,
  };
}

function sqlStateOf(code: RefusalCode): string {
  switch (code) {
    case 'denied':
    case 'rejected':
    case 'planned':
      return SqlState.insufficientPrivilege;
    case 'frozen':
      return SqlState.readOnlyTransaction;
    case 'limit':
      return SqlState.programLimitExceeded;
    case 'expired':
    case 'withdrawn':
      return SqlState.queryCanceled;
    case 'changed':
      return SqlState.serializationFailure;
    case 'unrecorded':
    case 'error':
      return SqlState.systemError;
    default:
      return assertNever(code);
  }
}

function verbOf(code: RefusalCode): string {
  switch (code) {
    case 'denied':
      return 'denied';
    case 'rejected':
      return 'a person rejected it';
    case 'planned':
      return 'not done, this session only plans';
    case 'frozen':
      return 'frozen';
    case 'limit':
      return 'over a limit';
    case 'expired':
      return 'nobody decided in time';
    case 'withdrawn':
      return 'withdrawn';
    case 'changed':
      return 'what was approved is not what would run now';
    case 'unrecorded':
      return 'not executed, the record cannot be written';
    case 'error':
      return 'not executed, Firebreak could not decide';
    default:
      return assertNever(code);
  }
}
