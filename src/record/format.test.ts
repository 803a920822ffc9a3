import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RecordEvent } from '#action/record-event';
import { Secret } from '#base/secret';
import { type Files, memoryReader, memoryStorage } from './log.case.js';
import { openLog } from './log.js';
import { leafHash, nodeHash } from './merkle.js';
import { publicKeyOf } from './note.js';
import { readEntries } from './read-entries.js';
import { verifyLog } from './verify.js';

/** The example's blocks by the word after their language: files by their paths. */
function readExample(): ReadonlyMap<string, Buffer> {
  const text = readFileSync(new URL('../../docs/formats/log.md', import.meta.url), 'utf8');
  const blocks = new Map<string, Buffer>();
  for (const [, language, name = '', body = ''] of text.matchAll(/^```(\w+) (.+)\n([\s\S]*?)^```$/gm)) {
    blocks.set(name, language === 'hex' ? Buffer.from(body.replaceAll('\n', ''), 'hex') : Buffer.from(body));
  }
  return blocks;
}

const example = readExample();
const publicKey = block('public-key').toString().trim();
const files: Files = new Map([...example].filter(([name]) => /^(checkpoint$|tile\/|journal\/)/.test(name)));

function block(name: string): Buffer {
  const bytes = example.get(name);
  if (bytes === undefined) throw new Error(`docs/formats/log.md has no block \`${name}\``);
  return bytes;
}

function entryText(index: number): string {
  return block(`entry ${index}`).toString().trimEnd();
}

test("the document's example verifies with its public key, and has its entries", async () => {
  expect([...files.keys()].sort()).toEqual([
    'checkpoint',
    'journal/0000000000000000',
    'tile/0/000.p/2',
    'tile/entries/000.p/2',
  ]);
  const report = await verifyLog(memoryReader(files), { publicKey });
  expect(report).toMatchObject({ ok: true, size: 2, checkpoint: block('checkpoint').toString() });
  const entries: string[] = [];
  for await (const { data } of readEntries(memoryReader(files))) entries.push(Buffer.from(data).toString());
  expect(entries).toEqual([entryText(0), entryText(1)]);
});

test("the document's hashes are what it says they are", () => {
  const leaves = [0, 1].map((index) => leafHash(Buffer.from(entryText(index))));
  expect(Buffer.concat(leaves)).toEqual(block('tile/0/000.p/2'));
  const [left = Buffer.alloc(0), right = Buffer.alloc(0)] = leaves;
  const root = Buffer.from(nodeHash(left, right)).toString('base64');
  expect(block('checkpoint').toString().split('\n').slice(0, 3)).toEqual(['example.com/firebreak', '2', root]);
});

test("the same events with the document's key make the same files, byte for byte", async () => {
  const key = { signingKey: new Secret(block('signing-key').toString().trim()), publicKey };
  expect(publicKeyOf(key.signingKey)).toBe(publicKey);
  const made: Files = new Map();
  const log = await openLog({ storage: memoryStorage(made), key });
  for (const index of [0, 1]) {
    // The event as it stands in the entry: nothing in it was cut.
    const event: RecordEvent = JSON.parse(entryText(index)).unmapped.firebreak;
    await log.append(event);
  }
  await log.close();
  expect([...made.keys()].sort()).toEqual([...files.keys()].sort());
  for (const [path, bytes] of made) expect(Buffer.from(bytes).toString('hex')).toBe(block(path).toString('hex'));
});

test("every altered byte of the document's example is detected", async () => {
  for (const [path, bytes] of files) {
    for (let at = 0; at < bytes.length; at += 1) {
      const altered = Uint8Array.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 0x20;
      const report = await verifyLog(memoryReader(new Map(files).set(path, altered)), { publicKey });
      expect(report.ok).toBe(false);
    }
  }
});
