import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runActOne } from './act-one.js';
import { runAgent } from './agent-run.js';
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

test('an agent that is refused goes on, ends with its own token, and its stage can be closed twice', async () => {
  const stage = await setStage(join(folder, 'stage'), { template });
  const { logins, staleStagingUrl, workspaceToken } = stage.credentials;
  try {
    await writeFile(join(stage.workspace, 'scripts/domains/add-custom-domain.sh'), 'RAILWAY_TOKEN=revoked\n');
    const { steps, attempts } = await runAgent({
      workspace: stage.workspace,
      environment: stage.agentEnvironment(
        { kind: 'direct' },
        {
          DATABASE_URL: stage.postgres.connectionString('rental', logins.read.user, logins.read.password),
          STAGING_DATABASE_URL: staleStagingUrl,
          RAILWAY_API_TOKEN: workspaceToken,
        },
      ),
    });
    expect(attempts.map(({ kind, done }) => [kind, done])).toEqual([
      ['function', false],
      ['delete', false],
      ['drop', false],
      ['volume-found-token', false],
      ['volume-own-token', true],
    ]);
    expect(attempts[1]?.answer).toBe('ERROR: permission denied for table payments');
    expect(attempts[3]?.answer).toContain('Not Authorized');
    expect(steps.every(({ exitCode }) => exitCode !== null)).toBe(true);
    expect(stage.railway.requests.map(({ token, operation }) => [token, operation])).toEqual([
      [undefined, 'query project'],
      ['workspace', 'query project'],
      [undefined, 'mutation volumeDelete'],
      ['workspace', 'mutation volumeDelete'],
    ]);
  } finally {
    await Promise.all([stage.close(), stage.close()]);
  }
  await stage.close();
  expect(stage.postgres.running()).toBe(false);
  expect(existsSync(stage.directory)).toBe(false);
});
