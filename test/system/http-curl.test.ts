import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeAll, FOREIGN, HOST, REAL, type Rig, STAGING, startRig } from '../integration/http-door-rig.js';

const run = promisify(execFile);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-curl-'));
});

afterEach(async () => {
  await closeAll();
  await rm(folder, { recursive: true });
});

/** curl as an agent finds it: the proxy and the authority by environment variables, nothing on the command line. */
async function curl(rig: Rig, ...args: string[]): Promise<string> {
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, rig.authority.caPem);
  const env = { PATH: process.env['PATH'], HTTPS_PROXY: `http://127.0.0.1:${rig.port}`, CURL_CA_BUNDLE: ca };
  return (await run('curl', ['--silent', '--write-out', '\n%{http_code}', ...args], { env })).stdout;
}

test('curl works through the door with nothing but environment variables', async () => {
  const rig = await startRig();
  const out = await curl(rig, `https://${HOST}/v1/things`, '-H', `Authorization: Bearer ${STAGING}`, '-d', '{"a":1}');
  expect(out).toBe('{"ok":true}\n200');
  expect(rig.arrived[0]?.headers.authorization).toBe(`Bearer ${REAL}`);
});

test('curl sends a large body after 100 Continue, and it arrives whole', async () => {
  const rig = await startRig();
  const file = join(folder, 'body');
  await writeFile(file, Buffer.alloc(2_000_000, 'abcdefg'));
  const args = ['--data-binary', `@${file}`, '-H', 'Expect: 100-continue'];
  expect(await curl(rig, `https://${HOST}/v1/upload`, ...args)).toBe('{"ok":true}\n200');
  expect(rig.arrived[0]?.body.equals(Buffer.alloc(2_000_000, 'abcdefg'))).toBe(true);
});

test('curl prints why a request was refused', async () => {
  const rig = await startRig({ decide: () => 'denied' });
  const out = await curl(rig, `https://${HOST}/graphql/v2`, '-H', `Authorization: Bearer ${FOREIGN}`, '-d', '{}');
  expect(out).toMatch(/"firebreak_denied".*"errors":.*\n403$/s);
});

test('curl waits while a person decides', async () => {
  const rig = await startRig({ decide: () => new Promise((resolve) => setTimeout(resolve, 1500, 'run')) });
  expect(await curl(rig, `https://${HOST}/v1/things`)).toBe('{"ok":true}\n200');
});

test('curl that is killed while its request is held withdraws it', async () => {
  const rig = await startRig({
    decide: ({ door }) =>
      new Promise((resolve) => door.signal.addEventListener('abort', () => resolve('withdrawn'), { once: true })),
  });
  await expect(curl(rig, `https://${HOST}/v1/things`, '--max-time', '1')).rejects.toMatchObject({ code: 28 });
  await expect(rig.outcomes[0]).resolves.toMatchObject({ kind: 'refused', refusal: { code: 'withdrawn' } });
  expect(rig.arrived).toEqual([]);
});
