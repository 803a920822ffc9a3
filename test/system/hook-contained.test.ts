/** Hooks of an agent that `firebreak run` has contained: the same address as outside, and the door of this very session. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type PreparedFirebreak, prepareFirebreak, startFirebreak } from '../../demo/daemon-process.js';
import { packageFile } from '../../demo/package-root.js';
import { bash } from '../integration/hook-rig.js';

/** `firebreak run --tier contained FLAGS -- COMMAND`, in a workspace of its own. */
function contained(prepared: PreparedFirebreak, cwd: string, flags: readonly string[], command: readonly string[]) {
  const { configFile, state } = prepared;
  const where = ['--config', configFile, '--state', state.path];
  const args = [
    packageFile('dist', 'src', 'main.js'),
    'run',
    ...where,
    '--tier',
    'contained',
    ...flags,
    '--',
    ...command,
  ];
  const home = join(cwd, '..');
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env['PATH'], HOME: home } });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  return new Promise<typeof text>((resolve) => child.once('close', () => resolve(text)));
}

test('a contained agent reaches the door of its own session at the address that its settings name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fb-hc-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const prepared = await prepareFirebreak({
    folder: join(folder, 'fb'),
    approvers: [],
    secrets: [],
    config: "version: 1\nenvironments: { staging: {} }\nlisten: { human: '127.0.0.1:0', hooks: '127.0.0.1:0' }\n",
  });
  const firebreak = await startFirebreak(prepared);
  onTestFinished(() => firebreak.close());
  const workspace = join(folder, 'home', 'shop');
  mkdirSync(workspace, { recursive: true });
  // The agent: it tells its hook what it is about to do, under a name of another session, and prints the answers.
  const url = `http://${firebreak.addresses.hooks}/v1/hooks/claude-code/PreToolUse`;
  const ask = (file: string) =>
    `curl -s -w '%{http_code}\\n' -H 'content-type: application/json' -H 'x-firebreak-session: ses_other' -d @${file} ${url}`;
  writeFileSync(join(workspace, 'read.json'), JSON.stringify(bash('ls', { cwd: workspace })));
  writeFileSync(join(workspace, 'write.json'), JSON.stringify(bash('touch x', { cwd: workspace })));
  const agent = join(workspace, 'agent');
  writeFileSync(agent, `#!/bin/sh\n${ask('read.json')}\n${ask('write.json')}\n`);
  chmodSync(agent, 0o755);

  const { out, err } = await contained(prepared, workspace, ['--plan', '--intent', 'look around'], ['./agent']);
  expect(err).toMatch(/tier: contained/);
  const [read, write] = out.trim().split('\n');
  // Silence for a read; and this session only plans, which no other does.
  expect(read).toBe('200');
  expect(write).toMatch(/"permissionDecision":"deny".*this session only plans.*200$/);
  const [, session] = /session (ses_\w+)/.exec(err) ?? [];
  expect(session).toBeDefined();
});
