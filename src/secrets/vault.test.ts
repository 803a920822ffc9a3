import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '#base/secret';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { SecretsError } from './errors.js';
import { createVault, needsPassphrase, openVault, type Vault } from './vault.js';

const HUNTER = { user: 'app', secret: new Secret('hunter2-the-real-one') };
const NOW = 1_780_000_020_000;

let folder: string;
let identity: Secret<string>;
let vault: Vault;
beforeEach(async () => {
  folder = join(temporaryFolder(), 'vault');
  identity = await createVault(folder, undefined);
  vault = await openVault(folder, { kind: 'identity', identity });
});

const open = (key = identity) => openVault(folder, { kind: 'identity', identity: key });
const ageFile = (name: string) => join(folder, 'credentials', `${name}.age`);

async function thrown(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a secret', () => {
  test('comes back as it was, also to another process', async () => {
    await vault.write('credentials', 'orders', HUNTER, NOW);
    const read = await (await open()).read('credentials', 'orders');
    expect([read.user, read.secret.reveal()]).toEqual(['app', 'hunter2-the-real-one']);
  });

  test('of any text comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.option(fc.string(), { nil: undefined }),
        async (text, user) => {
          await vault.write('credentials', 'any', { user, secret: new Secret(text) }, NOW);
          const read = await vault.read('credentials', 'any');
          expect([read.user, read.secret.reveal()]).toEqual([user, text]);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('lies in a file that any age program can decrypt with the key, and none without', async () => {
    await vault.write('credentials', 'orders', HUNTER, NOW);
    const bytes = readFileSync(ageFile('orders'));
    expect(bytes.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    const right = new Decrypter();
    right.addIdentity(identity.reveal());
    expect(JSON.parse(await right.decrypt(bytes, 'text'))).toEqual({ user: 'app', secret: 'hunter2-the-real-one' });
    const wrong = new Decrypter();
    wrong.addIdentity(await generateX25519Identity());
    await expect(wrong.decrypt(bytes, 'text')).rejects.toThrow();
  });

  test('stands in no file of the vault in the clear, and neither does the key', async () => {
    await vault.write('credentials', 'orders', HUNTER, NOW);
    await vault.write('keys', 'log', HUNTER, NOW);
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = readFileSync(join(file.parentPath, file.name), 'latin1');
      expect(bytes).not.toContain('hunter2');
      expect(bytes).not.toContain(identity.reveal());
    }
  });

  test('prints as [secret], and no error of the vault carries it', async () => {
    await vault.write('credentials', 'orders', HUNTER, NOW);
    const credential = await vault.read('credentials', 'orders');
    const shown = inspect(credential, { depth: 9, showHidden: true }) + JSON.stringify(credential);
    expect(shown).toContain('[secret]');
    writeFileSync(ageFile('orders'), Buffer.concat([readFileSync(ageFile('orders')), Buffer.from('x')]));
    const errors = [
      await thrown(() => vault.read('credentials', 'orders')),
      await thrown(() => vault.write('credentials', 'Bad Name', HUNTER, NOW)),
    ];
    for (const error of errors) {
      const text = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error);
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(identity.reveal());
    }
    expect(shown).not.toContain('hunter2');
  });

  test('that is not there is missing', async () => {
    await expect(vault.read('credentials', 'nothing')).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      hint: expect.stringContaining('secrets add nothing'),
    });
    expect(vault.has('credentials', 'nothing')).toBe(false);
    expect(vault.remove('credentials', 'nothing')).toBe(false);
  });

  test('is listed with what may be shown: name, user, when it was added and rotated', async () => {
    await vault.write('credentials', 'zebra', { user: undefined, secret: new Secret('x') }, NOW);
    await vault.write('credentials', 'apple', HUNTER, NOW);
    await vault.write('credentials', 'apple', HUNTER, NOW + 5);
    expect(vault.list('credentials')).toEqual([
      { name: 'apple', user: 'app', addedAt: NOW, rotatedAt: NOW + 5 },
      { name: 'zebra', user: undefined, addedAt: NOW, rotatedAt: undefined },
    ]);
    expect(vault.list('approvers')).toEqual([]);
  });

  test('that was removed is gone from the disk', async () => {
    await vault.write('credentials', 'orders', HUNTER, NOW);
    expect(vault.remove('credentials', 'orders')).toBe(true);
    expect(readdirSync(join(folder, 'credentials'))).toEqual([]);
    await expect(vault.read('credentials', 'orders')).rejects.toMatchObject({ code: 'SECRET_MISSING' });
  });

  test.each(['', '.', '..', '../keys/log', 'a/b', 'A', 'ä', 'a b', '-x', 'x'.repeat(65), 'a\0', '.hidden'])(
    'cannot be named `%s`',
    async (name) => {
      for (const use of [
        () => vault.write('credentials', name, HUNTER, NOW),
        async () => vault.has('credentials', name),
        () => vault.read('credentials', name),
        async () => vault.remove('credentials', name),
      ])
        await expect(use()).rejects.toMatchObject({ code: 'SECRET_NAME_INVALID' });
      expect(existsSync(join(folder, 'credentials'))).toBe(false);
    },
  );
});

describe('files and folders', () => {
  test('are their owner’s only', async () => {
    await vault.write('credentials', 'orders', HUNTER, NOW);
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect(mode(folder)).toBe(0o700);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      expect([entry.name, mode(path)]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
  });
});

describe('the key', () => {
  test('of another vault does not open this one', async () => {
    const other = new Secret(await generateX25519Identity());
    await expect(open(other)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    const error = await thrown(() => open(new Secret('not a key at all')));
    expect(error).toMatchObject({ code: 'VAULT_LOCKED' });
    expect(inspect(error, { depth: 9 })).not.toContain('not a key at all');
  });

  test('does not open a vault whose recipient was exchanged: what is added there would be someone else’s to read', async () => {
    const strange = await createVault(join(temporaryFolder(), 'other'), undefined);
    const other = await openVault(folder, { kind: 'identity', identity });
    await other.write('credentials', 'before', HUNTER, NOW);
    writeFileSync(join(folder, 'recipient'), `${await identityToRecipient(strange.reveal())}\n`);
    await expect(open()).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
  });

  test('may be a passphrase: the right one opens it, a wrong one and an empty one do not', async () => {
    const path = join(temporaryFolder(), 'vault');
    await createVault(path, new Secret('correct horse'));
    expect(needsPassphrase(path)).toBe(true);
    expect(needsPassphrase(folder)).toBe(false);
    const opened = await openVault(path, { kind: 'passphrase', passphrase: new Secret('correct horse') });
    await opened.write('credentials', 'orders', HUNTER, NOW);
    expect((await opened.read('credentials', 'orders')).secret.reveal()).toBe('hunter2-the-real-one');
    for (const wrong of ['correct hors', '']) {
      const error = await thrown(() => openVault(path, { kind: 'passphrase', passphrase: new Secret(wrong) }));
      expect(error).toMatchObject({ code: 'VAULT_LOCKED', message: 'this passphrase does not open the vault' });
    }
  });

  test('of a vault is not made twice, and a folder without a vault says so', async () => {
    await expect(createVault(folder, undefined)).rejects.toMatchObject({ code: 'VAULT_EXISTS' });
    await expect(openVault(join(folder, 'nowhere'), { kind: 'identity', identity })).rejects.toMatchObject({
      code: 'VAULT_MISSING',
    });
  });

  test('left by an attempt with a passphrase does not stand in the way of one without', async () => {
    const path = join(temporaryFolder(), 'vault');
    await createVault(path, new Secret('abandoned'));
    rmSync(join(path, 'recipient'));
    const anew = await createVault(path, undefined);
    expect(needsPassphrase(path)).toBe(false);
    await openVault(path, { kind: 'identity', identity: anew });
  });
});

describe('damage', () => {
  beforeEach(async () => {
    await vault.write('credentials', 'orders', HUNTER, NOW);
    await vault.write('credentials', 'other', HUNTER, NOW);
  });

  test('of one file is noticed wherever it is, and the others are still read', async () => {
    const bytes = readFileSync(ageFile('orders'));
    const samples = [0, 30, 80, 150, bytes.length - 20, bytes.length - 1].map((at) => {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8((damaged[at] ?? 0) ^ 1, at);
      return damaged;
    });
    for (const damaged of [...samples, bytes.subarray(0, bytes.length - 1), bytes.subarray(0, 10), Buffer.alloc(0)]) {
      writeFileSync(ageFile('orders'), damaged);
      await expect(vault.read('credentials', 'orders')).rejects.toMatchObject({ code: 'VAULT_DAMAGED' });
    }
    expect((await vault.read('credentials', 'other')).user).toBe('app');
    expect(vault.names('credentials')).toEqual(['orders', 'other']);
  });

  test('of the file that says what may be shown is noticed, and mended by writing the secret anew', async () => {
    writeFileSync(join(folder, 'credentials', 'orders.json'), '{');
    expect(() => vault.list('credentials')).toThrow(SecretsError);
    expect(vault.names('credentials')).toEqual(['orders', 'other']);
    await vault.write('credentials', 'orders', HUNTER, NOW + 9);
    expect(vault.list('credentials')[0]).toEqual({
      name: 'orders',
      user: 'app',
      addedAt: NOW + 9,
      rotatedAt: undefined,
    });
  });

  test('by a crash between the two files of a new secret leaves no trace of it', async () => {
    writeFileSync(join(folder, 'credentials', 'half.json'), '{"addedAt":1}');
    expect(vault.names('credentials')).toEqual(['orders', 'other']);
    expect(vault.has('credentials', 'half')).toBe(false);
    await vault.write('credentials', 'half', HUNTER, NOW);
    expect(vault.list('credentials')[0]).toMatchObject({ name: 'half', addedAt: NOW, rotatedAt: undefined });
  });
});
