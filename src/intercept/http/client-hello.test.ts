import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readClientHello } from './client-hello.js';

/** The first bytes that Node's own TLS client sends. */
async function helloFor(servername: string | undefined): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  const client = connect({
    host: '127.0.0.1',
    port: address.port,
    ...(servername === undefined ? {} : { servername }),
  });
  client.on('error', () => client.destroy());
  const [socket] = await once(server, 'connection');
  const [chunk] = await once(socket, 'data');
  client.destroy();
  server.close();
  return chunk;
}

test('the server name of a real handshake is read, whole or in any two pieces', async () => {
  const hello = await helloFor('API.example.com');
  expect(readClientHello(hello)).toEqual({ kind: 'tls', serverName: 'api.example.com' });
  for (let at = 0; at < hello.length; at += 1) {
    expect(readClientHello(hello.subarray(0, at))).toEqual({ kind: 'more' });
  }
});

test('a handshake that is cut into several records is put together', async () => {
  const hello = await helloFor('api.example.com');
  const body = hello.subarray(5);
  const record = (part: Buffer) => Buffer.concat([Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part]);
  const cut = Buffer.concat([record(body.subarray(0, 3)), record(body.subarray(3, 70)), record(body.subarray(70))]);
  expect(readClientHello(cut)).toEqual({ kind: 'tls', serverName: 'api.example.com' });
});

test('a handshake without a name has none, and what is no handshake is told apart', async () => {
  expect(readClientHello(await helloFor(undefined))).toEqual({ kind: 'tls', serverName: undefined });
  expect(readClientHello(Buffer.from('GET / HTTP/1.1\r\n'))).toEqual({ kind: 'not-tls' });
  expect(readClientHello(Buffer.from('SSH-2.0-x'))).toEqual({ kind: 'not-tls' });
});

test('any bytes are read without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, framed) => {
      const data = Buffer.from(bytes);
      const record = Buffer.concat([Buffer.from([22, 3, 1, data.length >> 8, data.length & 255, 1, 0, 0, 60]), data]);
      expect(['more', 'not-tls', 'tls']).toContain(readClientHello(framed ? record : data).kind);
    }),
  );
});
