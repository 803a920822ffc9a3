/** The real Codex with the hooks that `firebreak init` installs, against a real daemon. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clientPath } from '#daemon/agents/agent-hooks';
import { examineAgents } from '#daemon/agents/examine-agents';
import { type HookRig, startHookRig } from '../hook-rig.js';
import type { AgentHome } from './agent-home.js';
import { CODEX, codexHome, command, runCodex } from './codex-rig.js';
import { installAgent } from './install-agent.js';
import { inOrder } from './scripted-model.js';

let rig: HookRig;
let home: AgentHome;
beforeAll(async () => {
  await installAgent(CODEX);
  rig = await startHookRig();
}, 300_000);
afterAll(() => rig?.close());
beforeEach(async () => {
  home = await codexHome(rig.daemon.addresses.hooks ?? '');
});
afterEach(() => home?.close());

const has = (name: string) => existsSync(join(home.work, name));
const ranOnce = () => expect(readFileSync(join(home.work, 'ran.txt'), 'utf8')).toBe('once\n');

/** Held wherever it runs, for it names a device, which is not there. What it does is to leave a mark. */
const HELD = 'echo once >> ran.txt; dd of=/dev/no-such-folder/disk count=0 2>/dev/null; true';

test('harmless calls run, and what came out is on the record', async () => {
  const { status, results } = await runCodex(
    home,
    inOrder(
      { calls: [command('echo hello')] },
      { calls: [command("apply_patch <<'E'\n*** Begin Patch\n*** Add File: a.txt\n+hi\n*** End Patch\nE\n")] },
    ),
  );
  expect(status).toBe(0);
  expect(results[0]).toContain('hello');
  expect(readFileSync(join(home.work, 'a.txt'), 'utf8')).toBe('hi\n');
  const events = await rig.events();
  expect(events.some((event) => event['kind'] === 'instructed' && event['text'] === 'Please tidy up.')).toBe(true);
  expect(events.some((event) => event['kind'] === 'output' && String(event['output']).includes('hello'))).toBe(true);
});

test('a deny stops the call, and its reason reaches the next request of the model', async () => {
  const { results, model } = await runCodex(
    home,
    inOrder({ calls: [command('echo "{}" > ~/.codex/hooks.json; touch ran.txt')] }, { calls: [command('echo on')] }),
  );
  expect(has('ran.txt')).toBe(false);
  expect(results[0]).toMatch(
    /Command blocked by PreToolUse hook: Firebreak denied this.*Codex's hooks and settings.*Next: /s,
  );
  expect(model.requests[1]?.results).toHaveLength(1);
  expect(results[1]).toContain('on');
});

test('a held call waits, and runs once when a person approves it', async () => {
  const running = runCodex(home, inOrder({ calls: [command(HELD)] }));
  await rig.approve(await rig.waiting());
  expect((await running).results).toHaveLength(1);
  ranOnce();
});

test('a held call that a person rejects does not run, and the model reads why', async () => {
  const running = runCodex(home, inOrder({ calls: [command(HELD)] }));
  await rig.daemon.operations.reject((await rig.waiting()).id, { by: 'dana', reason: 'that is not yours' });
  expect((await running).results[0]).toContain('dana said no: that is not yours');
  expect(has('ran.txt')).toBe(false);
});

describe('a hold that outlasts the patience of the hook', () => {
  let impatient: HookRig;
  beforeAll(async () => {
    impatient = await startHookRig('', ['dana'], { patienceMilliseconds: 200 });
  });
  afterAll(() => impatient?.close());

  test('is denied with its number; the same call after the approval runs, exactly once', async () => {
    await home.close();
    home = await codexHome(impatient.daemon.addresses.hooks ?? '');
    const script = inOrder(
      { calls: [command(HELD)] },
      { calls: [command('while [ ! -e approved ]; do sleep 0.05; done', { yield_time_ms: 30_000 })] },
      { calls: [command(HELD)] },
      { calls: [command(HELD)] },
    );
    const running = runCodex(home, script);
    const hold = await impatient.waiting();
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // Longer than the hook waits.
    await impatient.approve(hold);
    await writeFile(join(home.work, 'approved'), '');
    const { results } = await running;
    expect(results[0]).toMatch(/Firebreak holds this as H-1: .*has NOT run.*send exactly the same call again/s);
    expect(results[3]).toMatch(/Firebreak holds this as H-2/);
    ranOnce();
  });
});

test('a command that runs in another folder is judged there', async () => {
  const { results } = await runCodex(
    home,
    inOrder({ calls: [command('rm -rf hooks.json', { workdir: join(home.home, '.codex') })] }),
  );
  expect(results[0]).toContain('Firebreak denied this');
  expect(existsSync(join(home.home, '.codex', 'hooks.json'))).toBe(true);
});

describe('when the daemon does not answer as it should', () => {
  const tries = async () => {
    const { status, results } = await runCodex(home, inOrder({ calls: [command('touch ran.txt')] }));
    expect(status).toBe(0);
    return results[0];
  };

  test('a dead daemon blocks, harmless calls too', async () => {
    await home.close();
    home = await codexHome('127.0.0.1:9'); // discard, which nobody serves.
    expect(await tries()).toContain('Firebreak could not be reached');
    expect(has('ran.txt')).toBe(false);
  });

  test('a client that is gone blocks', async () => {
    rmSync(clientPath('user', home.context.places));
    expect(await tries()).toContain('hook client did not run');
    expect(has('ran.txt')).toBe(false);
  });

  test.each([
    ['an error', (response: ServerResponse) => response.writeHead(500).end('{}')],
    ['garbage', (response: ServerResponse) => response.writeHead(200).end('yes')],
    ['nothing', (response: ServerResponse) => response.writeHead(200).end()],
    [
      'an answer that is cut off',
      (response: ServerResponse) => response.writeHead(200, { 'content-length': 9 }).destroy(),
    ],
  ])('%s blocks', async (_, answer) => {
    const server = createServer((request, response) => request.resume().on('end', () => answer(response)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    try {
      await home.close();
      home = await codexHome(`127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`);
      expect(await tries()).toMatch(/nothing was allowed/);
      expect(has('ran.txt')).toBe(false);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('firebreak doctor', () => {
  test('proves the hook, and that Codex trusts it', async () => {
    const findings = await examineAgents(home.context, true);
    expect(findings.filter(({ level }) => level === 'problem')).toEqual([]);
    expect(findings[0]).toMatchObject({ level: 'ok', what: expect.stringContaining('Codex 0.169.0: the hook in') });
  });

  test('says when Codex skips the hook, which it does without a word', async () => {
    const path = join(home.home, '.codex', 'config.toml');
    await writeFile(path, readFileSync(path, 'utf8').replaceAll(/sha256:\w{8}/g, 'sha256:deadbeef'));
    const findings = await examineAgents(home.context, true);
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'problem', what: expect.stringContaining('skips 5 of 5 hooks') }),
    );
    // It is no exaggeration.
    await runCodex(home, inOrder({ calls: [command('touch ran.txt; : > ~/.codex/other.toml')] }));
    expect(has('ran.txt')).toBe(true);
  });
});
