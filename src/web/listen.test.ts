import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Listening, listenControl, listenHuman } from './listen.js';
import { SERVER_LIMITS } from './request-limits.js';

const app = new Hono().get('/', (c) => c.text('here'));
let folder: string;
let open: Listening[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fbk-listen-'));
  open = [];
});

afterEach(async () => {
  for (const server of open) await server.close();
  rmSync(folder, { recursive: true });
});

test('the page listens on a port of its choice and stops', async () => {
  const server = await listenHuman(app, { host: '127.0.0.1', port: 0 });
  expect(server.address).toBe(`127.0.0.1:${server.port}`);
  expect(await (await fetch(`http://${server.address}/`)).text()).toBe('here');
  await server.close();
  await expect(fetch(`http://${server.address}/`)).rejects.toThrow();
});

test('an address that is taken is named', async () => {
  const first = await listenHuman(app, { host: '127.0.0.1', port: 0 });
  open.push(first);
  await expect(listenHuman(app, { host: '127.0.0.1', port: first.port })).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
    message: `something listens on \`${first.address}\` already`,
  });
});

test('a client that sends its request too slowly is cut off', async () => {
  const limits = { ...SERVER_LIMITS, headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 30 };
  const server = await listenHuman(app, { host: '127.0.0.1', port: 0, limits });
  open.push(server);
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n');
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.on('close', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test('only its owner can open the control socket and its folder', async () => {
  const socketPath = join(folder, 'run', 'control.sock');
  open.push(await listenControl(app, socketPath));
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'run')).mode & 0o777).toBe(0o700);
});

test('no control socket in a folder that others may enter', async () => {
  chmodSync(folder, 0o711);
  await expect(listenControl(app, join(folder, 'control.sock'))).rejects.toMatchObject({ code: 'CONTROL_FOLDER_OPEN' });
});

test('a path too long for a socket is refused instead of being cut off', async () => {
  const socketPath = join(folder, 'x'.repeat(100), 'control.sock');
  await expect(listenControl(app, socketPath)).rejects.toMatchObject({ code: 'SOCKET_PATH_TOO_LONG' });
});

test('two daemons cannot share one control socket', async () => {
  const socketPath = join(folder, 'control.sock');
  open.push(await listenControl(app, socketPath));
  await expect(listenControl(app, socketPath)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
});
