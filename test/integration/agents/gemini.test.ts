/** The real Gemini CLI with the hooks that `firebreak init` installs, against a real daemon. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clientPath } from '#daemon/agents/agent-hooks';
import { examineAgents } from '#daemon/agents/examine-agents';
import { type HookRig, startHookRig } from '../hook-rig.js';
import type { AgentHome } from './agent-home.js';
import { command, GEMINI, geminiHome, runGemini } from './gemini-rig.js';
import { installAgent } from './install-agent.js';
import { inOrder } from './scripted-model.js';

let rig: HookRig;
let home: AgentHome;
beforeAll(async () => {
  await installAgent(GEMINI);
  rig = await startHookRig();
}, 300_000);
afterAll(() => rig?.close());
beforeEach(async () => {
  home = await geminiHome(rig.daemon.addresses.hooks ?? '');
});
afterEach(() => home?.close());

const has = (name: string) => existsSync(join(home.work, name));
const ranOnce = () => expect(readFileSync(join(home.work, 'ran.txt'), 'utf8')).toBe('once\n');

/** Held wherever it runs, for it names a device, which is not there. What it does is to leave a mark. */
const HELD = 'echo once >> ran.txt; dd of=/dev/no-such-folder/disk count=0 2>/dev/null; true';

test('harmless calls run and are on the record; a deny stops a call, and its reason reaches the model', async () => {
  const { status, results, stderr } = await runGemini(
    home,
    inOrder(
      { calls: [command('echo hello; exit 3')] },
      { calls: [command('echo "{}" > ~/.gemini/settings.json; touch ran.txt')] },
      { calls: [{ name: 'write_file', input: { file_path: join(home.work, 'a.txt'), content: 'hi' } }] },
      {
        calls: [{ name: 'write_file', input: { file_path: join(home.work, '.gemini/settings.json'), content: '{}' } }],
      },
    ),
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(results[0]).toContain('hello');
  expect(results[1]).toMatch(/Firebreak denied this.*Gemini CLI's hooks and settings.*Next: /s);
  expect(results[3]).toContain('Firebreak denied this');
  expect([has('ran.txt'), has('a.txt'), has('.gemini/settings.json')]).toEqual([false, true, false]);
  const events = await rig.events();
  expect(events.some((event) => event['kind'] === 'instructed' && event['text'] === 'Please tidy up.')).toBe(true);
  expect(events.find((event) => event['kind'] === 'output' && String(event['output']).includes('hello'))).toMatchObject(
    { exitStatus: 3 },
  );
});

test('a held call waits, and runs once when a person approves it; one that a person rejects does not run', async () => {
  const running = runGemini(home, inOrder({ calls: [command(HELD)] }, { calls: [command(HELD)] }));
  const first = await rig.waiting();
  await rig.approve(first);
  await rig.daemon.operations.reject((await rig.waiting()).id, { by: 'dana', reason: 'once is enough' });
  expect((await running).results[1]).toContain('dana said no: once is enough');
  ranOnce();
});

describe('a hold that outlasts the patience of the hook', () => {
  let impatient: HookRig;
  beforeAll(async () => {
    impatient = await startHookRig('', ['dana'], { patienceMilliseconds: 200 });
  });
  afterAll(() => impatient?.close());

  test('is denied with its number; the same call after the approval runs, exactly once', async () => {
    await home.close();
    home = await geminiHome(impatient.daemon.addresses.hooks ?? '');
    const wait = command('while [ ! -e approved ]; do sleep 0.05; done');
    const running = runGemini(
      home,
      inOrder({ calls: [command(HELD)] }, { calls: [wait] }, { calls: [command(HELD)] }, { calls: [command(HELD)] }),
    );
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

test('a dead daemon blocks, harmless calls too', async () => {
  await home.close();
  home = await geminiHome('127.0.0.1:9'); // discard, which nobody serves.
  const { results } = await runGemini(home, inOrder({ calls: [command('touch ran.txt')] }));
  expect(results[0]).toContain('Firebreak could not be reached');
  expect(has('ran.txt')).toBe(false);
});

test('a client that is gone blocks', async () => {
  rmSync(clientPath('user', home.context.places));
  const { results } = await runGemini(home, inOrder({ calls: [command('touch ran.txt')] }));
  expect(results[0]).toContain('hook client did not run');
  expect(has('ran.txt')).toBe(false);
});

test('firebreak doctor proves the hook, and says when it is turned off', async () => {
  const findings = await examineAgents(home.context, true);
  expect(findings.filter(({ level }) => level === 'problem')).toEqual([]);
  expect(findings[0]).toMatchObject({ level: 'ok', what: expect.stringContaining('Gemini CLI 0.61.0: the hook in') });
  const path = join(home.home, '.gemini', 'settings.json');
  await writeFile(
    path,
    JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), hooksConfig: { disabled: ['firebreak'] } }),
  );
  const problems = (await examineAgents(home.context, true)).filter(({ level }) => level === 'problem');
  expect(problems).toMatchObject([{ what: expect.stringContaining('hooksConfig.disabled') }]);
  // It is no exaggeration.
  await runGemini(home, inOrder({ calls: [command('touch ran.txt')] }));
  expect(has('ran.txt')).toBe(true);
});
