import type { Credential, CredentialBroker } from '#action/credential';
import { SecretsError } from './errors.js';
import type { Placeholders } from './placeholders.js';
import type { Sessions } from './sessions.js';
import type { Vault } from './vault.js';

/** The doors' view of the secrets, and the way to say that one has changed. */
export interface Broker extends CredentialBroker {
  /** Reads a credential of the vault anew; forgets it when it is gone. */
  refresh(name: string): Promise<void>;
}

/** Decrypts every credential once: doors need them at once, and the vault's key need not be asked for again. */
export async function openBroker(vault: Vault, placeholders: Placeholders, sessions: Sessions): Promise<Broker> {
  const credentials = new Map<string, Credential>();
  const refresh = async (name: string) => {
    if (vault.has('credentials', name)) credentials.set(name, await vault.read('credentials', name));
    else credentials.delete(name);
  };
  for (const { name } of vault.list('credentials')) await refresh(name);
  return {
    refresh,
    identify: (token) => placeholders.identify(token),
    placeholdersFor: (resource) => placeholders.forResource(resource),
    sessionOf: (placeholder) => sessions.of(placeholder),
    credential(name) {
      const credential = credentials.get(name);
      if (credential === undefined) {
        throw new SecretsError('SECRET_MISSING', `the vault has no secret \`${name}\``, {
          hint: `run \`firebreak secrets add ${name}\``,
        });
      }
      return credential;
    },
  };
}
