import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PostgresWireError } from './errors.js';
import { saslPrepare } from './saslprep.js';
import { scramKeys } from './scram.js';
import { clientFinal, clientFirst, verifyServerFinal } from './scram-client.js';
import { readClientFirst, recognise, serverFirst } from './scram-server.js';

const few = 16;

test('the example of RFC 7677, section 3, is recognised and answered as printed there', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  const first = readClientFirst(Buffer.from('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'));
  const challenge = serverFirst(first, '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0', salt, 4096);
  expect(challenge).toBe('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096');
  const clientFinalMessage = Buffer.from(
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  );
  const candidates = ['paper', 'pencil'].map((password) => ({ password, scram: scramKeys(password, salt, 4096) }));
  const found = recognise({ clientFirst: first, serverFirst: challenge, clientFinal: clientFinalMessage }, candidates);
  expect(found?.candidate.password).toBe('pencil');
  expect(found?.serverFinal).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('our client and our server agree on every password, and the proof tells which of many it is', () => {
  const candidates = ['one', 'two', 'pässwörd', 'I\u00adX', '\u2168', 'e\u0301'].map((name) => ({
    name,
    scram: scramKeys(name, Buffer.from('salt'), few),
  }));
  for (const { name } of candidates) {
    const first = readClientFirst(Buffer.from(clientFirst('abc')));
    const challenge = serverFirst(first, 'def', Buffer.from('salt'), few);
    const final = clientFinal(name, 'abc', Buffer.from(challenge));
    const found = recognise(
      { clientFirst: first, serverFirst: challenge, clientFinal: Buffer.from(final.message) },
      candidates,
    );
    expect(found && saslPrepare(found.candidate.name)).toBe(saslPrepare(name));
    verifyServerFinal(final, Buffer.from(found?.serverFinal ?? ''));
  }
});

test('an unknown password is nobody, and a server that does not know the password is found out', () => {
  const first = readClientFirst(Buffer.from(clientFirst('abc')));
  const challenge = serverFirst(first, 'def', Buffer.from('salt'), few);
  const final = clientFinal('wrong', 'abc', Buffer.from(challenge));
  const candidates = [{ scram: scramKeys('right', Buffer.from('salt'), few) }];
  const exchange = { clientFirst: first, serverFirst: challenge, clientFinal: Buffer.from(final.message) };
  expect(recognise(exchange, candidates)).toBeUndefined();
  expect(() => verifyServerFinal(final, Buffer.from(`v=${Buffer.alloc(32).toString('base64')}`))).toThrow(
    'did not prove',
  );
});

test('a changed nonce, a changed binding, an extension, a short nonce and a huge count are refused', () => {
  const first = readClientFirst(Buffer.from('y,,n=,r=abc'));
  const challenge = serverFirst(first, 'def', Buffer.from('salt'), few);
  const proof = Buffer.alloc(32).toString('base64');
  const finalOf = (text: string) => () =>
    recognise({ clientFirst: first, serverFirst: challenge, clientFinal: Buffer.from(text) }, []);
  expect(finalOf(`c=eSws,r=abcdef,p=${proof}`)()).toBeUndefined();
  expect(finalOf(`c=biws,r=abcdef,p=${proof}`)).toThrow('channel binding changed');
  expect(finalOf(`c=eSws,r=abcdeg,p=${proof}`)).toThrow('nonce changed');
  expect(finalOf('c=eSws,r=abcdef')).toThrow('lacks its proof');
  expect(finalOf('c=eSws,r=abcdef,p=AAAA')).toThrow('32 bytes');
  expect(() => readClientFirst(Buffer.from('n,,m=x,n=,r=abc'))).toThrow('lacks user or nonce');
  expect(() => readClientFirst(Buffer.from('p=tls-unique,,n=,r=abc'))).toThrow('not offered');
  const s = Buffer.from('salt').toString('base64');
  expect(() => clientFinal('x', 'abc', Buffer.from(`r=abc,s=${s},i=4096`))).toThrow('reused our nonce');
  expect(() => clientFinal('x', 'abc', Buffer.from(`r=abcd,s=${s},i=99999999`))).toThrow('iterations');
  expect(() => clientFinal('x', 'abc', Buffer.from(`r=abcd,s=${s},i=-1`))).toThrow('iterations');
});

test('garbage in place of a SCRAM message never throws untyped', () => {
  const first = readClientFirst(Buffer.from('n,,n=,r=abc'));
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(anything, (data) => {
      for (const read of [
        () => readClientFirst(data),
        () => recognise({ clientFirst: first, serverFirst: 'r=abcd,s=,i=1', clientFinal: data }, []),
        () => clientFinal('x', 'abc', data),
        () => verifyServerFinal({ message: '', serverSignature: Buffer.alloc(32) }, data),
      ]) {
        try {
          read();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(PostgresWireError);
        }
      }
    }),
  );
});
