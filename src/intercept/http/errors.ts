import { FirebreakError } from '#base/errors';

export type HttpDoorErrorCode =
  /** The upstream was reached and then failed: nobody knows how much it did. */
  | 'UPSTREAM_LOST'
  /** Two declared resources claim one host. */
  | 'HOST_TWICE'
  /** The door is not open, or open already. */
  | 'NOT_LISTENING';

export class HttpDoorError extends FirebreakError<HttpDoorErrorCode> {}
