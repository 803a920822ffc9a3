import { FirebreakError } from '#base/errors';
import { SqlState } from './sqlstates.js';

/**
 * `AGENT_REFUSED`: what the agent asked for at start-up is not given. `AGENT_GONE`: it closed the connection.
 * `UPSTREAM_UNREACHABLE`, `UPSTREAM_UNTRUSTED` (its certificate), `UPSTREAM_REFUSED` (it, or its way to authenticate, does
 * not fit), `UPSTREAM_LOST` (it went away, or broke the protocol). `STATEMENT_REFUSED`: this unit does not run.
 */
export type PostgresDoorCode =
  | 'AGENT_REFUSED'
  | 'AGENT_GONE'
  | 'UPSTREAM_UNREACHABLE'
  | 'UPSTREAM_UNTRUSTED'
  | 'UPSTREAM_REFUSED'
  | 'UPSTREAM_LOST'
  | 'STATEMENT_REFUSED';

/** Carries the SQLSTATE with which the agent is told. Its message never holds a real credential. */
export class PostgresDoorError extends FirebreakError<PostgresDoorCode> {
  readonly sqlState: string;

  constructor(
    code: PostgresDoorCode,
    sqlState: string,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.sqlState = sqlState;
  }
}

/** The connection to the real server is gone. Whoever waited for an answer does not know what became of the question. */
export class UpstreamGone extends PostgresDoorError {
  constructor(reason: string) {
    super('UPSTREAM_LOST', SqlState.connectionFailure, `the connection to the database was lost: ${reason}`);
  }
}
