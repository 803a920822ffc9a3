import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PostgresResource } from '#intercept/postgres/options';
import {
  authenticationOk,
  authenticationSasl,
  authenticationSaslContinue,
  errorResponse,
  readyForQuery,
  sslRequest,
} from '#wire/postgres/build';
import { createServerCertificate, type ServerCertificate } from '../../demo/throwaway-ca.js';
import { Rig, type RigOptions } from './postgres-door-rig.js';

const REAL_PASSWORD = 'the-real-password';

let certificate: ServerCertificate;
let rig: Rig;
const open: { close: () => unknown }[] = [];

/** A server that asks for the password in cleartext, over TLS or not. */
beforeAll(async () => {
  certificate = await createServerCertificate(['127.0.0.1', 'localhost']);
  const server = { hbaMethod: 'password', tls: certificate, superuserPassword: REAL_PASSWORD } as const;
  rig = await Rig.start({ server });
});

afterAll(() => rig.stop());

afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

/** Another door to the same server. */
async function door(upstream: Partial<PostgresResource['upstream']>, options: RigOptions = {}): Promise<Rig> {
  const other = Rig.beside(rig, { ...options, upstream });
  open.push({ close: () => other.door.close() });
  await other.door.listen({ host: '127.0.0.1', port: 0 });
  return other;
}

/** A server that says what a test makes it say, and remembers what it was sent. */
async function impostor(
  answer: (socket: Socket, received: Buffer) => void,
): Promise<{ port: number; received: () => Buffer }> {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      answer(socket, chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return { port: address.port, received: () => Buffer.concat(chunks) };
}

test('verify-full with the right authority connects, and may give a password in cleartext', async () => {
  const { port, host } = rig.server;
  const verified = await door({ host, port, tls: { mode: 'verify-full', ca: certificate.caPem } });
  const client = await verified.client();
  expect((await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')).rows).toEqual([
    { ssl: true },
  ]);
  await client.end();
});

test('a cancel request goes upstream over TLS as well', async () => {
  const verified = await door({ tls: { mode: 'verify-full', ca: certificate.caPem } });
  const sleeping = await verified.client();
  const slept = sleeping.query('select pg_sleep(30)').catch((error) => error);
  await expect
    .poll(() => rig.truth("select count(*)::int from pg_stat_activity where query = 'select pg_sleep(30)'"))
    .toBe(1);
  await verified.cancel(sleeping);
  expect(await slept).toMatchObject({ code: '57014' });
  await sleeping.end();
});

test.each([
  ['an untrusted authority', 'verify-full', undefined],
  ['an untrusted authority when one is given', 'require', 'other'],
] as const)('%s is a clear error, and nothing is sent', async (_, mode, ca) => {
  const other = ca === 'other' ? (await createServerCertificate(['127.0.0.1'])).caPem : undefined;
  const untrusting = await door({ tls: { mode, ca: other } });
  await expect(untrusting.client()).rejects.toMatchObject({
    severity: 'FATAL',
    code: '08004',
    message: expect.stringContaining('is not trusted'),
    hint: expect.stringContaining('no credential was sent'),
  });
  expect(untrusting.reports).toMatchObject([{ act: 'connection-refused', subject: 'orders-db', ok: false }]);
});

test('a certificate for another host is not trusted by verify-full', async () => {
  const elsewhere = await createServerCertificate(['db.example.com']);
  const own = await Rig.start({
    server: { tls: elsewhere },
    upstream: { tls: { mode: 'verify-full', ca: elsewhere.caPem } },
  });
  await expect(own.client()).rejects.toMatchObject({ message: expect.stringContaining('is not trusted') });
  await own.stop();
});

test.each(['disable', 'require'] as const)(
  'the real password is never sent in cleartext, but over TLS whose certificate and name were checked (%s)',
  async (mode) => {
    const unverified = await door({ tls: { mode } });
    await expect(unverified.client()).rejects.toMatchObject({ message: expect.stringContaining('cleartext') });
  },
);

test('a server without TLS, or with bytes behind its answer, is refused', async () => {
  for (const answer of ['N', 'SE']) {
    const { port, received } = await impostor((socket) => socket.write(answer));
    const refused = await door({ host: '127.0.0.1', port, tls: { mode: 'require' } });
    await expect(refused.client()).rejects.toMatchObject({ message: expect.stringContaining('does not offer TLS') });
    expect(received()).toEqual(sslRequest());
  }
});

const md5 = Buffer.from([0x52, 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4]);
const kerberos = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 2]);

test.each([
  ['asks for md5', [md5], 'md5'],
  ['asks for Kerberos', [kerberos], 'authentication method 2'],
  ['offers no SCRAM-SHA-256', [authenticationSasl(['SCRAM-SHA-1'])], 'no SCRAM-SHA-256'],
  ['is ready before it authenticated', [readyForQuery('I')], 'before it authenticated'],
  [
    'breaks off SCRAM',
    [authenticationSasl(['SCRAM-SHA-256']), authenticationSaslContinue('r=x,s=c2FsdA==,i=4096')],
    'nonce',
  ],
  ['talks garbage', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 'did not let Firebreak in'],
  ['is full', [errorResponse({ severity: 'FATAL', code: '53300', message: 'too many clients' })], 'too many clients'],
  ['closes', [], 'did not let Firebreak in'],
] as const)('a server that %s is refused in words, and the password stays here', async (_, answers, word) => {
  let step = 0;
  const { port, received } = await impostor((socket) => {
    const answer = answers[step];
    step += 1;
    if (answer === undefined) socket.destroy();
    else socket.write(answer);
  });
  const refused = await door({ host: '127.0.0.1', port });
  await expect(refused.client()).rejects.toMatchObject({ severity: 'FATAL', message: expect.stringContaining(word) });
  expect(received().toString('latin1')).not.toContain(REAL_PASSWORD);
  expect(JSON.stringify(refused.reports)).not.toContain(REAL_PASSWORD);
});

test('a server that lets in without SCRAM proof after it began one is refused', async () => {
  const { port } = await impostor((socket, received) => {
    if (received[0] !== 0x70) return void socket.write(authenticationSasl(['SCRAM-SHA-256']));
    const nonce = /r=([^,]+)/.exec(received.toString('latin1'))?.[1];
    if (!received.includes('p=')) socket.write(authenticationSaslContinue(`r=${nonce}x,s=c2FsdA==,i=16`));
    else socket.write(Buffer.concat([authenticationOk(), readyForQuery('I')]));
  });
  const refused = await door({ host: '127.0.0.1', port });
  await expect(refused.client()).rejects.toMatchObject({ message: expect.stringContaining('broke off the SCRAM') });
});

test('a server that hangs, or that nobody runs, is not waited for longer than configured', async () => {
  const { port } = await impostor(() => {});
  for (const tls of [{ mode: 'disable' }, { mode: 'require' }] as const) {
    const hanging = await door({ host: '127.0.0.1', port, tls }, { timeouts: { upstreamMs: 150 } });
    const began = Date.now();
    await expect(hanging.client()).rejects.toMatchObject({ severity: 'FATAL' });
    expect(Date.now() - began).toBeLessThan(5_000);
  }
  const nowhere = await door({ host: '127.0.0.1', port: 1 });
  await expect(nowhere.client()).rejects.toMatchObject({
    code: '08006',
    message: expect.stringContaining('cannot be reached'),
  });
});

test('a wrong real password is told without the server\u2019s own words, and without the password', async () => {
  const wrong = await door({ tls: { mode: 'verify-full', ca: certificate.caPem } }, { password: 'not-the-password' });
  const refused = await wrong.client().catch((error) => error);
  expect(refused).toMatchObject({
    severity: 'FATAL',
    message: expect.stringContaining('does not accept the credential'),
  });
  expect(JSON.stringify([refused, wrong.reports])).not.toContain('not-the-password');
});

test('a server that dies in the middle of its start-up, or answers to nothing later, ends the connection', async () => {
  const { port } = await impostor((socket, received) => {
    if (received[0] === 0) socket.write(Buffer.concat([authenticationOk(), readyForQuery('I')]));
    else socket.write(Buffer.from([0x31, 0, 0, 0, 4]));
  });
  const odd = await door({ host: '127.0.0.1', port });
  const client = await odd.client();
  await expect(client.query('select 1')).rejects.toMatchObject({ severity: 'FATAL', code: '08006' });
  expect(odd.pipeline.unknown).toHaveLength(1);
});

test('an agent may use TLS, and is told that there is none where none is configured', async () => {
  const secure = await door(
    { tls: { mode: 'verify-full', ca: certificate.caPem } },
    { tls: { key: certificate.keyPem, cert: certificate.certPem } },
  );
  const client = await secure.client({ ssl: { ca: certificate.caPem, servername: 'localhost' } });
  expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  await client.end();
  const plain = await door({ tls: { mode: 'verify-full', ca: certificate.caPem } });
  await expect(plain.client({ ssl: { ca: certificate.caPem } })).rejects.toThrow('does not support SSL');
});

test('garbage in place of a TLS handshake ends the connection only', async () => {
  const secure = await door(
    { tls: { mode: 'verify-full', ca: certificate.caPem } },
    { tls: { key: certificate.keyPem, cert: certificate.certPem } },
  );
  const client = await secure.raw();
  client.socket.removeAllListeners('data');
  client.socket.resume();
  client.send(sslRequest());
  await once(client.socket, 'data');
  client.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await client.ended();
  const after = await secure.client();
  await after.end();
});
