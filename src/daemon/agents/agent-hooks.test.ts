/** `firebreak init` and `--undo` for agents, on a home folder and a stand-in for `/etc` of their own. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { type AgentHooksContext, clientText, planAgentHooks, planUndo } from './agent-hooks.js';
import { placesOf } from './detect.js';

let folder: string;
let home: string;
let context: AgentHooksContext;

/** A program of that name that says its version. */
function program(name: string, version: string): void {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho "${name} ${version}"\n`);
  chmodSync(path, 0o755);
}

function put(path: string, text: string): string {
  const whole = join(home, path);
  mkdirSync(join(whole, '..'), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}

/** Every file with its text and mode, by path. */
function everything(): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  const own = files.filter((path) => !path.startsWith('state/')).sort();
  return Object.fromEntries(
    own.map((path) => [
      path,
      `${(statSync(join(folder, path)).mode & 0o777).toString(8)} ${readFileSync(join(folder, path), 'utf8')}`,
    ]),
  );
}

/** Folders, too. */
const folders = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isDirectory())
    .sort();

const ALL = { agents: undefined, level: undefined };
const USER = { agents: undefined, level: 'user' } as const;

beforeEach(() => {
  folder = temporaryFolder();
  home = join(folder, 'home');
  for (const name of ['bin', 'home', 'project', 'state', 'etc']) mkdirSync(join(folder, name));
  const environment = { HOME: home, PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, FIREBREAK_MANAGED_ROOT: folder };
  context = {
    stateFolder: join(folder, 'state'),
    address: '127.0.0.1:7371',
    environment,
    places: placesOf(environment, join(folder, 'project')),
  };
});

describe('installing', () => {
  test('only agents that are here get hooks', async () => {
    program('gemini', '0.61.0');
    put('.copilot/config.json', '{}');
    const plan = await planAgentHooks(context, USER);
    expect(plan.agents.map(({ agent, version }) => [agent, version])).toEqual([
      ['gemini', '0.61.0'],
      ['copilot', undefined],
    ]);
  });

  test('nothing is changed before it is carried out, and a second time there is nothing to do', async () => {
    for (const name of ['claude', 'gemini', 'opencode', 'cursor', 'copilot']) program(name, '9.9.9');
    const before = everything();
    const plan = await planAgentHooks(context, USER);
    expect(everything()).toEqual(before);
    expect(plan.files.map(({ kind }) => kind)).toEqual(Array(6).fill('new'));
    await plan.apply();
    expect(Object.keys(everything())).toEqual([
      ...Object.keys(before),
      'home/.claude/settings.json',
      'home/.config/opencode/plugin/firebreak.js',
      'home/.copilot/hooks/firebreak.json',
      'home/.cursor/hooks.json',
      'home/.gemini/settings.json',
      'home/.local/share/firebreak/hook-client',
    ]);
    const again = await planAgentHooks(context, USER);
    expect(again.files).toEqual([]);
    expect(again.agents.every(({ problem }) => problem === undefined)).toBe(true);
  });

  test('in a home folder, where the project is the user, hooks stay', async () => {
    program('claude', '2.1.329');
    program('gemini', '0.61.0');
    const here = { ...context, places: { ...context.places, project: home } };
    await (await planAgentHooks(here, USER)).apply();
    expect((await planAgentHooks(here, USER)).files).toEqual([]);
    expect(planUndo(here, { agents: undefined }).files).toHaveLength(3);
  });

  test('the strongest level that can be written is taken, and weaker ones are cleared', async () => {
    program('claude', '2.1.329');
    const own = put('.claude/settings.json', '{"theme":"dark"}');
    await (await planAgentHooks(context, USER)).apply();
    expect(readFileSync(own, 'utf8')).toContain('v1/hooks');
    const plan = await planAgentHooks(context, ALL);
    expect(plan.agents[0]?.level).toBe('managed');
    await plan.apply();
    expect(readFileSync(own, 'utf8')).toBe('{"theme":"dark"}');
    expect(statSync(join(folder, 'etc/claude-code/managed-settings.json')).mode & 0o777).toBe(0o644);
    expect((await planAgentHooks(context, ALL)).files).toEqual([]);
  });

  test('hooks of others are silenced by nobody: only a file of ours alone keeps others out', async () => {
    program('claude', '2.1.329');
    const managed = join(folder, 'etc/claude-code/managed-settings.json');
    await (await planAgentHooks(context, ALL)).apply();
    expect(JSON.parse(readFileSync(managed, 'utf8'))).toMatchObject({ allowManagedHooksOnly: true });
    await planUndo(context, { agents: undefined }).apply();
    put('.claude/settings.json', '{"hooks":{"PostToolUse":[{"hooks":[{"type":"command","command":"prettier"}]}]}}');
    await (await planAgentHooks(context, ALL)).apply();
    expect(JSON.parse(readFileSync(managed, 'utf8'))).not.toHaveProperty('allowManagedHooksOnly');
  });

  test('the client is a program that its owner alone can change', async () => {
    program('copilot', '1.0.0');
    await (await planAgentHooks(context, ALL)).apply();
    const client = join(home, '.local/share/firebreak/hook-client');
    expect(statSync(client).mode & 0o777).toBe(0o755);
    expect(readFileSync(client, 'utf8')).toBe(clientText());
  });

  test('settings with comments are left alone, with a word why, and other agents get their hooks', async () => {
    program('claude', '2.1.329');
    program('gemini', '0.61.0');
    const own = put('.claude/settings.json', '{\n  // mine\n  "theme": "dark"\n}\n');
    const plan = await planAgentHooks(context, USER);
    expect(plan.agents[0]?.problem).toMatch(/is not plain JSON/);
    await plan.apply();
    expect(readFileSync(own, 'utf8')).toContain('// mine');
    expect(existsSync(join(home, '.gemini/settings.json'))).toBe(true);
  });

  test('a link is followed, and the mode of what it leads to is kept', async () => {
    program('claude', '2.1.329');
    const real = put('dotfiles/claude.json', '{}\n');
    chmodSync(real, 0o640);
    mkdirSync(join(home, '.claude'));
    symlinkSync(real, join(home, '.claude/settings.json'));
    await (await planAgentHooks(context, USER)).apply();
    expect(readFileSync(real, 'utf8')).toContain('v1/hooks');
    expect(statSync(real).mode & 0o777).toBe(0o640);
  });

  test('a file that was changed after it was shown is not overwritten', async () => {
    program('claude', '2.1.329');
    program('gemini', '0.61.0');
    const plan = await planAgentHooks(context, USER);
    put('.gemini/settings.json', '{"mine": true}');
    await expect(plan.apply()).rejects.toMatchObject({ code: 'SETTINGS_CHANGED' });
    expect(existsSync(join(home, '.claude/settings.json'))).toBe(false);
  });

  test('hooks need an address that stays', async () => {
    program('claude', '2.1.329');
    const plan = await planAgentHooks({ ...context, address: '127.0.0.1:0' }, USER);
    expect(plan.agents[0]?.problem).toMatch(/leaves the port open/);
    expect(plan.files).toEqual([]);
  });

  test('what cannot be is said: an agent that nobody knows, a level that an agent does not have', async () => {
    program('copilot', '1.0.0');
    await expect(planAgentHooks(context, { agents: ['clippy'], level: undefined })).rejects.toMatchObject({
      code: 'USAGE',
    });
    const plan = await planAgentHooks(context, { agents: ['copilot'], level: 'managed' });
    expect(plan.agents[0]?.problem).toMatch(/no managed settings/);
    expect(plan.files).toEqual([]);
  });
});

describe('undoing', () => {
  const SETTINGS = '{"theme":   "dark",\n\t"hooks": {"PreToolUse": []}}';

  beforeEach(() => {
    for (const name of ['claude', 'codex', 'gemini', 'opencode', 'cursor', 'copilot']) program(name, '9.9.9');
  });

  test.each([USER, ALL, { agents: undefined, level: 'project' } as const])(
    'brings back byte for byte what was there: %o',
    async (request) => {
      chmodSync(put('.claude/settings.json', SETTINGS), 0o600);
      put('.gemini/settings.json', '{}');
      const [files, tree] = [everything(), folders()];
      await (await planAgentHooks(context, request)).apply();
      expect(everything()).not.toEqual(files);
      const undo = planUndo(context, { agents: undefined });
      expect(undo.files.length).toBeGreaterThan(4);
      await undo.apply();
      expect(everything()).toEqual(files);
      expect(folders()).toEqual(tree);
      expect(planUndo(context, { agents: undefined }).files).toEqual([]);
      expect(readdirSync(context.stateFolder)).toEqual([]);
    },
  );

  test('after an update of the hooks, too', async () => {
    put('.claude/settings.json', SETTINGS);
    const files = everything();
    await (await planAgentHooks(context, USER)).apply();
    await (await planAgentHooks({ ...context, address: '127.0.0.1:9' }, USER)).apply();
    await planUndo(context, { agents: undefined }).apply();
    expect(everything()).toEqual(files);
  });

  test('takes out our part alone where a person has changed the file since', async () => {
    const own = put('.claude/settings.json', SETTINGS);
    await (await planAgentHooks(context, USER)).apply();
    writeFileSync(own, readFileSync(own, 'utf8').replace('"dark"', '"light"'));
    await planUndo(context, { agents: undefined }).apply();
    expect(JSON.parse(readFileSync(own, 'utf8'))).toMatchObject({ theme: 'light' });
    expect(readFileSync(own, 'utf8')).not.toContain('v1/hooks');
  });

  test('works without the state folder, which may be lost', async () => {
    put('.claude/settings.json', '{"theme":"dark"}');
    await (await planAgentHooks(context, USER)).apply();
    await planUndo({ ...context, stateFolder: join(folder, 'etc') }, { agents: undefined }).apply();
    expect(Object.values(everything()).filter((text) => /hook-client|v1\/hooks/.test(text))).toEqual([]);
  });

  test('of one agent leaves the others and the client', async () => {
    await (await planAgentHooks(context, USER)).apply();
    await planUndo(context, { agents: ['gemini'] }).apply();
    expect(existsSync(join(home, '.gemini'))).toBe(false);
    expect(existsSync(join(home, '.local/share/firebreak/hook-client'))).toBe(true);
    expect(readFileSync(join(home, '.claude/settings.json'), 'utf8')).toContain('v1/hooks');
  });
});
