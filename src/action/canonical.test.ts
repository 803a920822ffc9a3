import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '#base/secret';
import { anyJsonObject } from '../../test/support/any-action.js';
import { canonicalForm, digestOf } from './canonical.js';

/** The same value with the properties of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)]));
}

describe('RFC 8785', () => {
  test('the example of section 3.2.4', () => {
    const example = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(Buffer.from(canonicalForm(example)).toString('hex')).toBe(
      '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333' +
        '332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d',
    );
  });

  test('properties are sorted by the UTF-16 units of their names (section 3.2.3)', () => {
    const example = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalForm(example)) as object).slice(1)).toEqual([
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
    expect(canonicalForm(example).startsWith('{"\\r":"Carriage Return","1":"One"')).toBe(true);
  });

  // Appendix B: the IEEE 754 double in hexadecimal, and its form.
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('the number %s is written %s', (bits, form) => {
    expect(canonicalForm(Buffer.from(bits, 'hex').readDoubleBE())).toBe(form);
  });

  test('only the escapes of section 3.2.2.2 are used', () => {
    expect(canonicalForm('\b\t\n\f\r"\\/\u0000\u001f\u007f\u2028é\u{1f600}')).toBe(
      '"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\u007f\u2028é\u{1f600}"',
    );
  });
});

test('equal values have equal digests whatever the order of their keys', () => {
  fc.assert(
    fc.property(anyJsonObject, (value) => {
      expect(digestOf(reversed(value))).toBe(digestOf(value));
      expect(digestOf(JSON.parse(canonicalForm(value)))).toBe(digestOf(value));
    }),
  );
});

test('values that differ as JSON have different digests, and only they', () => {
  /** The same tree with the properties of every object as a sorted list, and told from a list. */
  function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return ['list', ...value.map(sorted)];
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, sorted(item)]);
    return ['object', ...entries.sort(([a], [b]) => (a < b ? -1 : 1))];
  }
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      // JSON.stringify writes -0 as 0, as the canonical form does.
      const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
      expect(digestOf(a) === digestOf(b)).toBe(same);
    }),
  );
});

test('a digest is sha256: and 64 hexadecimal digits over the UTF-8 of the form', () => {
  expect(digestOf({})).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});

test('bytes are written in base 64, and a Buffer as any other bytes', () => {
  expect(canonicalForm({ body: new Uint8Array([0, 255, 16]) })).toBe('{"body":{"base64":"AP8Q"}}');
  expect(canonicalForm(Buffer.from('AP8Q', 'base64'))).toBe('{"base64":"AP8Q"}');
  expect(canonicalForm(new Uint8Array())).toBe('{"base64":""}');
});

test('a property that is undefined is absent; in a list it is null, and so is a hole', () => {
  expect(canonicalForm({ a: undefined, b: 1 })).toBe('{"b":1}');
  expect(canonicalForm([undefined, 1])).toBe('[null,1]');
  const holes: unknown[] = [];
  holes[1] = 1;
  expect(canonicalForm(holes)).toBe('[null,1]');
});

test('a key __proto__ is a key like any other', () => {
  expect(canonicalForm(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
});

describe('what JSON cannot carry has no canonical form', () => {
  test.each([
    ['NaN', Number.NaN],
    ['infinity', Number.NEGATIVE_INFINITY],
    ['a lone high surrogate', 'a\ud800'],
    ['a lone low surrogate', '\udc00a'],
    ['a lone surrogate in a key', { 'a\ud800': 1 }],
    ['a big integer', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['nothing', undefined],
    // Each of these would be `{}`, so that any two of them would share a digest.
    ['a date', new Date(0)],
    ['a map', new Map([['a', 1]])],
    ['a secret', new Secret('hunter2')],
    ['an error', new Error('x')],
  ])('%s', (_name, value) => {
    expect(() => canonicalForm(value)).toThrow(TypeError);
    if (value !== undefined) expect(() => canonicalForm({ deep: [value] })).toThrow(TypeError);
  });
});
