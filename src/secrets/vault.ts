/**
 * Real credentials at rest: one age file (age-encryption.org/v1) for each, encrypted to the vault's own X25519 recipient.
 * The identity that opens them is itself encrypted, to a passphrase or to a key that lives elsewhere.
 *
 *     vault/recipient             age1...                         public: adding a secret needs no key
 *     vault/identity.age          AGE-SECRET-KEY-1..., encrypted  absent when the key file is the identity
 *     vault/<folder>/<name>.age   {"user": ..., "secret": ...}, encrypted
 *     vault/<folder>/<name>.json  what may be shown: user, dates
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Credential } from '#action/credential';
import { makePrivateFolder, writeFileDurably } from '#base/durable-file';
import { Secret } from '#base/secret';
import { SecretsError } from './errors.js';

/** What opens the vault. */
export type VaultKey =
  | { readonly kind: 'passphrase'; readonly passphrase: Secret<string> }
  /** An age identity, `AGE-SECRET-KEY-1...`. */
  | { readonly kind: 'identity'; readonly identity: Secret<string> };

/** What may be shown of a secret. */
export interface SecretListing {
  readonly name: string;
  readonly user: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly addedAt: number;
  readonly rotatedAt: number | undefined;
}

/** Where in the vault: credentials of upstreams, approvers' one-time-password secrets, Firebreak's own keys. */
export type VaultFolder = 'credentials' | 'approvers' | 'keys';

export interface Vault {
  /** @throws SecretsError `SECRET_MISSING`, `VAULT_LOCKED`, `VAULT_DAMAGED` */
  read(folder: VaultFolder, name: string): Promise<Credential>;
  has(folder: VaultFolder, name: string): boolean;
  /** Adds or replaces. @throws SecretsError `SECRET_NAME_INVALID` */
  write(folder: VaultFolder, name: string, credential: Credential, at: number): Promise<void>;
  /** False when there was none. */
  remove(folder: VaultFolder, name: string): boolean;
  /** In alphabetical order. @throws SecretsError `VAULT_DAMAGED` when what may be shown of one cannot be read */
  list(folder: VaultFolder): readonly SecretListing[];
  /** The names alone, which no damaged file can hide. In alphabetical order. */
  names(folder: VaultFolder): readonly string[];
}

/** scrypt's cost for a passphrase, as a power of two (age's own default: about a second). */
const SCRYPT_WORK_FACTOR = 18;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * Makes the vault of a new state folder.
 *
 * @returns the identity when `key` is undefined, for the caller to keep in a file of its own.
 * @throws SecretsError `VAULT_EXISTS`
 */
export async function createVault(folder: string, passphrase: Secret<string> | undefined): Promise<Secret<string>> {
  if (existsSync(join(folder, 'recipient')))
    throw new SecretsError('VAULT_EXISTS', 'there is a vault in this state folder already');
  makePrivateFolder(folder);
  const identity = await generateX25519Identity();
  if (passphrase !== undefined) {
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(SCRYPT_WORK_FACTOR);
    encrypter.setPassphrase(passphrase.reveal());
    writeFileDurably(join(folder, 'identity.age'), await encrypter.encrypt(identity));
  } else {
    // From an attempt that did not get as far as the recipient.
    rmSync(join(folder, 'identity.age'), { force: true });
  }
  writeFileDurably(join(folder, 'recipient'), `${await identityToRecipient(identity)}\n`);
  return new Secret(identity);
}

/** True when the vault's key is a passphrase that somebody has to type. */
export function needsPassphrase(folder: string): boolean {
  return existsSync(join(folder, 'identity.age'));
}

/**
 * Opens a vault and proves that the key fits it.
 *
 * @throws SecretsError `VAULT_MISSING`, `VAULT_LOCKED`
 */
export async function openVault(folder: string, key: VaultKey): Promise<Vault> {
  if (!existsSync(join(folder, 'recipient'))) {
    throw new SecretsError('VAULT_MISSING', 'there is no vault in this state folder', {
      hint: 'run `firebreak init` first',
    });
  }
  const recipient = readFileSync(join(folder, 'recipient'), 'utf8').trim();
  const identity = await unlock(folder, key);
  if ((await identityToRecipient(identity.reveal()).catch(() => '')) !== recipient) {
    throw new SecretsError('VAULT_LOCKED', 'this key does not open the vault', { hint: 'check FIREBREAK_KEY_FILE' });
  }

  const pathOf = (kind: VaultFolder, name: string, ending: string) => {
    if (!NAME.test(name)) {
      throw new SecretsError('SECRET_NAME_INVALID', `\`${name}\` cannot name a secret`, {
        hint: 'use up to 64 lower-case letters, digits, dots, dashes and underscores',
      });
    }
    return join(folder, kind, `${name}.${ending}`);
  };

  function listing(kind: VaultFolder, name: string): SecretListing {
    const path = pathOf(kind, name, 'json');
    try {
      const shown: { user?: string; addedAt: number; rotatedAt?: number } = JSON.parse(readFileSync(path, 'utf8'));
      return { name, user: shown.user, addedAt: shown.addedAt, rotatedAt: shown.rotatedAt };
    } catch (cause) {
      throw new SecretsError('VAULT_DAMAGED', `the vault's note on \`${name}\` cannot be read`, {
        hint: `run \`firebreak secrets rotate ${name}\` to write it anew`,
        cause,
      });
    }
  }

  const names = (kind: VaultFolder): readonly string[] => {
    if (!existsSync(join(folder, kind))) return [];
    return readdirSync(join(folder, kind))
      .filter((file) => file.endsWith('.age'))
      .map((file) => file.slice(0, -'.age'.length))
      .sort();
  };

  return {
    has: (kind, name) => existsSync(pathOf(kind, name, 'age')),

    async read(kind, name) {
      const path = pathOf(kind, name, 'age');
      if (!existsSync(path)) {
        throw new SecretsError('SECRET_MISSING', `the vault has no secret \`${name}\``, {
          hint: `run \`firebreak secrets add ${name}\``,
        });
      }
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity.reveal());
      try {
        const { user, secret }: { user?: string; secret: string } = JSON.parse(
          await decrypter.decrypt(readFileSync(path), 'text'),
        );
        return { user, secret: new Secret(secret) };
      } catch (cause) {
        throw new SecretsError('VAULT_DAMAGED', `the vault's file for \`${name}\` cannot be decrypted`, {
          hint: `run \`firebreak secrets rotate ${name}\` to write it anew`,
          cause,
        });
      }
    },

    async write(kind, name, { user, secret }, at) {
      const before = existsSync(pathOf(kind, name, 'age')) ? unlessDamaged(() => listing(kind, name)) : undefined;
      makePrivateFolder(join(folder, kind));
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      const encrypted = await encrypter.encrypt(JSON.stringify({ user, secret: secret.reveal() }));
      const shown = { user, addedAt: before?.addedAt ?? at, rotatedAt: before === undefined ? undefined : at };
      // The secret last: it is there only when what may be shown of it is.
      writeFileDurably(pathOf(kind, name, 'json'), `${JSON.stringify(shown)}\n`);
      writeFileDurably(pathOf(kind, name, 'age'), encrypted);
    },

    remove(kind, name) {
      const existed = existsSync(pathOf(kind, name, 'age'));
      rmSync(pathOf(kind, name, 'age'), { force: true });
      rmSync(pathOf(kind, name, 'json'), { force: true });
      return existed;
    },

    list: (kind) => names(kind).map((name) => listing(kind, name)),
    names,
  };
}

/** A note that cannot be read is replaced by the write that asks for it. */
function unlessDamaged(read: () => SecretListing): SecretListing | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SecretsError && error.code === 'VAULT_DAMAGED') return undefined;
    throw error;
  }
}

async function unlock(folder: string, key: VaultKey): Promise<Secret<string>> {
  if (key.kind === 'identity') return key.identity;
  const decrypter = new Decrypter();
  decrypter.addPassphrase(key.passphrase.reveal());
  try {
    return new Secret(await decrypter.decrypt(readFileSync(join(folder, 'identity.age')), 'text'));
  } catch (cause) {
    throw new SecretsError('VAULT_LOCKED', 'this passphrase does not open the vault', { hint: 'try again', cause });
  }
}
