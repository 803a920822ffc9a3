import { FirebreakError } from '#base/errors';

/**
 * `FRAME_MALFORMED`: the stream cannot be read on; the connection must end. `FRAME_TOO_LONG`: the same, a length over its
 * bound. `MESSAGE_MALFORMED`: this message's body is wrong, the next one can be read. `TEXT_NOT_UTF8`: the same, for a text.
 * `SCRAM_FAILED`: the other side broke RFC 5802, or does not know the password.
 */
export type PostgresWireCode =
  | 'FRAME_MALFORMED'
  | 'FRAME_TOO_LONG'
  | 'MESSAGE_MALFORMED'
  | 'TEXT_NOT_UTF8'
  | 'SCRAM_FAILED';

/** Bytes that do not follow the PostgreSQL protocol. */
export class PostgresWireError extends FirebreakError<PostgresWireCode> {}
