import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CutLimits, toCutJson, WHOLE } from './cut.js';

const LIMITS: readonly CutLimits[] = [WHOLE, { text: 4, items: 2 }, { text: 64, items: 8 }];

/** Bytes beside it make the whole be copied. */
function copied(value: unknown, limits: CutLimits): string {
  return JSON.stringify(toCutJson([value, new Uint8Array()], { ...limits, items: Math.max(2, limits.items) }));
}

test('what needs no cut is the same JSON as its copy', () => {
  const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true, withDate: true });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), anything), fc.constantFrom(...LIMITS), (value, limits) => {
      expect(JSON.stringify([toCutJson(value, limits), { base64: '' }])).toBe(copied(value, limits));
    }),
  );
});

test('a credential in a header is cut out of a value that needs no other cut', () => {
  expect(toCutJson({ headers: [['Authorization', 'Bearer x']] }, WHOLE)).toEqual({
    headers: [['Authorization', '[redacted]']],
  });
});
