import type { Session } from '#action/session';
import type { Secret } from '#base/secret';

/**
 * What a door needs of `secrets/`: whose placeholder is this, and which real credential does it stand for. The real
 * credential is fetched after the decision and never leaves the door but towards its upstream.
 */
export interface CredentialBroker {
  /** The placeholder behind a token that an agent presented; undefined when Firebreak did not issue it or revoked it. */
  identify(token: string): Placeholder | undefined;
  /** Placeholders that may be used on a resource, with the keys that SCRAM needs to recognise them. */
  placeholdersFor(resource: string): readonly Placeholder[];
  /**
   * The session that a placeholder speaks for. A placeholder that a person put into a tool's settings has a standing
   * session of its own.
   */
  sessionOf(placeholder: Placeholder): Session;
  /**
   * The real credential kept under this name.
   *
   * @throws FirebreakError `SECRET_MISSING` when the vault has none.
   */
  credential(name: string): Credential;
  /**
   * Takes a credential out of the vault at this moment and keeps nothing of it: for the owner's, which is needed only after
   * an approval. Rejects as `credential` throws.
   */
  onDemand(name: string): Promise<Credential>;
}

/** A real credential: a password with its user, or a token without one. */
export interface Credential {
  readonly user: string | undefined;
  readonly secret: Secret<string>;
}

/** The stand-in credential that an agent holds, as Firebreak remembers it: never the text itself. */
export interface Placeholder {
  readonly id: string;
  readonly environment: string;
  /** The declared resource that it opens. */
  readonly resource: string;
  /** The session that it was issued to; undefined for one that a person put into a tool's settings. */
  readonly sessionId?: string | undefined;
  readonly scram: ScramKeys;
}

/**
 * Salt and iteration count of every placeholder's SCRAM keys. One salt for all lets a door recognise which placeholder a
 * client proved to know, whatever user name it gave; that is safe because a placeholder is 130 random bits, which no
 * dictionary holds.
 */
export const SCRAM_SALT: Uint8Array = Buffer.from('firebreak-placeholder-v1');
export const SCRAM_ITERATIONS = 4096;

/** RFC 5802, section 3: what a server stores instead of the password. SHA-256, with the salt and count above. */
export interface ScramKeys {
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}
