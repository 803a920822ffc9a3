import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { makePrivateFolder, writeFileDurably } from './durable-file.js';

const mode = (path: string) => statSync(path).mode & 0o777;

test('a file is replaced whole, is its owner’s only, and leaves nothing beside it', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'file');
  writeFileDurably(path, 'long '.repeat(100_000));
  writeFileDurably(path, new Uint8Array([0, 255]));
  expect([...readFileSync(path)]).toEqual([0, 255]);
  expect(mode(path)).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['file']);
});

test('a file that others could read is not readable to them once it is replaced', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, 'old');
  chmodSync(path, 0o644);
  writeFileDurably(path, 'new');
  expect(mode(path)).toBe(0o600);
});

test('what cannot be written leaves the old content, and nothing beside it', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'taken'));
  expect(() => writeFileDurably(join(folder, 'taken'), 'new')).toThrow();
  expect(() => writeFileDurably(join(folder, 'nowhere', 'file'), 'new')).toThrow();
  expect(readdirSync(folder)).toEqual(['taken']);
});

test('a private folder, and those above it that were missing, are their owner’s only', () => {
  const folder = temporaryFolder();
  makePrivateFolder(join(folder, 'a', 'b'));
  makePrivateFolder(join(folder, 'a', 'b'));
  expect([mode(join(folder, 'a')), mode(join(folder, 'a', 'b'))]).toEqual([0o700, 0o700]);
});
