import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import {
  closeAll,
  connectThrough,
  exchangeRaw,
  HOST,
  portOf,
  STAGING,
  startHttps,
  startRig,
  tlsThrough,
} from './http-door-rig.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await closeAll();
});

test('the Host header, the TLS server name and CONNECT must agree, or the answer is 421', async () => {
  const rig = await startRig();
  const wrongHost = await exchangeRaw(await tlsThrough(rig), 'GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n');
  expect(wrongHost).toMatch(/^HTTP\/1\.1 421 /);
  const wrongName = await tlsThrough(rig, { servername: 'evil.test' });
  expect(await exchangeRaw(wrongName, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 421 /);
  expect([rig.arrived, rig.submissions]).toEqual([[], []]);
});

const HEAD = `POST /a HTTP/1.1\r\nHost: ${HOST}\r\n`;
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: api.test\r\n\r\n';

test.each([
  ['both lengths', `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  [
    'both lengths, the other way round',
    `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  ['two different lengths', `${HEAD}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${SMUGGLED}`],
  ['a length twice over', `${HEAD}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
  ['a list of lengths', `${HEAD}Content-Length: 0, 0\r\n\r\n`],
  ['an unknown transfer coding', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['a coding before chunked', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['a space before the colon', `${HEAD}Content-Length : 5\r\n\r\nhello`],
  ['a bare line feed', `POST /a HTTP/1.1\nHost: ${HOST}\nContent-Length: 0\n\n`],
  ['two hosts', `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nHost: evil.test\r\nContent-Length: 0\r\n\r\n`],
  ['no host', 'POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
  ['an address in the request line', `POST https://evil.test/ HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 0\r\n\r\n`],
  ['a WebSocket', `GET /a HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
  ['a bad chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`],
  ['garbage', '\x00\x01\x02\x03 what\r\n\r\n'],
])('%s is refused and nothing is submitted', async (_name, bytes) => {
  const rig = await startRig();
  const reply = await exchangeRaw(await tlsThrough(rig), bytes);
  expect(reply).toMatch(/^HTTP\/1\.1 (400|501) /);
  expect(reply.match(/HTTP\/1\.1 \d/g)?.length).toBe(1);
  expect([rig.arrived, rig.submissions]).toEqual([[], []]);
});

test('a truncated request is not submitted', async () => {
  const rig = await startRig();
  const socket = await tlsThrough(rig);
  socket.write(`${HEAD}Content-Length: 10\r\n\r\nhello`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([rig.arrived, rig.submissions]).toEqual([[], []]);
});

test('a client that dawdles over its handshake, its head, its body or its next request is cut off', async () => {
  const rig = await startRig({ door: { timeouts: { request: 300, handshake: 300 } } });
  const { socket } = await connectThrough(rig.port, `${HOST}:443`);
  await once(socket, 'close');
  for (const bytes of ['GET / HT', `${HEAD}Content-Length: 10\r\n\r\nhel`]) {
    const slow = await tlsThrough(rig);
    slow.write(bytes);
    await once(slow, 'close');
  }
  const kept = await tlsThrough(rig);
  kept.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  await once(kept, 'data');
  await once(kept, 'close');
  expect(rig.submissions.length).toBe(1);
});

test('a long hold outlives the time that a request may take to arrive', async () => {
  const decide = () => new Promise<'run'>((resolve) => setTimeout(resolve, 900, 'run'));
  const rig = await startRig({ decide, door: { timeouts: { request: 200 } } });
  expect((await request(`https://${HOST}/`, { dispatcher: rig.agent })).statusCode).toBe(200);
});

test('an upstream with an untrusted certificate gets nothing, and the client is told', async () => {
  const rig = await startRig({ untrusted: true });
  const reply = await request(`https://${HOST}/`, {
    dispatcher: rig.agent,
    headers: { authorization: `Bearer ${STAGING}` },
  });
  expect(reply.statusCode).toBe(502);
  expect(await reply.body.text()).toMatch(/certificate of https:\/\/api\.test is not trusted .*nothing was sent/);
  expect(rig.arrived).toEqual([]);
  await expect(rig.outcomes[0]).resolves.toMatchObject({ kind: 'executed', execution: { ok: false } });
});

test('an upstream whose certificate is for another host gets nothing', async () => {
  const other = await startHttps(() => expect.unreachable(), 'other.test');
  const rig = await startRig({ resource: { upstream: { host: '127.0.0.1', port: other.port, ca: other.ca } } });
  expect((await request(`https://${HOST}/`, { dispatcher: rig.agent })).statusCode).toBe(502);
});

test('an upstream that is not there gets nothing: 502', async () => {
  const rig = await startRig({ resource: { upstream: { host: '127.0.0.1', port: 1 } } });
  const reply = await request(`https://${HOST}/`, { dispatcher: rig.agent });
  expect([reply.statusCode, await reply.body.text()]).toEqual([502, expect.stringContaining('nothing was sent')]);
});

test('an upstream that hangs gives 504, and the outcome is unknown', async () => {
  const rig = await startRig({ upstream: () => undefined, door: { timeouts: { response: 1000 } } });
  const reply = await request(`https://${HOST}/`, { dispatcher: rig.agent, method: 'POST', body: 'x' });
  expect([reply.statusCode, await reply.body.text()]).toEqual([504, expect.stringContaining('outcome_unknown')]);
  await expect(rig.outcomes[0]).resolves.toMatchObject({ kind: 'unknown' });
  expect(rig.arrived.length).toBe(1);
});

test('an upstream that dies before it answers gives 502, once sent and never sent again', async () => {
  const rig = await startRig({ upstream: (_request, response) => response.destroy() });
  const reply = await request(`https://${HOST}/`, { dispatcher: rig.agent, method: 'DELETE' });
  expect([reply.statusCode, await reply.body.text()]).toEqual([502, expect.stringContaining('outcome_unknown')]);
  await expect(rig.outcomes[0]).resolves.toMatchObject({ kind: 'unknown' });
  expect(rig.arrived.length).toBe(1);
});

test('an upstream that dies in the middle of its response cuts the client off', async () => {
  const rig = await startRig({
    upstream: (_request, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      response.write(Buffer.alloc(300_000));
      setTimeout(() => response.destroy(), 100);
    },
  });
  const reply = await request(`https://${HOST}/`, { dispatcher: rig.agent });
  await expect(reply.body.arrayBuffer()).rejects.toThrow();
  await expect(rig.outcomes[0]).resolves.toMatchObject({ kind: 'unknown' });
});

test.each([
  '169.254.169.254:80',
  '127.0.0.1:22',
  '[::1]:443',
  '[::ffff:127.0.0.1]:443',
  '10.1.2.3:443',
  'localhost:80',
  'nothing-resolves.invalid:443',
  '2130706433:80',
  'not a host',
])('a tunnel to %s is refused and reported', async (target) => {
  const rig = await startRig({ door: { egress: { unlisted: 'allow' } } });
  const { reply } = await connectThrough(rig.port, target);
  expect(reply).toMatch(/^HTTP\/1\.1 (403|400) /);
  if (reply.startsWith('HTTP/1.1 403')) expect(rig.events).toMatchObject([{ kind: 'connection-refused' }]);
});

test('a name that leads to one public and one private address is refused, and so is a public address by number', async () => {
  const egress = { unlisted: 'allow', lookup: async () => ['93.184.216.34', '10.0.0.1'] } as const;
  const rig = await startRig({ door: { egress } });
  expect((await connectThrough(rig.port, 'mixed.test:443')).reply).toMatch(/^HTTP\/1\.1 403 /);
  expect((await connectThrough(rig.port, '93.184.216.34:443')).reply).toMatch(/^HTTP\/1\.1 403 /);
});

test('unlisted hosts are out of reach when egress denies them, and so is a declared host on another port', async () => {
  const rig = await startRig();
  expect((await connectThrough(rig.port, 'example.com:443')).reply).toMatch(/^HTTP\/1\.1 403 .*/);
  expect((await connectThrough(rig.port, `${HOST}:8443`)).reply).toMatch(/^HTTP\/1\.1 403 .*/);
  expect(rig.events.map(({ kind }) => kind)).toEqual(['connection-refused', 'connection-refused']);
});

test('an allowed tunnel is recorded and passes bytes unread, whoever speaks first', async () => {
  const greeter = createTcpServer((socket) => {
    socket.write('hello\n');
    socket.on('data', (chunk) => socket.write(chunk));
  });
  greeter.listen(0, '127.0.0.1');
  await once(greeter, 'listening');
  const target = `mirror.test:${portOf(greeter.address())}`;
  const egress = { unlisted: 'allow', privateHosts: [target], lookup: async () => ['127.0.0.1'] } as const;
  const rig = await startRig({ door: { egress } });
  const { socket, reply } = await connectThrough(rig.port, target);
  expect(reply).toMatch(/^HTTP\/1\.1 200 /);
  const text = await exchangeRaw(socket, 'SSH-2.0-client\r\n');
  expect(reply + text).toContain('hello');
  expect(text).toContain('SSH-2.0-client');
  expect(rig.events).toMatchObject([{ kind: 'tunnel-opened', subject: target }]);
  greeter.close();
});

test('FAIL-CLOSED: a tunnel that cannot be recorded is not opened', async () => {
  const rig = await startRig({
    door: {
      egress: { unlisted: 'allow', privateHosts: ['mirror.test:443'], lookup: async () => ['127.0.0.1'] },
      report: () => Promise.reject(new Error('the disk is full')),
    },
  });
  expect((await connectThrough(rig.port, 'mirror.test:443')).reply).toMatch(/^HTTP\/1\.1 503 /);
});

test('a tunnel to an unlisted host cannot be used to ask for a declared one', async () => {
  const upstream = await startHttps(() => expect.unreachable());
  const target = `front.test:${upstream.port}`;
  const egress = { unlisted: 'allow', privateHosts: [target], lookup: async () => ['127.0.0.1'] } as const;
  const rig = await startRig({ door: { egress } });
  const { socket } = await connectThrough(rig.port, target);
  const secure = connectTls({ socket, servername: HOST, rejectUnauthorized: false });
  const ended = Promise.race([once(secure, 'error'), once(secure, 'close')]);
  secure.on('secureConnect', () => expect.unreachable());
  await ended;
  expect(rig.events.map(({ kind }) => kind)).toEqual(['tunnel-opened', 'connection-refused']);
});

async function plain(port: number, text: string): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  const reply = await exchangeRaw(socket, text);
  socket.destroy();
  return reply;
}

test('plain http to a declared host is refused with advice, to others it follows egress', async () => {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => response.end(`${incoming.method} ${incoming.url} ${Buffer.concat(chunks)}`));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const target = `mirror.test:${portOf(server.address())}`;
  const egress = { unlisted: 'allow', privateHosts: [target], lookup: async () => ['127.0.0.1'] } as const;
  const rig = await startRig({ door: { egress } });

  const declared = await plain(rig.port, `GET http://${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  expect(declared).toMatch(/^HTTP\/1\.1 403 [\s\S]*use https/);
  const other = await plain(
    rig.port,
    `POST http://${target}/a?b HTTP/1.1\r\nHost: ${target}\r\nContent-Length: 2\r\n\r\nhi`,
  );
  expect(other).toMatch(/^HTTP\/1\.1 200 [\s\S]*POST \/a\?b hi/);
  const basic = Buffer.from(`x:${STAGING}`).toString('base64');
  for (const leak of [`Authorization: Bearer ${STAGING}`, `Authorization: Basic ${basic}`]) {
    const reply = await plain(rig.port, `GET http://${target}/ HTTP/1.1\r\nHost: ${target}\r\n${leak}\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1\.1 403 /);
  }
  expect(await plain(rig.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(rig.events.map(({ kind }) => kind)).toEqual([
    'connection-refused',
    'tunnel-opened',
    'placeholder-refused',
    'placeholder-refused',
  ]);
});

test('a client that offers only HTTP/2 fails its handshake instead of being misread', async () => {
  const rig = await startRig();
  const { socket } = await connectThrough(rig.port, `${HOST}:443`);
  const secure = connectTls({ socket, servername: HOST, ca: rig.authority.caPem, ALPNProtocols: ['h2'] });
  await expect(once(secure, 'secureConnect')).rejects.toThrow();
  expect(rig.submissions).toEqual([]);
});
