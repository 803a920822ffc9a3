import { FirebreakError } from '#base/errors';

export type PolicyErrorCode =
  /** A policy or the schema does not parse or does not validate: nothing may start with it. */
  'POLICY_INVALID';

export class PolicyError extends FirebreakError<PolicyErrorCode> {}
