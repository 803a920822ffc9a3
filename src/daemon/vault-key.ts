/**
 * Where the vault's key comes from, in this order: a passphrase when the vault was made with one; FIREBREAK_KEY_FILE; a
 * systemd credential named `firebreak-key`; the key file that `init` wrote into the user's configuration folder, apart
 * from the state folder, so that a copy of the one does not open the other.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makePrivateFolder, writeFileDurably } from '#base/durable-file';
import { Secret } from '#base/secret';
import { SecretsError } from '#secrets/errors';
import { needsPassphrase, type VaultKey } from '#secrets/vault';
import type { StateFolder } from './state-folder.js';

/** Asks a person; undefined when nobody is there. */
export type AskPassphrase = () => Promise<string | undefined>;

/** @throws SecretsError `KEY_MISSING` */
export async function findVaultKey(
  state: StateFolder,
  environment: NodeJS.ProcessEnv,
  ask: AskPassphrase,
): Promise<VaultKey> {
  if (needsPassphrase(state.vault)) {
    const passphrase = await ask();
    if (passphrase === undefined) {
      throw new SecretsError('KEY_MISSING', 'the vault needs its passphrase, and there is no terminal to ask on', {
        hint: 'start firebreak on a terminal, or make a vault with a key file (`firebreak init --key-file`)',
      });
    }
    return { kind: 'passphrase', passphrase: new Secret(passphrase) };
  }
  const path = keyFileInUse(state, environment);
  if (path === undefined) {
    throw new SecretsError(
      'KEY_MISSING',
      `the key of the vault is not in ${keyFiles(environment, state).join(' or ')}`,
      {
        hint: 'name its file with FIREBREAK_KEY_FILE',
      },
    );
  }
  const identity = readFileSync(path, 'utf8')
    .split('\n')
    .find((line) => line.startsWith('AGE-SECRET-KEY-'));
  if (identity === undefined)
    throw new SecretsError('KEY_MISSING', `there is no age identity in \`${path}\``, {
      hint: 'name the file that `firebreak init` wrote with FIREBREAK_KEY_FILE',
    });
  // FAIL-CLOSED: a key file that other users may read is refused.
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new SecretsError('KEY_MISSING', `other users may read the key file \`${path}\``, {
      hint: `run \`chmod 600 ${path}\``,
    });
  }
  return { kind: 'identity', identity: new Secret(identity.trim()) };
}

/** The file that the key is read from; undefined when there is none. */
export function keyFileInUse(state: StateFolder, environment: NodeJS.ProcessEnv): string | undefined {
  return keyFiles(environment, state).find((candidate) => existsSync(candidate));
}

/** Where `init` keeps a new vault's identity. */
export function keyFileFor(state: StateFolder, environment: NodeJS.ProcessEnv): string {
  const base = environment['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  const name = state.path.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^-/, '');
  return environment['FIREBREAK_KEY_FILE'] ?? join(base, 'firebreak', `${name}.key`);
}

export function writeKeyFile(path: string, identity: Secret<string>): void {
  makePrivateFolder(join(path, '..'));
  writeFileDurably(
    path,
    `# The key of a Firebreak vault (age). Whoever has it and the vault can read the secrets.\n${identity.reveal()}\n`,
  );
}

function keyFiles(environment: NodeJS.ProcessEnv, state: StateFolder): string[] {
  const named = environment['FIREBREAK_KEY_FILE'];
  if (named !== undefined) return [named];
  const systemd = environment['CREDENTIALS_DIRECTORY'];
  return [...(systemd === undefined ? [] : [join(systemd, 'firebreak-key')]), keyFileFor(state, environment)];
}
