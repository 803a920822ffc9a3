import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '#base/secret';
import { openCheckpoint, readCheckpoint, signCheckpoint } from './checkpoint.js';
import { EMPTY_ROOT } from './merkle.js';
import { generateLogKey, noteSigner, noteVerifier, publicKeyOf } from './note.js';

// From the package comment of golang.org/x/mod/sumdb/note.
const GO_SIGNING_KEY = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const GO_PUBLIC_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_NOTE = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

const invalidNote = expect.objectContaining({ code: 'NOTE_INVALID' });
const invalidKey = expect.objectContaining({ code: 'KEY_INVALID' });

test("keys and notes are those of Go's package", () => {
  expect(publicKeyOf(new Secret(GO_SIGNING_KEY))).toBe(GO_PUBLIC_KEY);
  const text = GO_NOTE.slice(0, GO_NOTE.indexOf('\n\n') + 1);
  expect(noteSigner(new Secret(GO_SIGNING_KEY)).sign(text)).toBe(GO_NOTE);
  expect(noteVerifier(GO_PUBLIC_KEY).open(GO_NOTE)).toBe(text);
  expect(noteVerifier(`${GO_PUBLIC_KEY}\n`).name).toBe('PeterNeumann');
});

test('any change of a note is refused', () => {
  const { open } = noteVerifier(GO_PUBLIC_KEY);
  fc.assert(
    fc.property(fc.nat(GO_NOTE.length - 1), fc.constantFrom('', 'x', '\n', ' ', '\u0007'), (at, replacement) => {
      const changed = GO_NOTE.slice(0, at) + replacement + GO_NOTE.slice(at + 1);
      if (changed !== GO_NOTE) expect(() => open(changed)).toThrow(invalidNote);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.string(), (garbage) => {
      expect(() => open(garbage)).toThrow(invalidNote);
    }),
  );
});

test('signatures of unknown keys are ignored, and a bad one of ours is not', () => {
  const other = generateLogKey('other.example');
  const text = 'text\n';
  const ours = noteSigner(new Secret(GO_SIGNING_KEY)).sign(text);
  const theirs = noteSigner(other.signingKey)
    .sign(text)
    .slice(text.length + 1);
  const { open } = noteVerifier(GO_PUBLIC_KEY);
  expect(open(ours + theirs)).toBe(text);
  expect(() => open(`${text}\n${theirs}`)).toThrow(invalidNote);
  const bad = noteSigner(new Secret(GO_SIGNING_KEY))
    .sign('other\n')
    .slice('other\n'.length + 1);
  expect(() => open(ours + bad)).toThrow(invalidNote);
  expect(() => open(ours + theirs.repeat(64))).toThrow(invalidNote);
});

test('malformed keys are refused', () => {
  for (const key of ['', 'a', 'a+b+c', GO_PUBLIC_KEY.replace('c74f', 'c74e'), GO_PUBLIC_KEY.replace('ARpc', 'Arpc')]) {
    expect(() => noteVerifier(key)).toThrow(invalidKey);
  }
  for (const key of ['', 'PRIVATE+KEY+a+b+c', GO_SIGNING_KEY.replace('c74f', 'c74e'), GO_SIGNING_KEY.slice(0, -4)]) {
    expect(() => noteSigner(new Secret(key))).toThrow(invalidKey);
  }
  for (const origin of ['', 'a b', 'a+b', 'a\n']) expect(() => generateLogKey(origin)).toThrow(invalidKey);
});

test('a generated key prints as a secret and signs what its public part verifies', () => {
  const key = generateLogKey('example.com/log');
  expect(JSON.stringify(key)).not.toContain('PRIVATE');
  expect(publicKeyOf(key.signingKey)).toBe(key.publicKey);
  const { note } = signCheckpoint(noteSigner(key.signingKey), 7, EMPTY_ROOT);
  const opened = openCheckpoint(noteVerifier(key.publicKey), note);
  expect(opened).toEqual({ origin: 'example.com/log', size: 7, root: EMPTY_ROOT, note });
  expect(readCheckpoint(note)).toEqual(opened);
});

test('a signed note that is not a checkpoint of this log is refused', () => {
  const key = generateLogKey('example.com/log');
  const root = Buffer.from(EMPTY_ROOT).toString('base64');
  const open = (text: string): unknown =>
    openCheckpoint(noteVerifier(key.publicKey), noteSigner(key.signingKey).sign(text));
  expect(open(`example.com/log\n5\n${root}\nan extension\n`)).toMatchObject({ size: 5 });
  for (const text of [
    '\n',
    'example.com/log\n',
    `example.com/other\n5\n${root}\n`,
    `example.com/log\n05\n${root}\n`,
    `example.com/log\n-5\n${root}\n`,
    `example.com/log\n99999999999999999\n${root}\n`,
    `example.com/log\n5\n${root.slice(0, 40)}\n`,
    `example.com/log\n5\n${root}\n\nx\n`,
  ]) {
    expect(() => open(text)).toThrow(invalidNote);
  }
});
