import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { lockState } from './state-lock.js';

const HOLDER = fileURLToPath(new URL('../../test/support/lock-holder.mjs', import.meta.url));

/** Another process that has the lock by the time this resolves. */
async function holder(path: string) {
  const child = spawn(process.execPath, [HOLDER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  expect(String(said)).toBe('held\n');
  return child;
}

test('a second process is refused while the first lives, and the lock is free after kill -9 of its holder', async () => {
  const path = join(temporaryFolder(), 'lock.sqlite');
  const first = await holder(path);
  expect(() => lockState(path)).toThrow(
    expect.objectContaining({ code: 'STATE_LOCKED', hint: expect.stringContaining('stop it first') }),
  );
  first.kill('SIGKILL');
  await once(first, 'exit');
  const lock = lockState(path);
  lock.release();
});

test('a lock that was released can be taken again, in the same process too, but not twice at once', () => {
  const path = join(temporaryFolder(), 'lock.sqlite');
  const first = lockState(path);
  expect(() => lockState(path)).toThrow(expect.objectContaining({ code: 'STATE_LOCKED' }));
  expect(() => lockState(path)).toThrow(expect.objectContaining({ code: 'STATE_LOCKED' }));
  first.release();
  lockState(path).release();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a lock that cannot be opened is not mistaken for one that another daemon holds', () => {
  const folder = temporaryFolder();
  expect(() => lockState(join(folder, 'nowhere', 'lock.sqlite'))).toThrow(
    expect.objectContaining({ code: 'STORE_UNREADABLE' }),
  );
  mkdirSync(join(folder, 'a-folder'));
  expect(() => lockState(join(folder, 'a-folder'))).toThrow(expect.objectContaining({ code: 'STORE_UNREADABLE' }));
});
