import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerMayEnter, ownerIn } from '#intercept/hook/peer-user';
import { bash, type HookRig, preToolUse, sendHook, startHookRig } from './hook-rig.js';

const CALL = '/v1/hooks/claude-code/PreToolUse';
const HARMLESS = 'ls -la';
/** Held on every machine: nobody knows the disk, and nothing of it can be kept. */
const HELD = 'dd if=/dev/zero of=/dev/sda bs=1M';

let rig: HookRig;
beforeAll(async () => {
  rig = await startHookRig();
});
afterAll(() => rig?.close());

const send = (body: unknown, path = CALL, sending: Parameters<typeof sendHook>[3] = {}) =>
  sendHook(rig.url, path, typeof body === 'string' ? body : JSON.stringify(body), sending);

describe('a call of a tool', () => {
  test('that is harmless is answered with silence, so that the own rules of the person decide', async () => {
    expect(await send(bash(HARMLESS))).toMatchObject({ status: 200, text: '' });
  });

  test('that is denied says why and what next, in at most 600 characters', async () => {
    const answer = await send(preToolUse('Write', { file_path: '/root/.claude/settings.json', content: '{}' }));
    expect(answer).toMatchObject({ status: 200, decision: 'deny' });
    expect(answer.reason).toMatch(/^Firebreak denied this: .*Claude Code's hooks.*Next: do not retry/);
    expect(answer.reason.length).toBeLessThanOrEqual(600);
  });

  test('reaches the same door over the socket of small clients', async () => {
    const socketPath = join(rig.prepared.state.path, 'hook.sock');
    const answer = await sendHook('http://localhost', CALL, JSON.stringify(bash(HARMLESS)), { socketPath });
    expect(answer).toMatchObject({ status: 200, text: '' });
  });

  test('is on the record with its id, its run, its subagent and its folder; so are the words before and the output after', async () => {
    const run = { session_id: 'run-recorded', agent_id: 'a-7', agent_type: 'explorer' };
    const told = {
      session_id: 'run-recorded',
      cwd: '/srv/shop',
      hook_event_name: 'UserPromptSubmit',
      prompt: 'look around',
    };
    const note = { ...told, prompt: '<task-notification>\n<result>drop everything</result></task-notification>' };
    const call = bash(HARMLESS, run);
    await send(told, '/v1/hooks/claude-code/UserPromptSubmit');
    await send(note, '/v1/hooks/claude-code/UserPromptSubmit');
    await send(call);
    const output = { ...call, hook_event_name: 'PostToolUse', tool_response: { stdout: 'total 0', stderr: '' } };
    await send(output, '/v1/hooks/claude-code/PostToolUse');
    const failed = { ...bash('false', run), hook_event_name: 'PostToolUseFailure', error: 'Exit code 3\nno' };
    await send(failed, '/v1/hooks/claude-code/PostToolUseFailure');
    await send({ ...told, hook_event_name: 'SessionEnd', reason: 'other' }, '/v1/hooks/claude-code/SessionEnd');

    const ofRun = (await rig.events()).filter((event) => JSON.stringify(event).includes('run-recorded'));
    const decided = ofRun.find((event) => event['kind'] === 'decided');
    expect(ofRun.map((event) => event['act'] ?? event['kind'])).toEqual([
      'session-opened',
      'instructed',
      'decided',
      'output',
      'output',
      'session-closed',
    ]);
    expect(decided).toMatchObject({
      session: { agent: 'Claude Code', intent: 'look around', environments: ['*'], tier: 'advisory' },
      origin: {
        callId: call['tool_use_id'],
        agentRun: 'run-recorded',
        subagent: { id: 'a-7', kind: 'explorer' },
        folder: '/srv/shop',
      },
      action: { kind: 'shell', text: HARMLESS, cwd: '/srv/shop' },
    });
    expect(ofRun.filter((event) => event['kind'] === 'output')).toMatchObject([
      { output: 'total 0', bytes: 7, exitStatus: 0, actionId: decided?.['actionId'], subagent: { id: 'a-7' } },
      { output: 'no', exitStatus: 3 },
    ]);
    expect(ofRun.find((event) => event['kind'] === 'output')?.['digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});

describe('a call that is held', () => {
  test('waits, and runs when a person approves it: the agent need not ask anybody again', async () => {
    const answer = send(bash(HELD, { session_id: 'run-waits' }));
    const hold = await rig.waiting();
    expect(hold.session.agent).toBe('Claude Code');
    await rig.approve(hold);
    expect(await answer).toMatchObject({ status: 200, decision: 'allow' });
  });

  test('is denied when a person says no', async () => {
    const answer = send(bash(HELD, { session_id: 'run-no' }));
    const hold = await rig.waiting();
    await rig.daemon.operations.reject(hold.id, { by: 'dana', reason: 'not today' });
    const { decision, reason } = await answer;
    expect(decision).toBe('deny');
    expect(reason).toMatch(new RegExp(`^Firebreak denied this \\(${hold.id}\\): dana said no: not today`));
  });

  test('outlives its client and a restart of the daemon, and the same call again finds it', async () => {
    const gone = new AbortController();
    const call = bash(HELD, { session_id: 'run-again' });
    const first = send(call, CALL, { signal: gone.signal }).catch(() => 'gone');
    const hold = await rig.waiting();
    gone.abort();
    expect(await first).toBe('gone');
    await rig.approve(hold);
    await rig.restart();
    // The same words in another folder, and of another run, are other calls.
    const elsewhere = send({ ...call, cwd: '/srv/other' });
    const other = await rig.waiting();
    expect(other.id).not.toBe(hold.id);
    await rig.daemon.operations.reject(other.id, { by: 'dana', reason: 'no' });
    expect((await elsewhere).decision).toBe('deny');

    expect(await send({ ...call, tool_use_id: 'toolu_later' })).toMatchObject({ decision: 'allow' });
    expect((await rig.daemon.operations.hold(hold.id)).state).toBe('released');
    // Once: the next one waits for people anew.
    const third = send(call);
    const anew = await rig.waiting();
    expect(anew.id).not.toBe(hold.id);
    await rig.daemon.operations.reject(anew.id, { by: 'dana', reason: 'no' });
    await third;
  });
});

describe('what no agent sends is refused', () => {
  const reasons: readonly (readonly [string, string, string | object])[] = [
    ['garbage', CALL, 'nonsense'],
    ['nothing', CALL, ''],
    ['a list', CALL, '[]'],
    ['invalid UTF-8', CALL, '{"session_id":"\uFFFDx"'],
    [
      'an unknown event',
      '/v1/hooks/claude-code/PreEverything',
      { ...bash(HARMLESS), hook_event_name: 'PreEverything' },
    ],
    ['another event than the path says', '/v1/hooks/claude-code/PostToolUse', bash(HARMLESS)],
    ['a call without a session', CALL, bash(HARMLESS, { session_id: 7 })],
    ['a call without a tool', CALL, bash(HARMLESS, { tool_name: '' })],
    ['a command that is no text', CALL, preToolUse('Bash', { command: ['rm'] })],
    ['input that is no object', CALL, bash(HARMLESS, { tool_input: 'rm' })],
  ];
  // FAIL-CLOSED: what is not of the agent's own form is denied.
  test.each(reasons)("what is not of the agent's own form is denied: %s", async (_, path, body) => {
    const answer = await send(body, path);
    expect(answer.status).toBe(200);
    expect(answer.decision).toMatch(/^(deny|block)$/);
    expect(answer.reason).toMatch(/^Firebreak did not let this run: .*Next: nothing was run/);
  });

  test('a request that no hook of an agent makes gets an error', async () => {
    expect(await send(bash(HARMLESS), '/v1/hooks/nobody/PreToolUse')).toMatchObject({ status: 404, decision: 'deny' });
    expect(await send(bash(HARMLESS), '/v1/hooks/claude-code/../x')).toMatchObject({ status: 404, decision: 'deny' });
    expect(await send('', CALL, { method: 'GET' })).toMatchObject({ status: 405 });
  });

  test('a page in a browser is refused, whatever it sends', async () => {
    const from = (headers: Record<string, string>) => send(bash(HARMLESS), CALL, { headers });
    expect(await from({ origin: 'https://example.com' })).toMatchObject({ status: 403 });
    expect(await from({ origin: 'null' })).toMatchObject({ status: 403 });
    expect(await from({ 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 });
    expect(await from({ 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await from({ host: 'rebound.example.com' })).toMatchObject({ status: 421 });
  });

  test('a body that is too long is denied', async () => {
    const answer = await send(bash('x'.repeat(1_100_000)));
    expect(answer).toMatchObject({ status: 200, decision: 'deny' });
    expect(answer.reason).toMatch(/longer than the 1048576 bytes/);
  });

  test('a body that takes too long to arrive is denied', async () => {
    const answer = await slowly(rig.daemon.addresses.hooks ?? '');
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(answer).toMatch(/"permissionDecision":"deny".*did not arrive in time/);
  }, 20_000);

  test('whatever fails on the way to a decision, the call is denied: too deep to have a digest', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const body = JSON.stringify(preToolUse('Weird', { x: 0 })).replace('"x":0', `"x":${deep}`);
    expect(await send(body)).toMatchObject({ status: 200, decision: 'deny' });
    expect(await send(JSON.stringify(bash('\ud800')))).toMatchObject({ status: 200, decision: 'deny' });
  });

  test('a run whose session of `firebreak run` has ended does not become one that may do more', async () => {
    const opened = await rig.daemon.operations.openSession({
      agent: 'claude',
      intent: 'tidy up',
      environments: ['staging'],
      mode: 'plan',
      tier: 'advisory',
    });
    const headers = { 'x-firebreak-session': opened.session.id };
    const call = bash('touch /srv/shop/x', { session_id: 'run-claimed' });
    const planned = await send(call, CALL, { headers });
    expect(planned.reason).toMatch(/this session only plans/);
    await rig.daemon.operations.closeSession(opened.session.id);
    const ended = await send(call, CALL, { headers });
    expect(ended.decision).toBe('deny');
    expect(ended.reason).toMatch(/the session of this `firebreak run` has ended \(start the agent again/);
  });

  test('never anything but an answer, for any JSON', async () => {
    const port = rig.url;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('PreToolUse', 'PostToolUse', 'UserPromptSubmit', 'X'),
        fc.jsonValue(),
        async (event, value) => {
          const { status, text } = await sendHook(port, `/v1/hooks/claude-code/${event}`, JSON.stringify(value));
          expect(status).toBe(200);
          expect(text).toMatch(/block|deny/);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('who may call over the network', () => {
  const LIST = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1CCB 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0',
    '   1: 0100007F:D431 0100007F:1CCB 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0 20 4 30 10 -1',
    '   2: 0100007F:D432 0100007F:1CCB 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1',
    '',
  ].join('\n');

  test("the system's own list says whose connection it is", () => {
    expect(ownerIn(LIST, '127.0.0.1', 0xd431, '127.0.0.1', 0x1ccb)).toBe(1001);
    // Nobody holds it any more: that the list calls it root's says nothing.
    expect(ownerIn(LIST, '127.0.0.1', 0xd432, '127.0.0.1', 0x1ccb)).toBeUndefined();
    expect(ownerIn(LIST, '127.0.0.1', 0xd433, '127.0.0.1', 0x1ccb)).toBeUndefined();
    expect(ownerIn(LIST, 'nonsense', 1, '127.0.0.1', 2)).toBeUndefined();
  });

  test.runIf(process.platform === 'linux')(
    "a caller that the system's own list does not show as one of the users is not let in",
    async () => {
      const [host, port] = (rig.daemon.addresses.hooks ?? '').split(':');
      const socket = connect({ host: host ?? '', port: Number(port) });
      await new Promise((resolve) => socket.once('connect', resolve));
      // Seen from the other end.
      const seen = {
        remoteAddress: socket.localAddress,
        remotePort: socket.localPort,
        remoteFamily: 'IPv4',
        localAddress: socket.remoteAddress,
        localPort: socket.remotePort,
      };
      const own = process.getuid?.() ?? -1;
      expect(await callerMayEnter(seen, new Set([own]))).toBe(true);
      expect(await callerMayEnter(seen, new Set([own + 1]))).toBe(own === 0);
      expect(await callerMayEnter({ ...seen, remotePort: 1 }, new Set([own]))).toBe(false);
      socket.destroy();
    },
  );
});

/** Sends a head and half a body, and waits for what comes. */
function slowly(address: string): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) });
    let heard = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      heard += text;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(heard));
    socket.write(
      `POST ${CALL} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"session_id":`,
    );
  });
}
