import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claudeCodeHooks } from '#intercept/hook/claude-code/settings';
import { type HookRig, startHookRig } from '../hook-rig.js';
import { bashCall, CLAUDE_CODE, type ClaudeOptions, runClaude } from './claude-code-rig.js';
import { installAgent } from './install-agent.js';
import { inOrder, type Script } from './scripted-model.js';

let rig: HookRig;
let folder: string;
beforeAll(async () => {
  await installAgent(CLAUDE_CODE);
  rig = await startHookRig();
}, 300_000);
afterAll(() => rig?.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fb-claude-work-'));
  return () => rm(folder, { recursive: true, force: true, maxRetries: 20 });
});

const run = (script: Script, more: Partial<ClaudeOptions> = {}) =>
  runClaude({ hooksAt: rig.daemon.addresses.hooks ?? '', folder, script, ...more });
const has = (name: string) => existsSync(join(folder, name));

/** Runs what a person does meanwhile beside the agent's run. */
async function meanwhile<T>(person: Promise<unknown>, agent: Promise<T>): Promise<T> {
  const [result] = await Promise.all([agent, person]);
  return result;
}

/** Held wherever it runs, for it names a device, which is not there. What it does is to leave a mark. */
const HELD = 'echo once >> ran.txt; dd of=/dev/no-such-folder/disk count=0 2>/dev/null; true';

test('harmless calls run, and what came out is on the record with the words that asked for it', async () => {
  const { status, results } = await run(
    inOrder(
      { calls: [bashCall('echo hello; echo oops >&2')] },
      { calls: [bashCall('echo three; exit 3')] },
      { calls: [{ name: 'Write', input: { file_path: join(folder, 'a.txt'), content: 'hi' } }] },
    ),
    { task: 'Say hello for the record.' },
  );
  expect(status).toBe(0);
  expect(results.map(({ isError }) => isError === true)).toEqual([false, true, false]);
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('hi');
  const events = await rig.events();
  const told = events.find((event) => event['text'] === 'Say hello for the record.');
  const ofRun = events.filter((event) => event['agentRun'] === told?.['agentRun'] && event['kind'] === 'output');
  expect(ofRun).toMatchObject([
    { tool: 'Bash', output: 'hello\noops', exitStatus: 0 },
    { tool: 'Bash', output: 'three', exitStatus: 3 },
    { tool: 'Write' },
  ]);
  for (const { actionId } of ofRun as readonly { actionId?: string }[]) {
    const decided = events.find((event) => event['actionId'] === actionId && event['kind'] === 'decided');
    expect(decided).toMatchObject({ verdict: { decision: 'allow' }, session: { intent: 'Say hello for the record.' } });
  }
});

test('a deny stops the call, and its reason reaches the next request of the model', async () => {
  const settings = join(folder, '.claude', 'settings.json');
  const { results, model } = await run(
    inOrder(
      { calls: [{ name: 'Write', input: { file_path: settings, content: '{"hooks":{}}' } }] },
      { calls: [bashCall('echo on')] },
    ),
  );
  expect(existsSync(settings)).toBe(false);
  expect(results[0]).toMatchObject({
    isError: true,
    text: expect.stringContaining("Claude Code's hooks and settings"),
  });
  expect(results[0]?.text).toContain('Next: do not retry');
  // At once, and the run goes on.
  expect(model.requests[1]?.results).toHaveLength(1);
  expect(results[1]?.text).toBe('on');
});

test('a held call waits, and runs once when a person approves it', async () => {
  const { results } = await meanwhile(
    rig.waiting().then((hold) => rig.approve(hold)),
    run(inOrder({ calls: [bashCall(HELD)] })),
  );
  expect(results).toMatchObject([{ isError: false }]);
  expect(readFileSync(join(folder, 'ran.txt'), 'utf8')).toBe('once\n');
});

test('a held call that a person rejects does not run, and the model reads why', async () => {
  const { results } = await meanwhile(
    rig.waiting().then(({ id }) => rig.daemon.operations.reject(id, { by: 'dana', reason: 'that is not yours' })),
    run(inOrder({ calls: [bashCall(HELD)] })),
  );
  expect(has('ran.txt')).toBe(false);
  expect(results[0]).toMatchObject({ isError: true, text: expect.stringContaining('dana said no: that is not yours') });
});

test('a person who approves spares the prompt of Claude Code; silence leaves its own rules in force', async () => {
  const permissions = { allow: ['Bash(echo:*)'], deny: ['Bash(touch:*)'] };
  const script = inOrder(
    { calls: [bashCall('touch forbidden.txt')] },
    { calls: [bashCall('mkdir asked')] },
    { calls: [bashCall(HELD)] },
  );
  const { results } = await meanwhile(
    rig.waiting().then((hold) => rig.approve(hold)),
    run(script, { permissions }),
  );
  expect([has('forbidden.txt'), has('asked'), has('ran.txt')]).toEqual([false, false, true]);
  expect(results.map(({ isError }) => isError === true)).toEqual([true, true, false]);
});

describe('a hold that outlasts the patience of the hook', () => {
  let impatient: HookRig;
  beforeAll(async () => {
    impatient = await startHookRig('', ['dana'], { patienceMilliseconds: 200 });
  });
  afterAll(() => impatient?.close());

  test('is denied with its number; the same call after the approval runs, exactly once', async () => {
    const script = inOrder(
      { calls: [bashCall(HELD)] },
      { calls: [bashCall('while [ ! -e approved ]; do sleep 0.05; done')] },
      { calls: [bashCall(HELD)] },
      { calls: [bashCall(HELD)] },
    );
    const approving = impatient.waiting().then(async (hold) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000)); // Longer than the hook waits.
      await impatient.approve(hold);
      await writeFile(join(folder, 'approved'), '');
    });
    const hooksAt = impatient.daemon.addresses.hooks ?? '';
    const { results } = await meanwhile(approving, run(script, { hooksAt }));
    expect(results[0]?.text).toMatch(/Firebreak holds this as H-1: .*has NOT run.*send exactly the same call again/);
    expect(results[2]).toMatchObject({ isError: false });
    expect(results[3]?.text).toMatch(/Firebreak holds this as H-2/);
    expect(readFileSync(join(folder, 'ran.txt'), 'utf8')).toBe('once\n');
  });
});

test("calls of a subagent are seen, held and denied as its parent's are", async () => {
  const settings = join(folder, '.claude', 'settings.json');
  const script: Script = (request) =>
    request.task.includes('do the part')
      ? inOrder(
          { calls: [{ name: 'Write', input: { file_path: settings, content: '{}' } }] },
          { calls: [bashCall('echo sub > sub.txt')] },
        )(request)
      : inOrder({
          calls: [
            {
              name: 'Agent',
              input: { description: 'a part', prompt: 'do the part', subagent_type: 'general-purpose' },
            },
          ],
        })(request);
  const { model } = await run(script, { task: 'Delegate.' });
  const ofSubagent = model.requests.filter(({ headers }) => headers['x-claude-code-agent-id'] !== undefined);
  expect(ofSubagent.at(-1)?.results).toMatchObject([
    { isError: true, text: expect.stringContaining('Firebreak denied this') },
    { isError: false },
  ]);
  expect([existsSync(settings), has('sub.txt')]).toEqual([false, true]);
  const id = ofSubagent[0]?.headers['x-claude-code-agent-id'];
  const seen = (await rig.events()).filter(
    ({ kind, origin }) => kind === 'decided' && JSON.stringify(origin ?? '').includes(String(id)),
  );
  expect(seen).toMatchObject([
    { origin: { subagent: { id, kind: 'general-purpose' } } },
    { origin: { subagent: { id, kind: 'general-purpose' } } },
  ]);
});

test('the session of `firebreak run` is told by its environment', async () => {
  const { session } = await rig.daemon.operations.openSession({
    agent: 'claude',
    intent: 'only plan',
    environments: ['staging'],
    mode: 'plan',
    tier: 'advisory',
  });
  const { results } = await run(inOrder({ calls: [bashCall('echo x > planned.txt')] }), {
    environment: { FIREBREAK_SESSION: session.id },
  });
  expect(results[0]).toMatchObject({ isError: true, text: expect.stringContaining('this session only plans') });
  expect(has('planned.txt')).toBe(false);
});

describe('when the daemon does not answer as it should', () => {
  test('a dead daemon blocks, harmless calls too', async () => {
    const dead = await startHookRig('', ['dana']);
    const hooksAt = dead.daemon.addresses.hooks ?? '';
    await dead.close();
    const { results } = await run(inOrder({ calls: [bashCall('touch ran.txt')] }), { hooksAt });
    expect(results[0]?.isError).toBe(true);
    expect(has('ran.txt')).toBe(false);
  });

  /** @returns whether the command ran. */
  async function ranWith(answer: (response: ServerResponse) => void, timeout = 600): Promise<boolean> {
    const server = createServer((request, response) => {
      request.resume().on('end', () => answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    const hooksAt = `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
    const { PreToolUse = [] } = claudeCodeHooks(hooksAt);
    const hooks = {
      PreToolUse: JSON.parse(JSON.stringify(PreToolUse).replace('"timeout":600', `"timeout":${timeout}`)),
    };
    try {
      const { status } = await run(inOrder({ calls: [bashCall('touch ran.txt')] }), { hooksAt, hooks });
      expect(status).toBe(0);
    } finally {
      server.close();
      server.closeAllConnections();
    }
    return has('ran.txt');
  }

  test.each([
    ['an error', 500, '{}'],
    ['a body that is no JSON', 200, 'garbage'],
    ['JSON of another form', 200, '{"hookSpecificOutput":{"permissionDecision":7}}'],
    ['a denial in the form of another event', 200, '{"decision":"block","reason":"no"}'],
  ])('%s blocks', async (_, status, body) => {
    const answer = (response: ServerResponse) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    expect(await ranWith(answer)).toBe(false);
  });

  test('no answer within the time of the hook blocks', async () => {
    expect(await ranWith(() => undefined, 1)).toBe(false);
  });

  // What the guide says under "what is not covered": whoever takes the door's place can be silent.
  test('an empty answer is silence, and lets the call pass', async () => {
    expect(await ranWith((response) => response.writeHead(200).end())).toBe(true);
  });
});
