import type { Credential, CredentialBroker, Placeholder } from '#action/credential';
import { SecretsError } from './errors.js';
import type { Placeholders } from './placeholders.js';
import type { Sessions } from './sessions.js';
import type { Vault } from './vault.js';

/** The doors' view of the secrets, and the way to say that one has changed. */
export interface Broker extends CredentialBroker {
  /** Reads a credential of the vault anew; forgets it when it is gone. */
  refresh(name: string): Promise<void>;
}

/**
 * Decrypts credentials once: doors need them at once, and the vault's key need not be asked for again. One that is
 * damaged is an error to whoever asks for it, and to nobody else: the daemon must start for it to be replaced.
 *
 * @param notKept names of credentials that are only ever taken out on demand.
 */
export async function openBroker(
  vault: Vault,
  placeholders: Placeholders,
  sessions: Sessions,
  notKept: readonly string[] = [],
): Promise<Broker> {
  const credentials = new Map<string, Credential | SecretsError>();
  const refresh = async (name: string) => {
    if (notKept.includes(name)) return;
    if (vault.has('credentials', name)) credentials.set(name, await readOrDamage(vault, name));
    else credentials.delete(name);
  };
  for (const name of vault.names('credentials')) await refresh(name);

  // FAIL-CLOSED: the placeholder of a session that has ended opens nothing, revoked or not.
  const speaks = ({ sessionId }: Placeholder) => sessionId === undefined || sessions.get(sessionId) !== undefined;

  return {
    refresh,
    identify(token) {
      const placeholder = placeholders.identify(token);
      return placeholder !== undefined && speaks(placeholder) ? placeholder : undefined;
    },
    placeholdersFor: (resource) => placeholders.forResource(resource).filter(speaks),
    sessionOf: (placeholder) => sessions.of(placeholder),
    credential(name) {
      const credential = credentials.get(name);
      if (credential instanceof SecretsError) throw credential;
      if (credential === undefined) {
        throw new SecretsError('SECRET_MISSING', `the vault has no secret \`${name}\``, {
          hint: `run \`firebreak secrets add ${name}\``,
        });
      }
      return credential;
    },
    onDemand: (name) => vault.read('credentials', name),
  };
}

async function readOrDamage(vault: Vault, name: string): Promise<Credential | SecretsError> {
  try {
    return await vault.read('credentials', name);
  } catch (error) {
    if (error instanceof SecretsError && error.code === 'VAULT_DAMAGED') return error;
    throw error;
  }
}
