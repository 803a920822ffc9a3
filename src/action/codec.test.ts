import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyAction } from '../../test/support/any-action.js';
import type { Action } from './action.js';
import { digestOf } from './canonical.js';
import { CodecError, decodeAction, encodeAction } from './codec.js';

const SQL = { kind: 'sql', statements: [{ text: 'select $1', parameters: [{ typeOid: 17, format: 1, value: null }] }] };
const HTTP = {
  kind: 'http',
  method: 'POST',
  url: 'https://example.com/',
  headers: [['a', 'b']],
  body: { base64: 'AP8=' },
  credential: { kind: 'placeholder', id: 'ph_1', environment: 'staging' },
};

test('any action of any kind comes back from JSON as it was, and with the same digest', () => {
  fc.assert(
    fc.property(anyAction, (action) => {
      const back = decodeAction(JSON.parse(JSON.stringify(encodeAction(action))));
      expect(digestOf(back)).toBe(digestOf(action));
      expect(digestOf(encodeAction(action))).toBe(digestOf(action));
    }),
    { numRuns: 300 },
  );
});

test('bytes come back as bytes', () => {
  const action = decodeAction(HTTP);
  expect(action.kind === 'http' && [...action.body]).toEqual([0, 255]);
});

test('a key __proto__ in the arguments of a tool is kept: what is dropped is not shown to the person who approves', () => {
  const call = JSON.parse(
    '{"kind":"tool","server":"s","name":"n","arguments":{"__proto__":{"force":true},"a":[{"__proto__":1}]}}',
  );
  const action = decodeAction(call);
  expect(JSON.stringify(encodeAction(action))).toBe(JSON.stringify(call));
});

describe('refused, and said where', () => {
  test.each<[string, unknown, RegExp]>([
    ['an unknown field', { kind: 'shell', text: 'ls', sudo: true }, /sudo/],
    ['an unknown field deep inside', { ...SQL, statements: [{ text: '', parameters: [], also: 1 }] }, /statements\.0/],
    ['an unknown field of a credential', { ...HTTP, credential: { kind: 'none', id: 'x' } }, /credential/],
    ['an unknown field beside the bytes', { ...HTTP, body: { base64: '', more: '' } }, /body/],
    ['a key __proto__', JSON.parse('{"kind":"shell","text":"ls","__proto__":{}}'), /__proto__/],
    ['a missing kind', { text: 'ls' }, /kind/],
    ['an unknown kind', { kind: 'email', text: 'ls' }, /kind/],
    ['a missing field', { kind: 'shell' }, /text/],
    ['a wrong type', { kind: 'shell', text: 7 }, /text/],
    ['null for an absent field', { kind: 'shell', text: 'ls', cwd: null }, /cwd/],
    ['base 64 that is none', { ...HTTP, body: { base64: '*' } }, /body/],
    ['a header of three parts', { ...HTTP, headers: [['a', 'b', 'c']] }, /headers\.0/],
    [
      'a fraction for a type',
      { ...SQL, statements: [{ text: '', parameters: [{ typeOid: 1.5, format: 0, value: null }] }] },
      /typeOid/,
    ],
    ['a list for arguments', { kind: 'tool', server: 's', name: 'n', arguments: [] }, /arguments/],
    ['null', null, /not an action/],
    ['a text', 'drop table users', /not an action/],
    ['a list', [], /not an action/],
  ])('%s', (_name, value, message) => {
    expect(() => decodeAction(value)).toThrow(CodecError);
    expect(() => decodeAction(value)).toThrow(message);
  });

  test.each([
    ['NaN among arguments', { a: Number.NaN }],
    ['a function among arguments', { a: () => 1 }],
    ['a date among arguments', { a: new Date(0) }],
    ['undefined among arguments', { a: undefined }],
  ])('%s', (_name, given) => {
    const action = { kind: 'tool', server: 's', name: 'n', arguments: given } as unknown as Action; // What types forbid.
    expect(() => encodeAction(action)).toThrow(CodecError);
  });
});

test('whatever JSON it is given, it decodes or throws its own error', () => {
  const nested = fc.oneof(
    fc.jsonValue(),
    fc.record({
      kind: fc.constantFrom('shell', 'sql', 'http', 'tool'),
      text: fc.jsonValue(),
      statements: fc.jsonValue(),
    }),
  );
  fc.assert(
    fc.property(nested, (value) => {
      try {
        decodeAction(value);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
  );
});

test('arguments that are nested very deeply, or contain themselves, neither hang nor overflow', () => {
  const deep = JSON.parse(`${'['.repeat(5_000)}1${']'.repeat(5_000)}`);
  expect(decodeAction({ kind: 'completion', model: 'm', request: { deep } }).kind).toBe('completion');
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  expect(decodeAction({ kind: 'completion', model: 'm', request: loop }).kind).toBe('completion');
  expect(() => digestOf(loop)).toThrow();
});
