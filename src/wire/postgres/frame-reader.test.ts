import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as build from './build.js';
import { PostgresWireError } from './errors.js';
import { type FrameEvent, FrameReader, type FrameRules } from './frame-reader.js';
import { commandRules, serverRules } from './frame-rules.js';
import { Frontend } from './letters.js';

const rules = commandRules(1_000, 2_000);

function readAll(chunks: readonly Buffer[], under: FrameRules = rules): FrameEvent[] {
  const reader = new FrameReader(under);
  const events: FrameEvent[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let event = reader.next(); event !== undefined; event = reader.next()) events.push(event);
  }
  return events;
}

/** Neighbouring stretches as one, since where they are cut depends on how the bytes came. */
function joined(events: readonly FrameEvent[]): unknown[] {
  const result: { kind: string; type: number; bytes?: string }[] = [];
  for (const event of events) {
    const last = result.at(-1);
    const shown =
      event.kind === 'skipped'
        ? { kind: event.kind, type: event.type, bytes: String(event.length) }
        : { kind: event.kind, type: event.type, bytes: event.bytes.toString('hex') };
    if (event.kind === 'stretch' && last?.kind === 'stretch' && last.type === event.type) last.bytes += shown.bytes;
    else result.push(shown);
  }
  return result;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  // Copies, so that a reader that writes into a chunk is caught.
  return places.slice(1).map((place, index) => Buffer.from(bytes.subarray(places[index], place)));
}

const plain = fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
const anyMessage = fc.oneof(
  plain.map((text) => build.query(text)),
  fc.tuple(plain, plain).map(([name, text]) => build.parse(name, text, [23, 0])),
  fc.tuple(plain, fc.array(fc.option(plain))).map(([name, values]) => build.bind('', name, values)),
  plain.map((name) => build.execute(name, 5)),
  plain.map((name) => build.describe('portal', name)),
  plain.map((name) => build.close('statement', name)),
  fc.uint8Array({ maxLength: 3_000 }).map((data) => build.copyData(data)),
  fc.integer({ min: 1_000, max: 5_000 }).map((length) => build.query('x'.repeat(length))),
  fc.constantFrom(build.sync(), build.flush(), build.copyDone(), build.terminate(), build.copyFail('no')),
);

test('any split of the bytes gives the same messages', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 }), (messages, cuts) => {
      const bytes = Buffer.concat(messages);
      expect(joined(readAll(split(bytes, cuts)))).toEqual(joined(readAll([bytes])));
    }),
  );
});

test('messages that were handed out do not change while later ones arrive', () => {
  const bytes = Buffer.concat(Array.from({ length: 200 }, (_, index) => build.query(`select ${index}`)));
  const events = readAll(
    split(
      bytes,
      Array.from({ length: 500 }, (_, index) => index * 7),
    ),
  );
  expect(Buffer.concat(events.map((event) => (event.kind === 'message' ? event.bytes : Buffer.alloc(0))))).toEqual(
    bytes,
  );
});

test('garbage never throws untyped and never hangs', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), fc.constantFrom(rules, serverRules), (chunks, under) => {
      try {
        readAll(
          chunks.map((chunk) => Buffer.from(chunk)),
          under,
        );
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(PostgresWireError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a statement over its bound is skipped without being kept, and the next message is read', () => {
  const reader = new FrameReader(rules);
  const long = build.query('x'.repeat(5_000));
  reader.push(long.subarray(0, 100));
  expect(reader.next()).toEqual({ kind: 'skipped', type: Frontend.Query, length: 5_005 });
  expect(reader.next()).toBeUndefined();
  for (let at = 100; at < long.length; at += 100) {
    reader.push(long.subarray(at, at + 100));
    expect(reader.next()).toBeUndefined();
    expect(reader.buffered).toBe(0);
  }
  reader.push(build.sync());
  expect(reader.next()).toMatchObject({ kind: 'message', type: Frontend.Sync });
});

test.each([
  ['a length below four', Buffer.of(0x51, 0, 0, 0, 3), 'FRAME_MALFORMED'],
  ['a negative length', Buffer.of(0x51, 0xff, 0xff, 0xff, 0xff), 'FRAME_MALFORMED'],
  ['a length over a gigabyte', Buffer.of(0x51, 0x40, 0, 0, 0), 'FRAME_TOO_LONG'],
  ['an unknown letter', Buffer.of(0x7a, 0, 0, 0, 4), 'FRAME_MALFORMED'],
  ['a long Sync', Buffer.of(0x53, 0, 1, 0, 0), 'FRAME_TOO_LONG'],
  [
    'a long message inside CopyData',
    Buffer.concat([build.copyData(Buffer.of(1)), Buffer.of(0x64, 0x7f, 0, 0, 0)]),
    'FRAME_TOO_LONG',
  ],
])('%s ends the stream', (_, bytes, code) => {
  expect(() => readAll([bytes])).toThrow(expect.objectContaining({ code }));
});
