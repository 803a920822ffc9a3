import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordEvent } from '#action/record-event';
import { readCheckpoint } from '#record/checkpoint';
import { exportLog } from '#record/export';
import { openLog } from '#record/log';
import { generateLogKey } from '#record/note';
import { proveConsistency, proveInclusion } from '#record/proof';
import { tileNodes } from '#record/tile-reader';
import { logFolderReader, openLogFolder } from '#store/log-files';

// Debian's golang-go and golang-golang-x-mod-dev: an independent implementation of the same formats.
const GO_ENVIRONMENT = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };
const SIZES = [1, 2, 255, 256, 257, 700];

const key = generateLogKey('example.com/firebreak');
const root = mkdtempSync(join(tmpdir(), 'firebreak-interop-'));
const program = join(root, 'verify_log');
const keyFile = join(root, 'log.pub');

interface Exported {
  readonly folder: string;
  readonly proofs: string;
}

/** By size. */
const logs = new Map<number, Exported>();

beforeAll(async () => {
  const source = join(import.meta.dirname, '..', 'interop', 'verify_log.go');
  execFileSync('go', ['build', '-o', program, source], {
    env: { ...process.env, ...GO_ENVIRONMENT, GOCACHE: join(root, 'cache') },
  });
  writeFileSync(keyFile, `${key.publicKey}\n`);
  const live = join(root, 'live');
  const log = await openLog({ storage: await openLogFolder(live), key });
  let old = '';
  for (const size of SIZES) {
    await Promise.all(Array.from({ length: size - log.checkpoint.size }, (_, at) => log.append(event(at))));
    const folder = join(root, `export-${size}`);
    const head = await exportLog(logFolderReader(live), await openLogFolder(folder), key.publicKey);
    expect(head.size).toBe(size);
    old ||= head.note;
    logs.set(size, { folder, proofs: await writeProofs(folder, size, old) });
    old = head.note;
  }
  await log.close();
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function event(number: number): RecordEvent {
  const detail = 'detail '.repeat(number % 40);
  return {
    kind: 'administered',
    time: 1_790_000_000_000 + number,
    act: 'signed-in',
    by: 'dana',
    subject: 'dana',
    detail,
    ok: true,
  };
}

/** Our proofs that an entry is in the log, and that the log begins with an older one, in the form the program reads. */
async function writeProofs(folder: string, size: number, oldNote: string): Promise<string> {
  const read = tileNodes(logFolderReader(folder), size);
  const old = readCheckpoint(oldNote);
  const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString('base64');
  const index = Math.floor(size / 3);
  const file = join(root, `proofs-${size}.json`);
  const proofs = {
    index,
    inclusion: (await proveInclusion(index, size, read)).map(base64),
    oldSize: old.size,
    oldRoot: base64(old.root),
    consistency: (await proveConsistency(old.size, size, read)).map(base64),
  };
  writeFileSync(file, JSON.stringify(proofs));
  return file;
}

function verify(
  folder: string,
  proofs: string,
  keyPath = keyFile,
): { readonly status: number | null; readonly said: string } {
  const { status, stdout } = spawnSync(program, [folder, keyPath, proofs], { encoding: 'utf8' });
  return { status, said: stdout.trim() };
}

function exported(size: number): Exported {
  const found = logs.get(size);
  if (found === undefined) throw new Error(`no log of ${size} entries was exported`);
  return found;
}

/** A copy of the largest log with one byte of a file changed. */
function tampered(name: string, path: string, change: (bytes: Buffer) => void): string {
  const copy = join(root, name);
  cpSync(exported(700).folder, copy, { recursive: true });
  const bytes = readFileSync(join(copy, path));
  change(bytes);
  writeFileSync(join(copy, path), bytes);
  return copy;
}

test.each(SIZES)("Go's checksum database code verifies a log of %i entries, and our proofs", (size) => {
  const { folder, proofs } = exported(size);
  expect(verify(folder, proofs)).toEqual({ status: 0, said: `ok ${size}` });
});

test('it rejects a tampered log: an entry, a tile, the checkpoint, a removed entry', () => {
  const { proofs } = exported(700);
  const flip = (at: number) => (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  const edited = verify(tampered('edited', 'tile/entries/001', flip(100)), proofs);
  expect(edited).toEqual({ status: 1, said: 'entry 256 does not fit its hash in tile 1' });
  const tile = verify(tampered('tile', 'tile/0/000', flip(7 * 32)), proofs);
  expect(tile).toEqual({ status: 1, said: 'entry 7 does not fit its hash in tile 0' });
  const checkpoint = tampered('checkpoint', 'checkpoint', (bytes) => bytes.write('699', bytes.indexOf('700')));
  expect(verify(checkpoint, proofs)).toMatchObject({ status: 1, said: expect.stringContaining('invalid signature') });
  const older = tampered('older', 'checkpoint', () => undefined);
  cpSync(join(exported(257).folder, 'checkpoint'), join(older, 'checkpoint'));
  expect(verify(older, proofs).status).toBe(1);
});

test("it rejects another key's log, and proofs that prove something else", () => {
  const { folder, proofs } = exported(700);
  const otherKey = join(root, 'other.pub');
  writeFileSync(otherKey, generateLogKey('example.com/firebreak').publicKey);
  expect(verify(folder, proofs, otherKey)).toMatchObject({ status: 1, said: expect.stringContaining('no verifiable') });
  const wrong = JSON.parse(readFileSync(proofs, 'utf8'));
  const file = join(root, 'wrong.json');
  writeFileSync(file, JSON.stringify({ ...wrong, index: wrong.index + 1 }));
  expect(verify(folder, file)).toMatchObject({
    status: 1,
    said: expect.stringContaining('invalid transparency proof'),
  });
  writeFileSync(file, JSON.stringify({ ...wrong, oldSize: wrong.oldSize - 1 }));
  expect(verify(folder, file)).toMatchObject({
    status: 1,
    said: expect.stringContaining('invalid transparency proof'),
  });
});
