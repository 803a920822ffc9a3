import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { offerLease, takeLease } from './lease.js';
import { leasePath } from './session-paths.js';

const offer = async () => {
  const path = leasePath(temporaryFolder(), 'ses_1');
  let lost = 0;
  let tell = () => {};
  const gone = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const lease = await offerLease(path, () => {
    lost += 1;
    tell();
  });
  return { path, lease, gone, lost: () => lost };
};

test('the daemon is told once when the launcher lets go', async () => {
  const { path, lease, gone, lost } = await offer();
  const taken = await takeLease(path);
  taken.close();
  await gone;
  await lease.close();
  expect(lost()).toBe(1);
});

test('the daemon is told when the launcher is killed', async () => {
  const { path, lease, gone } = await offer();
  const code = `require("net").connect(${JSON.stringify(path)}, () => console.log("taken"))`;
  const launcher = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => launcher.stdout.once('data', resolve));
  launcher.kill('SIGKILL');
  await gone;
  await lease.close();
});

test('closing the session first is no loss, and a second launcher finds nobody', async () => {
  const { path, lease, lost } = await offer();
  await takeLease(path);
  await expect(takeLease(path)).rejects.toThrow();
  await lease.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lost()).toBe(0);
});

test('a lease that nobody takes can be closed', async () => {
  const { lease, lost } = await offer();
  await lease.close();
  expect(lost()).toBe(0);
  await expect(takeLease(join('/nonexistent', 'x'))).rejects.toThrow();
});
