import { FirebreakError } from '#base/errors';

export type SecretsErrorCode =
  | 'SECRET_MISSING'
  | 'SECRET_EXISTS'
  | 'SECRET_NAME_INVALID'
  /** There is no vault in the state folder yet. */
  | 'VAULT_MISSING'
  | 'VAULT_EXISTS'
  /** The key does not open the vault. */
  | 'VAULT_LOCKED'
  /** A file of the vault is damaged. */
  | 'VAULT_DAMAGED'
  /** A placeholder outlived its session. */
  | 'SESSION_ENDED'
  /** No key was given, and nobody is there to ask. */
  | 'KEY_MISSING';

export class SecretsError extends FirebreakError<SecretsErrorCode> {}
