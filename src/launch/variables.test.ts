import { describe, expect, test } from 'vitest';
import { sessionVariables } from './variables.js';

const session = (inherited: Readonly<Record<string, string>>, contained = true) =>
  sessionVariables({
    inherited,
    httpProxy: '127.0.0.1:7480',
    postgres: '127.0.0.1:7432',
    caBundle: '/run/firebreak/ca.pem',
    placeholders: [
      {
        resource: 'db',
        kind: 'postgres',
        environment: 'staging',
        text: 'fbk_staging_x',
        database: 'd',
        variables: ['DATABASE_URL'],
      },
      { resource: 'api', kind: 'http', environment: 'staging', text: 'fbk_staging_y', variables: ['API_TOKEN'] },
    ],
    sessionId: 'ses_1',
    contained,
  });

describe('what is withheld', () => {
  test.each([
    ['AWS_SECRET_ACCESS_KEY', 'x'],
    ['AWS_ACCESS_KEY_ID', 'x'],
    ['GITHUB_TOKEN', 'x'],
    ['npm_config_//registry.example/:_authToken', 'x'],
    ['npm_config__auth', 'x'],
    ['PGPASSWORD', 'x'],
    ['MYSQL_PWD', 'x'],
    ['DB_PASS', 'x'],
    ['GH_PAT', 'x'],
    ['STAGING_DATABASE_URL', 'x'],
    ['SENTRY_DSN', 'x'],
    ['KUBECONFIG', '/home/u/.kube/other'],
    ['GOOGLE_APPLICATION_CREDENTIALS', '/home/u/sa.json'],
    ['REDIS', 'redis://:pw@cache:6379'],
    ['NOTE', 'connect with postgres://u:pw@db/x please'],
    ['JDBC_URL', 'jdbc:mysql://db/x?user=a&password=b'],
    ['KEY', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc'],
    ['WHATEVER', 'github_pat_0123456789abcdefghij'],
    ['ID', 'AKIAIOSFODNN7EXAMPLE'],
  ])('%s', (name, value) => {
    const { variables, withheld } = session({ [name]: value });
    expect(withheld).toEqual([name]);
    expect(variables[name]).not.toBe(value);
  });

  test.each([
    ['PATH', '/usr/bin'],
    ['PWD', '/home/u'],
    ['OLDPWD', '/home/u'],
    ['ANTHROPIC_API_KEY', 'x'],
    ['CLAUDE_CODE_OAUTH_TOKEN', 'x'],
    ['SITE', 'https://example.com/a:b@c'],
    ['EMPTY_TOKEN', ''],
    ['LANG', 'C.UTF-8'],
  ])('but not %s', (name, value) => {
    const { variables, withheld } = session({ [name]: value });
    expect(withheld).toEqual([]);
    expect(variables[name]).toBe(value);
  });
});

test('proxies and Firebreak settings of the person do not reach the agent', () => {
  const { variables } = session({
    ALL_PROXY: 'x',
    all_proxy: 'x',
    HTTPS_PROXY: 'x',
    NO_PROXY: '*',
    FIREBREAK_KEY_FILE: 'x',
  });
  expect(Object.values(variables)).not.toContain('x');
  expect(variables).toMatchObject({ HTTPS_PROXY: 'http://127.0.0.1:7480', NO_PROXY: '127.0.0.1,localhost,::1' });
});

test('what a contained session cannot see is not spoken of; another keeps it', () => {
  const given = { TMPDIR: '/var/tmp/u', SSH_AUTH_SOCK: '/tmp/ssh-1/agent', XDG_RUNTIME_DIR: '/run/user/1' };
  expect(Object.keys(session(given).variables)).not.toEqual(expect.arrayContaining(['TMPDIR']));
  expect(session(given, false).variables).toMatchObject(given);
});

test('placeholders stand where the credentials would, the inherited one giving way', () => {
  const { variables, withheld } = session({ DATABASE_URL: 'postgres://u:real@prod/x' });
  expect(variables['DATABASE_URL']).toBe('postgresql://agent:fbk_staging_x@127.0.0.1:7432/d');
  expect(variables['API_TOKEN']).toBe('fbk_staging_y');
  expect(variables['FIREBREAK_SESSION']).toBe('ses_1');
  expect(withheld).toEqual(['DATABASE_URL']);
});
