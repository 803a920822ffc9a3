/** The real opencode with the plugin that `firebreak init` installs, against a real daemon. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { examineAgents } from '#daemon/agents/examine-agents';
import { type HookRig, startHookRig } from '../hook-rig.js';
import type { AgentHome } from './agent-home.js';
import { installAgent } from './install-agent.js';
import { command, OPENCODE, opencodeHome, runOpencode } from './opencode-rig.js';
import { inOrder } from './scripted-model.js';

let rig: HookRig;
let home: AgentHome;
beforeAll(async () => {
  await installAgent(OPENCODE);
  rig = await startHookRig();
}, 300_000);
afterAll(() => rig?.close());
beforeEach(async () => {
  home = await opencodeHome(rig.daemon.addresses.hooks ?? '');
});
afterEach(() => home?.close());

const has = (name: string) => existsSync(join(home.work, name));

/** Held wherever it runs, for it names a device, which is not there. What it does is to leave a mark. */
const HELD = 'echo once >> ran.txt; dd of=/dev/no-such-folder/disk count=0 2>/dev/null; true';

test('harmless calls run and are on the record; a deny stops a call, and its reason reaches the model', async () => {
  const { status, results, stderr } = await runOpencode(
    home,
    inOrder(
      { calls: [command('echo hello; exit 3')] },
      { calls: [command('echo "" > ~/.config/opencode/plugin/firebreak.js; touch ran.txt')] },
      { calls: [{ name: 'write', input: { filePath: join(home.work, 'a.txt'), content: 'hi' } }] },
      { calls: [{ name: 'write', input: { filePath: join(home.work, '.opencode/plugin/x.js'), content: '' } }] },
    ),
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(results[0]).toContain('hello');
  expect(results[1]).toMatch(/Firebreak denied this.*opencode's plugins and settings.*Next: /s);
  expect(results[3]).toContain('Firebreak denied this');
  expect([has('ran.txt'), has('a.txt'), has('.opencode/plugin/x.js')]).toEqual([false, true, false]);
  const events = await rig.events();
  expect(
    events.some((event) => event['kind'] === 'instructed' && String(event['text']).includes('Please tidy up.')),
  ).toBe(true);
  expect(events.find((event) => event['kind'] === 'output' && String(event['output']).includes('hello'))).toMatchObject(
    { exitStatus: 3 },
  );
});

test('a held call waits, and runs once when a person approves it; one that a person rejects does not run', async () => {
  const running = runOpencode(home, inOrder({ calls: [command(HELD)] }, { calls: [command(HELD)] }));
  await rig.approve(await waitingLong());
  await rig.daemon.operations.reject((await waitingLong()).id, { by: 'dana', reason: 'once is enough' });
  expect((await running).results[1]).toContain('dana said no: once is enough');
  expect(readFileSync(join(home.work, 'ran.txt'), 'utf8')).toBe('once\n');
});

/** opencode takes its time to start. */
async function waitingLong() {
  for (let tries = 0; ; tries += 1) {
    try {
      return await rig.waiting();
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

describe('when the daemon does not answer as it should', () => {
  test('a dead daemon blocks, harmless calls too', async () => {
    await home.close();
    home = await opencodeHome('127.0.0.1:9'); // discard, which nobody serves.
    const { results } = await runOpencode(home, inOrder({ calls: [command('touch ran.txt')] }));
    expect(results[0]).toContain('Firebreak could not be asked');
    expect(has('ran.txt')).toBe(false);
  });

  test('errors, garbage, silence and answers that are cut off block', async () => {
    const answers: readonly ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(500).end('{}'),
      (response) => response.writeHead(200, { 'x-firebreak-hook': '1' }).end('yes'),
      (response) => response.writeHead(200).end('{"allow":true}'),
      (response) => response.writeHead(200, { 'x-firebreak-hook': '1' }).end('{}'),
      (response) =>
        response
          .writeHead(200, { 'x-firebreak-hook': '1', 'content-length': 99 })
          .write('{"allow":true}', () => response.destroy()),
    ];
    let asked = 0;
    const server = createServer((request, response) =>
      request.resume().on('end', () => {
        if (request.url?.endsWith('tool.execute.before') !== true) return void response.end();
        answers[asked]?.(response);
        asked += 1;
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    try {
      await home.close();
      home = await opencodeHome(`127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`);
      const { results } = await runOpencode(
        home,
        inOrder(...answers.map(() => ({ calls: [command('touch ran.txt')] }))),
      );
      expect(results).toHaveLength(answers.length);
      for (const result of results) expect(result).toMatch(/Firebreak (could not be asked|did not allow)/);
      expect(has('ran.txt')).toBe(false);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

test('firebreak doctor proves the plugin', async () => {
  const findings = await examineAgents(home.context, true);
  expect(findings.filter(({ level }) => level === 'problem')).toEqual([]);
  expect(findings[0]).toMatchObject({ level: 'ok', what: expect.stringContaining('opencode 1.18.33: the hook in') });
  // Without a daemon it blocks, and that is said.
  const server = await opencodeHome('127.0.0.1:9');
  try {
    expect((await examineAgents(server.context, false))[0]).toMatchObject({
      level: 'warning',
      what: expect.stringContaining('blocked until the daemon runs'),
    });
  } finally {
    await server.close();
  }
});
