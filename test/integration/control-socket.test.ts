/** The command line's `Operations` against the daemon's, through a real Unix socket. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Operations } from '#action/operations';
import { systemClock } from '#base/clock';
import { remoteOperations } from '#cli/remote-operations';
import { createControlApp } from '#web/control-app';
import { CONTROL_REQUESTS } from '#web/control-requests';
import { type Listening, listenControl } from '#web/listen';
import { type MemoryOperations, memoryOperations } from '#web/memory-operations.case';

let folder: string;
let socketPath: string;
let memory: MemoryOperations;
let server: Listening;
let remote: Operations;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fbk-control-'));
  socketPath = join(folder, 'control.sock');
  memory = await memoryOperations(systemClock);
  const report = (defect: unknown) => {
    throw defect;
  };
  server = await listenControl(createControlApp({ operations: memory.operations, report }), socketPath);
  remote = remoteOperations(socketPath);
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test('every operation goes through the socket and comes back the same', async () => {
  const { digest } = await memory.hold({ action: { kind: 'shell', text: 'rm -rf "dätä"\n\u202e' } });
  await memory.hold();
  const until = Date.now() + 3_600_000;

  expect(await remote.status()).toMatchObject({ version: '0.1.0', waitingHolds: 2, approvers: ['dana', 'kim'] });
  expect(await remote.holds({ all: true })).toEqual(await memory.operations.holds({ all: true }));
  expect(await remote.hold('H-1')).toEqual(await memory.operations.hold('H-1'));
  expect(await remote.approve('H-1', { approver: 'dana', code: memory.code('dana'), digest })).toMatchObject({
    state: 'approved',
    approvedBy: ['dana'],
  });
  expect(await remote.reject('H-2', { by: 'kim', reason: 'no' })).toMatchObject({ state: 'rejected', endedBy: 'kim' });
  expect(await remote.approvers()).toEqual(['dana', 'kim']);
  expect(await remote.signIn('kim', memory.code('kim'))).toBeUndefined();
  expect(await remote.freeze({ environment: 'staging', until, reason: 'r', by: 'dana' })).toMatchObject({ until });
  expect(await remote.freezes()).toHaveLength(1);
  expect(await remote.unfreeze({ environment: 'staging', reason: 'r' })).toEqual({ holdId: 'H-3' });
  const session = { agent: 'a', intent: '', environments: ['staging'], mode: 'work', tier: 'advisory' } as const;
  expect(await remote.openSession(session)).toMatchObject({
    session,
    caPem: 'pem',
    refused: [{ environment: 'staging' }],
  });
  expect(await remote.closeSession('ses_2')).toBeUndefined();
  expect(await remote.addSecret({ name: 'orders', user: 'app', secret: 's' })).toMatchObject([{ kind: 'postgres' }]);
  expect(await remote.secrets()).toMatchObject([{ name: 'orders', user: 'app' }]);
  expect(await remote.rotateSecret({ name: 'orders', secret: 't' })).toBeUndefined();
  expect(await remote.revokeSecret('orders')).toEqual({ placeholders: 2 });

  expect(await remote.snapshots()).toEqual([]);
  const unknown = { code: 'SNAPSHOT_UNKNOWN', message: 'there is no snapshot `S-1`' };
  await expect(remote.checkUndo('S-1')).rejects.toMatchObject(unknown);
  const approvals = [{ approver: 'dana', code: '000000' }];
  await expect(remote.undo('S-1', { approvals, side: 'before' })).rejects.toMatchObject(unknown);

  const called = new Set(memory.calls.map((call) => call.split(' ')[0]));
  expect([...called].sort()).toEqual(Object.keys(CONTROL_REQUESTS).sort());
});

test('an error comes back with its code, message and hint', async () => {
  await expect(remote.signIn('dana', '000000')).rejects.toMatchObject({
    name: 'FirebreakError',
    code: 'FACTOR_WRONG',
    message: 'the code for `dana` was not accepted: it is wrong or too old',
    hint: 'use the next code of your authenticator app (4 tries left)',
  });
});

test('without a daemon, the command line says how to start one', async () => {
  const down = { code: 'DAEMON_DOWN', message: 'no firebreak daemon answers', hint: 'start it with `firebreak up`' };
  await expect(remoteOperations(join(folder, 'none.sock')).status()).rejects.toMatchObject(down);
  await server.close();
  await expect(remote.status()).rejects.toMatchObject(down);
  writeFileSync(join(folder, 'stale.sock'), '');
  await expect(remoteOperations(join(folder, 'stale.sock')).status()).rejects.toMatchObject(down);
});

test('a daemon that dies before it answers is told from one that is down', async () => {
  const dying = createServer((socket) => socket.once('data', () => socket.destroy()));
  const path = join(folder, 'dying.sock');
  await new Promise<void>((resolve) => dying.listen(path, resolve));
  await expect(remoteOperations(path).status()).rejects.toMatchObject({ code: 'DAEMON_LOST' });
  dying.close();
});

test('something else on the socket is not taken for a daemon', async () => {
  const other = createServer((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')),
  );
  const path = join(folder, 'other.sock');
  await new Promise<void>((resolve) => other.listen(path, resolve));
  await expect(remoteOperations(path).status()).rejects.toMatchObject({ code: 'DAEMON_ANSWER' });
  other.close();
});
