/** The replay on a real terminal: the person decides, by key, on the page, or in another terminal. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { packageFile } from '../../demo/package-root.js';
import { signIn } from '../../demo/page-visitor.js';
import { firebreak } from '../support/firebreak-command.js';
import { openTerminal, type Screen } from '../support/tmux.js';

let folder: string;
let screen: Screen;
let closed: boolean;

beforeEach(() => {
  closed = false;
  folder = mkdtempSync(join(tmpdir(), 'fb-demo-'));
  chmodSync(folder, 0o755); // PostgreSQL runs as another user when the tests run as root.
  const [bin, scratch] = [join(folder, 'bin'), join(folder, 'tmp')];
  mkdirSync(bin);
  mkdirSync(scratch);
  chmodSync(scratch, 0o755);
  const main = packageFile('dist', 'src', 'main.js');
  writeFileSync(join(bin, 'firebreak'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
  screen = openTerminal({
    cwd: folder,
    env: { HOME: folder, TMPDIR: scratch, PATH: `${bin}:${process.env['PATH']}` },
    height: 50,
  });
  onTestFinished(() => {
    if (!closed) screen.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });
});

/** Waits until a hold waits for the person. @returns what the screen says of how to decide it. */
async function waits(id: string) {
  const [, url = '', state = ''] = await screen.shows(
    new RegExp(`${id} waits for you[\\s\\S]*?(http:\\S+)/holds/${id}\\n[\\s\\S]*?approve ${id} --state (\\S+)`),
  );
  return { url, state };
}

/** A code of the person's authenticator app, which the replay plays. */
async function newCode(): Promise<string> {
  const before = screen.read(true).match(/authenticator app: \d{6}/g)?.length ?? 0;
  screen.type('c');
  const [, code = ''] = await screen.shows(
    new RegExp(`(?:authenticator app: \\d{6}[\\s\\S]*){${before}}authenticator app: (\\d{6})`),
  );
  return code;
}

/** The end: status, screen, and that nothing is left. */
async function finish() {
  await screen.shows(/Use it in your own project[\s\S]*prompt>$/);
  screen.type('echo "status=$?="', 'Enter');
  const [, status = ''] = await screen.shows(/status=(\d+)=/);
  const text = screen.read(true);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(text).not.toMatch(/\n {4}at /);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  return { status: Number(status), text };
}

test('a person rejects in another terminal, on the page and by key, freezes by key, and nothing is lost', async () => {
  screen.type('firebreak demo', 'Enter');
  const first = await waits('H-1');
  const rejected = await firebreak(
    ['reject', 'H-1', '--state', first.state, '--reason', 'not by a function', '--by', 'you'],
    { cwd: folder },
  );
  expect(rejected).toMatchObject({ status: 0, out: 'H-1: rejected. The agent is told.\n' });
  await screen.shows(/not by a function/);
  const second = await waits('H-2');
  const visitor = await signIn(second.url, 'you', await newCode());
  await visitor.reject('H-2', 'read the task again');
  await screen.shows(/read the task again/);
  await waits('H-3');
  screen.type('r');
  await screen.shows(/\[you\] reject H-3/);
  await waits('H-4');
  screen.type('f');
  const { status, text } = await finish();
  expect(status).toBe(0);
  expect(text).toMatch(/DELETE without WHERE +done +held as H-2, rejected/);
  expect(text).toMatch(/volumeDelete, with its own token +not needed +held as H-4, then frozen/);
  expect(text).toMatch(/Guarded: nothing lost\./);
  expect(text).toMatch(/S-1 is undone: every table has the checksum that it had before\./);
}, 90_000);

test('what a person approves is done: the status is not 0, and what was lost is named; s leaves the rest to the replay', async () => {
  screen.type('firebreak demo', 'Enter');
  await waits('H-1');
  screen.type('r');
  const { state } = await waits('H-2');
  const approved = await firebreak(
    ['approve', 'H-2', '--state', state, '--approver', 'you', '--code', await newCode()],
    { cwd: folder },
  );
  expect(approved).toMatchObject({ status: 0, out: 'H-2: approved. It runs once, now.\n' });
  await waits('H-3');
  screen.type('s');
  const { status, text } = await finish();
  expect(status).toBe(1);
  expect(text).toMatch(/DELETE without WHERE +done +held as H-2, APPROVED/);
  expect(text).toMatch(/Guarded: 66,000 rows of payments LOST, because H-2 was approved\./);
  expect(text).toMatch(/DROP TABLE \.\.\. CASCADE +done +held as H-3, rejected/);
  expect(text).toMatch(/Act three[\s\S]*left out: what was approved in act two has changed the database\./);
}, 90_000);

test('Ctrl-C while something waits gives the terminal back, clean', async () => {
  screen.type('firebreak demo', 'Enter');
  await waits('H-1');
  screen.type('C-c');
  await screen.shows(/Stopping, and clearing up[\s\S]*prompt>$/);
  screen.type('echo "status=$?="', 'Enter');
  await screen.shows(/status=130=/);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
}, 60_000);

test('a terminal that is closed while something waits leaves nothing behind', async () => {
  screen.type('firebreak demo', 'Enter');
  await waits('H-1');
  screen.close();
  closed = true;
  for (const deadline = Date.now() + 15_000; readdirSync(join(folder, 'tmp')).length > 0 && Date.now() < deadline; )
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
}, 60_000);
