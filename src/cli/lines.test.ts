import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOf } from './lines.js';

async function read(chunks: readonly (Buffer | string)[], most = 100): Promise<(string | undefined)[]> {
  const found = [];
  for await (const line of linesOf(from(chunks), most)) found.push(line?.toString('latin1'));
  return found;
}

async function* from(chunks: readonly (Buffer | string)[]) {
  yield* chunks;
}

describe('lines', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\n\n', ['a', '']],
    ['\na', ['', 'a']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\rb\n', ['a\rb']],
    ['\r\n', ['']],
  ])('%j', async (text, lines) => {
    expect(await read([text])).toEqual(lines);
  });

  test('a line separator of Unicode is part of its line', async () => {
    expect(await read(['{"a":"\u2028"}\n{}'])).toHaveLength(2);
  });

  test('a line over the limit is told, and those around it are whole', async () => {
    const long = 'x'.repeat(101);
    expect(await read([`a\n${long}\nb`])).toEqual(['a', undefined, 'b']);
    expect(await read(['a\n', ...Array.from(long), '\nb'])).toEqual(['a', undefined, 'b']);
    expect(await read(['y'.repeat(1000)])).toEqual([undefined]);
    expect(await read([`${'x'.repeat(100)}\r\n`])).toEqual(['x'.repeat(100)]);
  });

  test('any split of the bytes gives the same lines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n'), maxLength: 60 }),
        fc.array(fc.nat(60)),
        async (text, cuts) => {
          const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
          const chunks = places.slice(1).map((place, index) => text.slice(places[index], place));
          expect(await read(chunks, 5)).toEqual(await read([text], 5));
        },
      ),
    );
  });
});
