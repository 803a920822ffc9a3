/** Firebreak's own keys, made once and kept in the vault. */
import { existsSync } from 'node:fs';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Clock } from '#base/clock';
import { writeFileDurably } from '#base/durable-file';
import { Secret } from '#base/secret';
import type { SnapshotKey } from '#protect/snapshots';
import { generateLogKey, type LogKey } from '#record/note';
import type { Vault } from '#secrets/vault';
import type { StateFolder } from './state-folder.js';

/** The log's key: the private half is the secret, the public half stands where a user's name would. */
export async function logKey(vault: Vault, state: StateFolder, clock: Clock): Promise<LogKey> {
  if (!vault.has('keys', 'log')) {
    const made = generateLogKey('firebreak-log');
    await vault.write('keys', 'log', { user: made.publicKey, secret: made.signingKey }, clock.now());
  }
  const { user: publicKey = '', secret: signingKey } = await vault.read('keys', 'log');
  // For `firebreak log verify`, which needs no vault; whoever verifies elsewhere keeps a copy.
  if (!existsSync(state.logKey)) writeFileDurably(state.logKey, `${publicKey}\n`);
  return { signingKey, publicKey };
}

/** A key pair of its own, so that what can open snapshots opens nothing else of the vault. */
export async function snapshotKey(vault: Vault, clock: Clock): Promise<SnapshotKey> {
  if (!vault.has('keys', 'snapshots')) {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    await vault.write('keys', 'snapshots', { user: recipient, secret: new Secret(identity) }, clock.now());
  }
  const { secret: identity } = await vault.read('keys', 'snapshots');
  return { recipient: await identityToRecipient(identity.reveal()), identity };
}
