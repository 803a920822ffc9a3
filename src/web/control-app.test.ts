import { beforeEach, expect, test } from 'vitest';
import { createControlApp } from './control-app.js';
import { type MemoryOperations, memoryOperations } from './memory-operations.case.js';

let memory: MemoryOperations;
let defects: unknown[];

beforeEach(async () => {
  memory = await memoryOperations({ now: () => Date.parse('2026-11-20T12:00:00Z') });
  defects = [];
});

async function call(path: string, body: string, method = 'POST'): Promise<{ status: number; json: unknown }> {
  const app = createControlApp({ operations: memory.operations, report: (defect) => defects.push(defect) });
  const response = await app.request(path, method === 'POST' ? { method, body } : { method });
  return { status: response.status, json: await response.json() };
}

test('answers with the result of the operation', async () => {
  await memory.hold();
  const { status, json } = await call('/v1/holds', '[{"all":false}]');
  expect(status).toBe(200);
  expect(json).toMatchObject({ result: [{ id: 'H-1', state: 'waiting', exact: 'DROP TABLE users' }] });
});

test('answers with code, message and hint of an error, and a status that fits', async () => {
  await memory.hold();
  const approval = { approver: 'dana', code: memory.code('dana'), digest: 'sha256:other' };
  expect(await call('/v1/approve', JSON.stringify(['H-1', approval]))).toEqual({
    status: 409,
    json: {
      error: {
        code: 'DIGEST_MISMATCH',
        message: 'what you were shown is not what H-1 would run',
        hint: 'reload the page, read it again',
      },
    },
  });
  expect((await call('/v1/hold', '["H-7"]')).status).toBe(404);
});

test.each([
  ['an unknown field', 'holds', [{ all: true, secretly: 1 }]],
  ['a missing field', 'approve', ['H-1', { approver: 'dana', code: '123456' }]],
  ['a wrong type', 'hold', [42]],
  ['an argument too many', 'status', [1]],
  ['an argument too few', 'hold', []],
  ['no array', 'holds', { all: true }],
  ['an unknown mode', 'openSession', [{ agent: 'a', intent: '', environments: [], mode: 'root', tier: 'remote' }]],
])('refuses %s before anything is done', async (_what, method, args) => {
  await memory.hold();
  const { status, json } = await call(`/v1/${method}`, JSON.stringify(args));
  expect(status).toBe(400);
  expect(json).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
  expect(memory.calls).toEqual([]);
});

test('refuses what is not JSON, what is too long, and what is no operation', async () => {
  expect((await call('/v1/status', '[')).status).toBe(400);
  expect((await call('/v1/hold', JSON.stringify(['x'.repeat(70_000)]))).status).toBe(413);
  for (const path of ['/v1/toString', '/v1/__proto__', '/v1/shutdown', '/', '/v1/status/x']) {
    expect(await call(path, '[]')).toMatchObject({ status: 404, json: { error: { code: 'METHOD_UNKNOWN' } } });
  }
  expect((await call('/v1/status', '', 'GET')).status).toBe(404);
  expect(memory.calls).toEqual([]);
});

test('never repeats a secret in its refusal', async () => {
  const { json } = await call(
    '/v1/addSecret',
    JSON.stringify([{ name: 'orders', secret: 'hunter2', extra: 'hunter2' }]),
  );
  expect(JSON.stringify(json)).not.toContain('hunter2');
});

test('a defect is named to the caller without its text, and reported whole', async () => {
  const defect = new TypeError('internals');
  Reflect.set(memory.operations, 'status', async () => {
    throw defect;
  });
  const { status, json } = await call('/v1/status', '[]');
  expect([status, JSON.stringify(json).includes('internals')]).toEqual([500, false]);
  expect(defects).toEqual([defect]);
});
