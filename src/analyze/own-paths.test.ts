import { describe, expect, test } from 'vitest';
import { ownPath, ownPathKind } from './own-paths.js';

const HOME = '/home/dana';

describe('what no agent may change', () => {
  test.each([
    ['/home/dana/.local/state/firebreak/vault/keys/log', 'firebreak'],
    ['/home/dana/.local/state/firebreak', 'firebreak'],
    ['/srv/shop/firebreak.yaml', 'firebreak'],
    ['/home/dana/.claude/settings.json', 'hooks'],
    ['/srv/shop/.claude/settings.local.json', 'hooks'],
    ['/srv/shop/.CLAUDE/Settings.JSON', 'hooks'],
    ['/etc/claude-code/managed-settings.json', 'hooks'],
    ['/etc/claude-code/managed-settings.d/10.json', 'hooks'],
    ['/home/dana/.codex/config.toml', 'hooks'],
    ['/home/dana/.codex/hooks.json', 'hooks'],
    ['/srv/shop/.gemini/settings.json', 'hooks'],
    ['/home/dana/.cursor/hooks.json', 'hooks'],
    ['/srv/shop/.opencode/plugin/firebreak.js', 'hooks'],
    ['/srv/shop/opencode.json', 'hooks'],
    ['/srv/shop/.github/hooks/firebreak.json', 'hooks'],
    ['/home/dana/.ssh/authorized_keys', 'credentials'],
    ['/home/dana/.aws/credentials', 'credentials'],
    ['/root/.netrc', 'credentials'],
    ['/Users/eli/.kube/config', 'credentials'],
  ])('%s is %s', (path, kind) => {
    expect(ownPathKind(path, HOME)).toBe(kind);
  });

  test('a home folder that lies elsewhere is one too', () => {
    expect(ownPathKind('/data/people/dana/.pgpass', '/data/people/dana')).toBe('credentials');
    expect(ownPathKind('/data/people/dana/.pgpass', HOME)).toBeUndefined();
  });

  test.each([
    '/home/dana/shop/.env',
    '/home/dana/.aws/config',
    '/srv/shop/.claude/commands/review.md',
    '/srv/shop/CLAUDE.md',
    '/srv/shop/.github/workflows/ci.yml',
    '/srv/shop/src/firebreak.yaml.ts',
    '/srv/shop/.npmrc',
    '/home/dana/.claude/projects/x.jsonl',
    '/srv/shop/docs/.aws/credentials.md',
    '/',
    '/home/dana',
  ])('%s is nothing to Firebreak', (path) => {
    expect(ownPathKind(path, HOME)).toBeUndefined();
  });
});

describe('a folder that goes with all that is in it', () => {
  test.each([
    ['/srv/shop/.claude', 'hooks'],
    ['/home/dana/.codex', 'hooks'],
    ['/home/dana/.local/state', 'firebreak'],
    ['/home/dana/.aws', 'credentials'],
    ['/etc', 'firebreak'],
    ['/srv/shop/.github', 'hooks'],
  ])('%s holds %s', (path, kind) => {
    expect(ownPathKind(path, HOME)).toBeUndefined();
    expect(ownPathKind(path, HOME, true)).toBe(kind);
  });

  test('a folder of work holds nothing by its name alone', () => {
    expect(ownPathKind('/srv/shop', HOME, true)).toBeUndefined();
    expect(ownPathKind('/home/dana/shop/node_modules', HOME, true)).toBeUndefined();
  });
});

test('what holds no secret may be read', () => {
  expect(ownPath('/srv/shop/firebreak.yaml', HOME)?.readable).toBe(true);
  expect(ownPath('/srv/shop/.claude/settings.json', HOME)?.readable).toBe(true);
  expect(ownPath('/home/dana/.local/state/firebreak/vault', HOME)?.readable).toBe(false);
  expect(ownPath('/home/dana/.aws/credentials', HOME)?.readable).toBe(false);
});
