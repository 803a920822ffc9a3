/** The plugin as opencode loads it, in this process; the real opencode obeys it in test/integration/agents/opencode.test.ts. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/temporary-folder.js';
import { opencodePlugin } from './plugin.js';

type Before = (input: object, output: { args: object }) => Promise<void>;

async function hooksFor(address: string): Promise<{ readonly 'tool.execute.before': Before }> {
  const path = join(temporaryFolder(), 'firebreak.mjs');
  writeFileSync(path, opencodePlugin(address));
  const { Firebreak } = await import(pathToFileURL(path).href);
  return Firebreak({ directory: '/repo' });
}

const INPUT = { tool: 'bash', sessionID: 's', callID: 'c' };

async function answering(
  status: number,
  headers: Record<string, string>,
  body: string,
): Promise<{ address: string; close(): void }> {
  const server = createServer((request, response) =>
    request.resume().on('end', () => response.writeHead(status, headers).end(body)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  return { address: `127.0.0.1:${typeof at === 'object' ? at?.port : ''}`, close: () => server.close() };
}

const MARK = { 'x-firebreak-hook': '1' };

test('a yes lets the tool run, a no throws its reason', async () => {
  const yes = await answering(200, MARK, '{"allow":true}');
  await (await hooksFor(yes.address))['tool.execute.before'](INPUT, { args: { command: 'ls' } });
  const no = await answering(200, MARK, '{"allow":false,"reason":"not yours"}');
  await expect((await hooksFor(no.address))['tool.execute.before'](INPUT, { args: {} })).rejects.toThrow('not yours');
  yes.close();
  no.close();
});

test.each([
  ['an error', 500, MARK, '{"allow":true}'],
  ['another server', 200, {}, '{"allow":true}'],
  ['garbage', 200, MARK, 'yes'],
  ['nothing', 200, MARK, ''],
  ['JSON without a yes', 200, MARK, '{"allow":"true"}'],
  ['a redirect', 302, { ...MARK, location: 'http://127.0.0.1:9/' }, ''],
])(
  'a daemon that is down, late, cut off or not Firebreak makes the tool throw: %s',
  async (_, status, headers, body) => {
    const server = await answering(status, headers, body);
    await expect((await hooksFor(server.address))['tool.execute.before'](INPUT, { args: {} })).rejects.toThrow(
      /^Firebreak/,
    );
    server.close();
  },
);

test('a daemon that is down makes the tool throw', async () => {
  await expect((await hooksFor('127.0.0.1:9'))['tool.execute.before'](INPUT, { args: {} })).rejects.toThrow(
    'so nothing was allowed',
  );
});

test('a call that another plugin changes while it is decided does not run', async () => {
  const yes = await answering(200, MARK, '{"allow":true}');
  const output = { args: { command: 'ls' } };
  const deciding = (await hooksFor(yes.address))['tool.execute.before'](INPUT, output);
  output.args.command = 'rm -rf /';
  await expect(deciding).rejects.toThrow('another plugin changed this call');
  yes.close();
});
