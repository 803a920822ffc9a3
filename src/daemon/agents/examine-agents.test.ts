/** What `firebreak doctor` says of hooks: tried for real, against doors that deny, allow, hang and are not there. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Finding } from '#cli/services';
import { ANSWER_MARK } from '#intercept/hook/client/script';
import { DIALECTS } from '#intercept/hook/dialects';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { type AgentHooksContext, clientPath, planAgentHooks } from './agent-hooks.js';
import { placesOf } from './detect.js';
import { examineAgents } from './examine-agents.js';

let folder: string;
let server: Server;
let context: AgentHooksContext;
/** What the door says to a call. */
let decides: (agent: string, event: string, body: string, response: ServerResponse) => void;
const asked: string[] = [];

const say = (kind: 'allow' | 'deny') => (agent: string, event: string, _body: string, response: ServerResponse) => {
  const text =
    DIALECTS.get(agent)?.answer(event, kind === 'allow' ? { kind } : { kind, reason: 'out of bounds' }) ?? '';
  response
    .writeHead(200, { 'content-length': Buffer.byteLength(text), [ANSWER_MARK.name]: ANSWER_MARK.value })
    .end(text);
};

beforeEach(async () => {
  folder = temporaryFolder();
  asked.length = 0;
  decides = say('deny');
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const [, , , agent = '', event = ''] = (request.url ?? '').split('/');
      asked.push(`${agent} ${body}`);
      decides(agent, event, body, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  for (const name of ['bin', 'home', 'project', 'state']) mkdirSync(join(folder, name));
  const environment = {
    HOME: join(folder, 'home'),
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    FIREBREAK_MANAGED_ROOT: folder,
  };
  context = {
    stateFolder: join(folder, 'state'),
    address: `127.0.0.1:${typeof at === 'object' ? at?.port : ''}`,
    environment,
    places: placesOf(environment, join(folder, 'project')),
  };
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

function program(name: string, text: string, where = 'bin'): void {
  const path = join(folder, where, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

const ALL = ['claude', 'gemini', 'opencode', 'cursor', 'copilot'];
const says = (name: string, version: string) => program(name, `#!/bin/sh\necho ${version}\n`);
const install = async (level: 'user' | 'managed' | 'project' = 'user', more: Partial<AgentHooksContext> = {}) =>
  (await planAgentHooks({ ...context, ...more }, { agents: undefined, level })).apply();
const problems = (findings: readonly Finding[]) =>
  findings.filter(({ level }) => level === 'problem').map(({ what }) => what);
const about = (findings: readonly Finding[], pattern: RegExp) => findings.filter(({ what }) => pattern.test(what));
const editSettings = (path: string, edit: (text: string) => string) => {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, edit(existing(whole)));
};
const existing = (path: string) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

test('each hook is called as its agent would call it, with a call that must be denied and names nothing that is there', async () => {
  for (const name of ALL) says(name, '9.9.9');
  await install();
  const findings = await examineAgents(context, true);
  expect(problems(findings)).toEqual([]);
  expect(about(findings, /denies what it must/)).toHaveLength(ALL.length);
  expect(asked.map((one) => one.split(' ')[0]).sort()).toEqual([
    'claude-code',
    'copilot',
    'cursor',
    'gemini',
    'opencode',
  ]);
  for (const one of asked) expect(one).toContain('rm -rf /etc/firebreak/canary');
});

test('a door that lets it pass is a problem, for every agent', async () => {
  for (const name of ALL) says(name, '9.9.9');
  await install();
  decides = say('allow');
  expect(problems(await examineAgents(context, true))).toHaveLength(ALL.length);
});

test('without a daemon everything is blocked, which is said, and is no problem of the hooks', async () => {
  for (const name of ALL) says(name, '9.9.9');
  await install('user', { address: '127.0.0.1:9' });
  const findings = await examineAgents(context, false);
  expect(problems(findings)).toEqual([]);
  expect(about(findings, /every call is blocked until the daemon runs/)).toHaveLength(ALL.length);
  // With a daemon elsewhere it is one: the hooks call the wrong address.
  expect(problems(await examineAgents(context, true))).toHaveLength(ALL.length);
});

test('an agent without hooks is said, and one that is not here is not', async () => {
  says('gemini', '0.61.0');
  const findings = await examineAgents(context, true);
  expect(findings.map(({ what }) => what)).toEqual([
    'Gemini CLI 0.61.0: has no hooks, so nothing that it runs is decided on',
  ]);
});

describe('weaknesses', () => {
  test('hooks that the user, or whoever changes the project, can take out', async () => {
    says('claude', '2.1.329');
    await install('user');
    expect(about(await examineAgents(context, true), /whatever runs as you can take them out/)).toHaveLength(1);
    await install('project');
    expect(about(await examineAgents(context, true), /whoever changes the project can take them out/)).toHaveLength(1);
    await install('managed');
    expect(about(await examineAgents(context, true), /can take them out/)).toEqual([]);
  });

  test('a version of Claude Code that runs calls when the daemon is down', async () => {
    says('claude', '2.1.329');
    await install();
    says('claude', '2.1.197');
    expect(problems(await examineAgents(context, true))).toEqual([expect.stringContaining('versions before 2.1.295')]);
    await install();
    expect(problems(await examineAgents(context, true))).toEqual([]);
  });

  test.each([
    ['claude', 'home/.claude/settings.json', '"disableAllHooks": true', /disableAllHooks/],
    ['claude', 'project/.claude/settings.json', '"disableAllHooks": true', /disableAllHooks/],
    ['gemini', 'home/.gemini/settings.json', '"hooksConfig": {"enabled": false}', /hooksConfig.enabled/],
    ['gemini', 'project/.gemini/settings.json', '"hooksConfig": {"disabled": ["firebreak"]}', /hooksConfig.disabled/],
  ])('hooks that are turned off: %s by %s', async (name, path, member, pattern) => {
    says(name, '9.9.9');
    await install();
    editSettings(path, (text) => (text === '' ? `{${member}}` : text.replace('{', `{${member},`)));
    expect(problems(await examineAgents(context, true))).toEqual([expect.stringMatching(pattern)]);
  });

  test('another hook that could rewrite a call after it was allowed', async () => {
    says('claude', '2.1.329');
    await install();
    editSettings(
      'project/.claude/settings.json',
      () => '{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"x"}]}]}}',
    );
    expect(about(await examineAgents(context, true), /another hook for PreToolUse/)).toHaveLength(1);
  });

  test('a script or an alias that starts the agent without its hooks, and a second program of that name', async () => {
    says('claude', '2.1.329');
    await install();
    program('claude', '#!/bin/sh\n[ "$1" = --version ] && echo 2.1.329 && exit\nexec real-claude --bare "$@"\n');
    program('claude', '#!/bin/sh\necho 1\n', 'other');
    editSettings('home/.zshrc', () => "alias claude='claude --setting-sources user'\n");
    const more = {
      ...context,
      environment: { ...context.environment, PATH: `${context.environment['PATH']}:${join(folder, 'other')}` },
    };
    const findings = await examineAgents(more, true);
    expect(problems(findings)).toEqual([
      expect.stringContaining('`--bare`'),
      expect.stringContaining('.zshrc starts it with `--setting-sources`'),
    ]);
    expect(about(findings, /several programs of that name/)).toHaveLength(1);
  });

  test('a client that is not the one of this version, or is gone', async () => {
    says('gemini', '0.61.0');
    await install();
    const client = clientPath('user', context.places);
    writeFileSync(client, readFileSync(client, 'utf8').replace('do not edit', 'edited'));
    expect(about(await examineAgents(context, true), /is not this version's/)).toHaveLength(1);
    rmSync(client);
    expect(problems(await examineAgents(context, true))).toEqual([expect.stringContaining('reaches no daemon')]);
  });

  test('hooks at two levels', async () => {
    says('claude', '2.1.329');
    await install();
    const text = readFileSync(join(folder, 'home/.claude/settings.json'), 'utf8');
    editSettings('project/.claude/settings.json', () => text);
    expect(about(await examineAgents(context, true), /has hooks twice/)).toHaveLength(1);
  });

  test('a hook that hangs is a problem, and does not hang doctor', async () => {
    says('copilot', '1.0.0');
    await install();
    decides = (_agent, _event, _body, response) => {
      onTestFinished(() => void response.destroy());
    };
    const began = Date.now();
    expect(problems(await examineAgents(context, true))).toHaveLength(1);
    expect(Date.now() - began).toBeLessThan(20_000);
  });
});
