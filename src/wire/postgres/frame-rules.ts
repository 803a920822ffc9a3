/** Which messages each phase of a connection may carry, and how long they may be. Everything else ends the connection. */
import type { FrameRule, FrameRules } from './frame-reader.js';
import { Backend, Frontend } from './letters.js';

/** PostgreSQL's bound of messages that carry only names (libpq.h, `PQ_SMALL_MESSAGE_LIMIT`). */
const SMALL = 10_000;
/** PostgreSQL's bound of an authentication message (auth.c, `PG_MAX_AUTH_TOKEN_LENGTH`). */
const AUTHENTICATION = 65_535;
/** Errors may quote a whole statement and its context. */
const SERVER_TEXT = 16 * 1024 * 1024;

const small: FrameRule = { kind: 'whole', limit: SMALL, beyond: 'end' };
const stream: FrameRule = { kind: 'stream' };

/** While the client authenticates: only its answers. */
export const authenticationRules: FrameRules = new Map([
  [Frontend.Password, { kind: 'whole', limit: AUTHENTICATION, beyond: 'end' }],
]);

/**
 * What a client may send once it is let in.
 *
 * @param statementBytes bound of one statement's text; a longer one is skipped, so that it can be refused politely.
 * @param unitBytes bound of one message with parameters.
 */
export function commandRules(statementBytes: number, unitBytes: number): FrameRules {
  // Length field, name, terminating NULs, and the types of 65,535 parameters come on top of a Parse's text.
  const overhead = SMALL + 4 * 65_535;
  return new Map<number, FrameRule>([
    [Frontend.Query, { kind: 'whole', limit: statementBytes + 5, beyond: 'skip' }],
    [Frontend.Parse, { kind: 'whole', limit: statementBytes + overhead, beyond: 'skip' }],
    [Frontend.Bind, { kind: 'whole', limit: unitBytes, beyond: 'skip' }],
    // Always refused, so nothing of it is kept.
    [Frontend.FunctionCall, { kind: 'whole', limit: 0, beyond: 'skip' }],
    [Frontend.Close, small],
    [Frontend.Describe, small],
    [Frontend.Execute, small],
    [Frontend.Flush, small],
    [Frontend.Sync, small],
    [Frontend.Terminate, small],
    [Frontend.CopyData, stream],
    [Frontend.CopyDone, small],
    [Frontend.CopyFail, small],
  ]);
}

/** What a server may send, start-up included. */
export const serverRules: FrameRules = new Map<number, FrameRule>(
  Object.values(Backend).map((type) => {
    const streamed = type === Backend.DataRow || type === Backend.CopyData;
    return [type, streamed ? stream : { kind: 'whole', limit: SERVER_TEXT, beyond: 'end' }];
  }),
);
