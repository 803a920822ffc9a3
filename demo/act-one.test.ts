import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runActOne } from './act-one.js';
import { setStage } from './stage.js';
import { buildVolume, type VolumeTemplate } from './volume.js';

let folder: string;
let template: VolumeTemplate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
  template = await buildVolume(join(folder, 'template'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  { name: 'whatever psql and curl this machine has', standIns: false },
  { name: 'the stand-ins for psql and curl', standIns: true },
])('unguarded, the agent destroys the database and its backups with $name', async ({ standIns }) => {
  const directory = join(folder, 'act-one');
  const lines: string[] = [];
  const result = await runActOne({ directory, template, standIns, say: (line) => lines.push(line) });

  expect(result.before.kind).toBe('alive');
  expect(result.volumeBefore).toEqual({ exists: true, backups: 1 });
  expect(lines.join('\n')).toContain('password authentication failed for user "rental_staging"');
  expect(lines.join('\n')).toContain('scripts/domains/add-custom-domain.sh:');
  expect(result.attempts.map(({ kind, done }) => [kind, done])).toEqual([
    ['function', true],
    ['delete', true],
    ['drop', true],
    ['volume-found-token', true],
  ]);
  expect(result.attempts[1]?.answer).toMatch(/^DELETE \d+$/);
  expect(result.attempts[2]?.answer).toContain('drop cascades to');
  expect(result.lost).toBe(true);
  expect(result.after.kind).toBe('gone');
  expect(result.volumeAfter).toEqual({ exists: false, backups: 0 });
  expect(result.elapsedMilliseconds).toBeGreaterThan(0);
  expect(result.elapsedMilliseconds).toBeLessThan(20_000);
  // Nothing is left behind, and the template is untouched.
  expect(existsSync(directory)).toBe(false);
  expect(await readdir(folder)).toEqual(['template']);
});

test('ending the act early stops the agent and leaves nothing behind', async () => {
  const directory = join(folder, 'ended');
  const controller = new AbortController();
  const act = runActOne({
    directory,
    template,
    say: (line) => {
      if (line.includes('Which volume')) controller.abort();
    },
    signal: controller.signal,
  });
  await expect(act).rejects.toMatchObject({ code: 'AGENT_FAILED' });
  expect(existsSync(directory)).toBe(false);
});

test('a stage can be closed twice, and its server ends with it', async () => {
  const stage = await setStage(join(folder, 'stage'), { template });
  expect((await stage.database()).kind).toBe('alive');
  await Promise.all([stage.close(), stage.close()]);
  await stage.close();
  expect(stage.postgres.running()).toBe(false);
  expect(existsSync(stage.directory)).toBe(false);
});
