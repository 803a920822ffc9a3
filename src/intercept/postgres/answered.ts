import type { Execution } from '#action/submission';
import { errorResponse } from '#wire/postgres/build';
import { Backend, Frontend } from '#wire/postgres/letters';
import type { ReportFields } from '#wire/postgres/report-fields';
import type { Captured } from './captured.js';
import type { NothingLasts } from './commit-outcome.js';
import type { PostgresDoorError } from './errors.js';
import { messagesOf } from './exchange-segment.js';
import type { Segment } from './program.js';
import type { Unsettled } from './rerun.js';
import { SqlState } from './sqlstates.js';

/** What the agent is told once the outcome is on the record. */
export interface Answered {
  replies: readonly Buffer[];
  sent: boolean;
  ok: boolean;
  /** The connection on which it ran is gone, and what became of it is known: the agent's connection ends with this. */
  lost?: PostgresDoorError;
}

/** Nothing of it lasts, because the connection on which it ran is gone. */
export function lost(error: NothingLasts, answered: Answered): Execution {
  answered.sent = true;
  answered.ok = false;
  answered.lost = error;
  return { ok: false, summary: error.message };
}

/** How an agent reads that its block cannot be run once more as it was. */
export function rolledBack(why: string): ReportFields {
  return {
    severity: 'ERROR',
    code: SqlState.serializationFailure,
    message: `firebreak: the transaction was rolled back: ${why}`,
    hint: 'run the whole transaction again',
  };
}

/** What is checked at the end failed, as it would have at COMMIT. @param replies what the agent is told, unless only that */
export function failedAtEnd(error: Unsettled, replies: readonly Buffer[], answered: Answered): Execution {
  answered.sent = true;
  answered.ok = false;
  answered.replies = replies.length > 0 ? replies : [error.reply];
  return { ok: false, summary: error.message };
}

/** The first tag or error of replies, for the record. */
export function summaryOf(replies: Captured): string {
  return tagsOf(replies).join(', ') || 'done';
}

function tagsOf(replies: Captured): readonly string[] {
  return messagesIn(replies.pieces).flatMap((message) =>
    message[0] === Backend.CommandComplete ? [message.toString('utf8', 5, message.length - 1)] : [],
  );
}

/** What could only fail at the end failed: of a simple query the last success is not told. */
export function withError(pieces: readonly Buffer[], error: Buffer, segment: Segment): readonly Buffer[] {
  const messages = messagesIn(pieces);
  const told =
    segment.expected.some(({ silent }) => silent === true) || segment.bytes[0] === Frontend.Query
      ? messages.slice(0, -1)
      : messages;
  return [...told, error];
}

function messagesIn(pieces: readonly Buffer[]): readonly Buffer[] {
  return messagesOf(Buffer.concat(pieces));
}

export function plainError(summary: string): Buffer {
  return errorResponse({ severity: 'ERROR', code: summary.slice(0, 5), message: summary.slice(7) });
}
