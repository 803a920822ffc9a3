/** `firebreak init` for agents as people and scripts meet it: the built command, with stand-ins for the agents' programs. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { firebreak } from '../support/firebreak-command.js';

let folder: string;
const settings = () => join(folder, '.claude', 'settings.json');
const fb = (args: string) =>
  firebreak(args.split(' '), { cwd: folder, env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` } });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fb-init-'));
  for (const [name, version] of [
    ['claude', '2.1.329'],
    ['gemini', '0.61.0'],
  ] as const) {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\necho ${version}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  mkdirSync(join(folder, '.claude'));
  writeFileSync(settings(), '{\n  "theme": "dark"\n}\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('shows each change as a diff, makes it, and has nothing to do the second time', async () => {
  const dry = await fb('init --dry-run --level user');
  expect(dry).toMatchObject({ status: 0 });
  expect(dry.out).toContain('Claude Code 2.1.329: for you');
  expect(dry.out).toMatch(/^--- .*\/\.claude\/settings\.json\n\+\+\+ .*\n@@ -1,3 \+1,\d+ @@\n {/m);
  expect(existsSync(join(folder, 'firebreak.yaml'))).toBe(false);

  const done = await fb('init --yes --level user');
  expect(done).toMatchObject({ status: 0 });
  expect(done.out).toContain('Hooks: Claude Code, Gemini CLI; start these agents again');
  expect(JSON.parse(readFileSync(settings(), 'utf8'))).toMatchObject({ theme: 'dark', hooks: { PreToolUse: [{}] } });

  const again = await fb('init --yes --level user --json');
  expect(JSON.parse(again.out)).toMatchObject({
    hooks: { files: [], done: false, agents: [{ level: 'user' }, { level: 'user' }] },
  });
});

test('takes them out again', async () => {
  await fb('init --yes --level user');
  const undo = await fb('init --undo --json');
  expect(JSON.parse(undo.out).hooks.files).toHaveLength(3);
  expect(readFileSync(settings(), 'utf8')).toBe('{\n  "theme": "dark"\n}\n');
  expect(existsSync(join(folder, '.gemini'))).toBe(false);
  expect((await fb('init --undo')).err).toContain('Nothing to do.');
});

test('installs for the agents that are named, or for none', async () => {
  expect((await fb('init --yes --agents none')).out).not.toContain('Hooks');
  expect(readFileSync(settings(), 'utf8')).not.toContain('hooks');
  await fb('init --yes --agents gemini --level user');
  expect(existsSync(join(folder, '.gemini/settings.json'))).toBe(true);
  expect(readFileSync(settings(), 'utf8')).not.toContain('hooks');
});

test('an agent whose settings cannot be changed is said, with status 1, and the others get theirs', async () => {
  writeFileSync(settings(), '{ "theme": "dark", // mine\n}\n');
  const { status, out } = await fb('init --yes --level user');
  expect(status).toBe(1);
  expect(out).toMatch(/Claude Code 2.1.329: cannot be done: .* is not plain JSON \(comments/);
  expect(out).toContain('No hooks could be installed: Claude Code');
  expect(existsSync(join(folder, '.gemini/settings.json'))).toBe(true);
});

test.each([
  ['init --yes --agents clippy', /there is no agent `clippy`/],
  ['init --dry-run --level top', /there is no level `top`/],
])('what was typed wrong: %s', async (line, message) => {
  expect(await fb(line)).toMatchObject({ status: 2, err: expect.stringMatching(message) });
});

test('doctor tries the hooks, and names what weakens them', async () => {
  await fb('init --yes --agents none');
  const config = join(folder, 'firebreak.yaml');
  writeFileSync(config, `${readFileSync(config, 'utf8')}\nlisten: { hooks: '127.0.0.1:9' }\n`); // discard, which nobody serves.
  await fb('init --yes --level user');
  const { out } = await fb('doctor --json');
  const findings: readonly { level: string; what: string }[] = JSON.parse(out);
  const said = findings.map(({ what }) => what).filter((what) => what.startsWith('Claude Code'));
  expect(said).toEqual([
    'Claude Code 2.1.329: every call is blocked until the daemon runs',
    expect.stringContaining('whatever runs as you can take them out'),
    expect.stringContaining('not covered: '),
  ]);
});
