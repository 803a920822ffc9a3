import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { parse as oracle, serialize } from 'pg-protocol';
import { expect, test } from 'vitest';
import * as build from './build.js';
import { decodeBind, decodeExecute, decodeParse, decodeQuery, decodeTarget } from './client-messages.js';
import { PostgresWireError } from './errors.js';
import { decodeAuthentication, decodeDataRows, decodeParameterStatus, decodeReport } from './server-messages.js';
import { StartupReader } from './startup-packet.js';

/** What node-postgres' own parser understands of bytes that we built. */
async function understood(...messages: Buffer[]): Promise<{ readonly name: string }[]> {
  const stream = new PassThrough();
  const found: { readonly name: string }[] = [];
  const done = oracle(stream, (message) => found.push(message));
  stream.end(Buffer.concat(messages));
  await done;
  return found;
}

const plain = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));

test('pg-protocol understands what we send to clients', async () => {
  const [error, notice, ready, ok, sasl, more, final, status, key] = await understood(
    build.errorResponse({
      severity: 'ERROR',
      code: '42501',
      message: 'held',
      detail: 'detail',
      hint: 'hint',
      position: '7',
      internalPosition: '8',
      internalQuery: 'select',
      where: 'where',
      schema: 's',
      table: 't',
      column: 'c',
      dataType: 'd',
      constraint: 'n',
      file: 'f',
      line: '1',
      routine: 'r',
    }),
    build.noticeResponse({ severity: 'NOTICE', code: '00000', message: 'a\0b' }),
    build.readyForQuery('E'),
    build.authenticationOk(),
    build.authenticationSasl(['SCRAM-SHA-256']),
    build.authenticationSaslContinue('r=x'),
    build.authenticationSaslFinal('v=x'),
    build.parameterStatus('TimeZone', 'UTC'),
    build.backendKeyData({ processId: 42, secret: Buffer.of(0, 0, 0, 7) }),
  );
  expect(error).toMatchObject({
    name: 'error',
    severity: 'ERROR',
    code: '42501',
    message: 'held',
    detail: 'detail',
    hint: 'hint',
    position: '7',
    internalPosition: '8',
    internalQuery: 'select',
    where: 'where',
    schema: 's',
    table: 't',
    column: 'c',
    dataType: 'd',
    constraint: 'n',
    file: 'f',
    line: '1',
    routine: 'r',
  });
  expect(notice).toMatchObject({ name: 'notice', message: 'a\ufffdb' });
  expect(ready).toMatchObject({ name: 'readyForQuery', status: 'E' });
  expect(ok).toMatchObject({ name: 'authenticationOk' });
  expect(sasl).toMatchObject({ name: 'authenticationSASL', mechanisms: ['SCRAM-SHA-256'] });
  expect(more).toMatchObject({ name: 'authenticationSASLContinue', data: 'r=x' });
  expect(final).toMatchObject({ name: 'authenticationSASLFinal', data: 'v=x' });
  expect(status).toMatchObject({ parameterName: 'TimeZone', parameterValue: 'UTC' });
  expect(key).toMatchObject({ processID: 42, secretKey: 7 });
});

test('we understand what pg-protocol sends, and build the same bytes', () => {
  fc.assert(
    fc.property(plain, plain, fc.array(fc.option(plain)), (name, text, values) => {
      expect(decodeQuery(serialize.query(text))).toBe(text);
      expect(build.query(text)).toEqual(serialize.query(text));
      const parsed = serialize.parse({ name, text, types: [23, 25] });
      expect(decodeParse(parsed)).toEqual({ statement: name, text, typeOids: [23, 25] });
      expect(build.parse(name, text, [23, 25])).toEqual(parsed);
      const bound = serialize.bind({ portal: 'p', statement: name, values });
      expect(decodeBind(bound)).toEqual({
        portal: 'p',
        statement: name,
        formats: values.map(() => 0),
        values: values.map((value) => (value === null ? null : Buffer.from(value))),
      });
      expect(decodeBind(build.bind('p', name, values))).toEqual(decodeBind(bound));
      expect(decodeExecute(serialize.execute({ portal: name, rows: 9 }))).toEqual({ portal: name, maxRows: 9 });
      expect(decodeTarget(serialize.describe({ type: 'S', name }))).toEqual({ kind: 'statement', name });
      expect(decodeTarget(serialize.close({ type: 'P', name }))).toEqual({ kind: 'portal', name });
    }),
  );
});

test('a start-up packet in any pieces is the same, whoever built it', () => {
  const bytes = serialize.startup({ user: 'u', database: 'd' });
  const reader = new StartupReader();
  for (const byte of bytes.subarray(0, -1)) {
    reader.push(Buffer.of(byte));
    expect(reader.next()).toBeUndefined();
  }
  reader.push(bytes.subarray(-1));
  expect(reader.next()).toEqual({
    kind: 'startup',
    major: 3,
    minor: 0,
    parameters: [
      ['user', 'u'],
      ['database', 'd'],
      ['client_encoding', 'UTF8'],
    ],
  });
  reader.push(
    Buffer.concat([build.sslRequest(), build.cancelRequest({ processId: 1, secret: Buffer.of(1, 2, 3, 4) })]),
  );
  expect(reader.next()).toEqual({ kind: 'ssl-request' });
  expect(reader.buffered).toBe(16);
  expect(reader.next()).toEqual({
    kind: 'cancel-request',
    key: { processId: 1, secret: Buffer.of(1, 2, 3, 4) },
  });
});

test('a text behind a NUL, a text that is not UTF-8 and a missing end are refused', () => {
  const hidden = Buffer.from('Q\0\0\0\0select 1\0; drop table users\0');
  hidden.writeInt32BE(hidden.length - 1, 1);
  expect(() => decodeQuery(hidden)).toThrow('behind its end');
  expect(() => decodeQuery(Buffer.from([0x51, 0, 0, 0, 6, 0xff, 0]))).toThrow(
    expect.objectContaining({ code: 'TEXT_NOT_UTF8' }),
  );
  expect(() => decodeQuery(Buffer.from([0x51, 0, 0, 0, 5, 0x41]))).toThrow('without an end');
  expect(() => build.query('a\0b')).toThrow('NUL');
});

test('decoders never throw untyped, whatever the body', () => {
  const decoders = [
    decodeQuery,
    decodeParse,
    decodeBind,
    decodeExecute,
    decodeTarget,
    decodeReport,
    decodeDataRows,
    decodeAuthentication,
    decodeParameterStatus,
    (bytes: Buffer) => {
      const reader = new StartupReader();
      reader.push(bytes);
      reader.next();
    },
  ];
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 5, maxLength: 80 }), fc.constantFrom(...decoders), (body, decode) => {
      try {
        decode(Buffer.from(body));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(PostgresWireError);
      }
    }),
    { numRuns: 1_000 },
  );
});
