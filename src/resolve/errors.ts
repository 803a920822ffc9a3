import { FirebreakError } from '#base/errors';

/** Why a look-up at a provider gave no answer. */
export type ResolveErrorCode =
  /** No declared resource of that name can be asked. */
  | 'PROVIDER_UNDECLARED'
  /** No usable reply: refused, cut off, too slow, too large, not JSON. */
  | 'PROVIDER_UNREACHABLE'
  /** A reply, but with errors or not of the expected shape. */
  | 'PROVIDER_REPLY';

export class ResolveError extends FirebreakError<ResolveErrorCode> {}
