/** What an agent is told when its connection, or its hope for an answer, ends. */
import type { Refusal } from '#action/submission';
import { messageOf } from '#base/errors';
import { PostgresWireError } from '#wire/postgres/errors';
import { PostgresDoorError } from './errors.js';
import { SqlState } from './sqlstates.js';

export const NOTHING_SENT = 'nothing was sent to the database; ask a person to look at the record';

export const WITHDRAWN: Refusal = {
  code: 'withdrawn',
  reason: 'it was cancelled, or its placeholder revoked, before it ran',
  hint: 'send it again if it is still wanted',
};

/** It was sent, and nobody can say what became of it. */
export function outcomeUnknown(reason: string): PostgresDoorError {
  return new PostgresDoorError(
    'UPSTREAM_LOST',
    SqlState.connectionFailure,
    `how much of it ran is unknown: ${reason}`,
    { hint: 'do not repeat it blindly: look at the data first, or ask a person to look at the record' },
  );
}

/** It was made to last, and only its answer was lost. */
export function committedUnheard(cause: unknown): PostgresDoorError {
  return new PostgresDoorError(
    'UPSTREAM_LOST',
    SqlState.connectionFailure,
    'it was committed, but the connection to the database was lost before the answer came',
    { hint: 'do not repeat it: the database has it; connect again to go on', cause },
  );
}

/** Whatever was thrown, as what the agent is told. */
export function asDoorError(thrown: unknown): PostgresDoorError {
  if (thrown instanceof PostgresDoorError) return thrown;
  const state = thrown instanceof PostgresWireError ? SqlState.protocolViolation : SqlState.systemError;
  return new PostgresDoorError('AGENT_REFUSED', state, messageOf(thrown), { cause: thrown });
}
