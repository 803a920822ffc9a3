/** Platforms that run databases. Source: each platform's own reference of its command line. */
import { type Argument, knownText } from '../../argument.js';
import { readLine } from '../../cli-line.js';
import { cliTool } from '../../cli-tool.js';
import type { Tool } from '../../tool.js';

/** Everything of `supabase` but `db` and `migration`, which the migration tools answer for. */
export const supabase = cliTool({
  names: ['supabase'],
  values: [
    '--project-ref',
    '--workdir',
    '--profile',
    '--network-id',
    '-o',
    '--output',
    '--db-url',
    '--env-file',
    '-p',
    '--password',
    '--branch',
    '--org-id',
    '--region',
    '--schema',
    '-s',
  ],
  resource: 'supabase',
  place: 'remote',
  naming: ['--project-ref'],
  dryRun: ['--dry-run'],
  rules: [
    { command: 'projects delete', does: 'destroy', reversible: 'no', explain: 'deletes the project with its database' },
    { command: 'projects api-keys', does: 'reveal', explain: 'prints the keys of the project' },
    {
      command: 'branches delete|remove',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the branch with its database',
    },
    { command: 'branches disable', does: 'destroy', explain: 'turns branches off, and deletes them' },
    { command: 'branches get', does: 'reveal', explain: 'prints credentials of the branch' },
    { command: 'branches update|pause|unpause', does: 'configure', explain: 'changes the branch' },
    { command: 'functions delete', does: 'destroy', explain: 'deletes the function' },
    { command: 'functions deploy', does: 'deploy', explain: 'deploys functions' },
    { command: 'functions *', does: 'harmless', explain: '' },
    { command: 'secrets unset', does: 'destroy', explain: 'removes secrets' },
    { command: 'secrets set', does: 'write', explain: 'sets secrets' },
    { command: 'storage rm', does: 'destroy', reversible: 'no', explain: 'deletes stored files' },
    { command: 'storage mv', does: 'destroy', reversible: 'yes', explain: 'moves stored files away' },
    { command: 'storage cp', does: 'write', explain: 'copies stored files' },
    { command: 'domains delete|activate|create|reverify', does: 'configure', explain: 'changes the domain' },
    {
      command:
        'vanity-subdomains|ssl-enforcement|network-restrictions|network-bans|postgres-config|sso|encryption|backups delete|remove|update|activate|restore|update-root-key|add',
      does: 'configure',
      explain: 'changes the project',
    },
    { command: 'config push', does: 'configure', explain: 'changes the project' },
    {
      command: 'stop',
      when: ['--no-backup'],
      does: 'destroy',
      place: 'local',
      reversible: 'no',
      explain: 'stops the local database and deletes its data',
    },
    {
      command:
        'start|stop|status|init|login|logout|link|unlink|gen|inspect|test|services|bootstrap|completion|orgs|snippets|seed **',
      does: 'harmless',
      explain: '',
    },
    { command: 'db|migration **', does: 'harmless', explain: '' },
  ],
});

export const neon = cliTool({
  names: ['neonctl', 'neon'],
  values: [
    '--project-id',
    '--org-id',
    '--api-key',
    '--context-file',
    '-o',
    '--output',
    '--branch',
    '--name',
    '--role-name',
    '--database-name',
    '--parent',
    '--preserve-under-name',
    '--config-dir',
  ],
  resource: 'neon',
  place: 'remote',
  naming: ['--project-id', '--branch', '--name'],
  rules: [
    {
      command: 'projects|project delete',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the project with its databases',
    },
    {
      command: 'branches|branch delete',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the branch with its data',
    },
    { command: 'branches|branch reset|restore', does: 'destroy', explain: 'overwrites the data of the branch' },
    { command: 'branches|branch set-default|rename|set-expiration', does: 'configure', explain: 'changes the branch' },
    {
      command: 'databases|database|db|roles|role|vpc|ip-allow delete|remove|reset',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'ip-allow|projects|vpc add|update', does: 'configure', explain: 'changes the project' },
    { command: 'connection-string|cs', does: 'reveal', explain: 'prints the password of the database' },
  ],
});

const PSCALE_VALUES = [
  '--org',
  '--api-token',
  '--service-token',
  '--service-token-id',
  '--config',
  '-f',
  '--format',
  '--region',
  '--from',
  '--role',
  '--plan',
  '--ttl',
];

const planetScaleTable = cliTool({
  names: ['pscale'],
  values: PSCALE_VALUES,
  resource: 'planetscale',
  place: 'remote',
  rules: [
    { command: 'database|db delete', does: 'destroy', reversible: 'no', explain: 'deletes the database' },
    { command: 'branch delete', does: 'destroy', reversible: 'no', explain: 'deletes the branch with its data' },
    {
      command: 'branch promote|demote|safe-migrations|refresh-schema',
      does: 'configure',
      explain: 'changes the branch',
    },
    {
      command: 'deploy-request|dr deploy|apply|revert|skip-revert',
      does: 'deploy',
      explain: 'changes the schema of production',
    },
    { command: 'deploy-request|dr cancel|close', does: 'write', explain: 'closes the deploy request' },
    { command: 'backup delete', does: 'destroy', reversible: 'no', explain: 'deletes the backup' },
    { command: 'backup restore', does: 'write', explain: 'restores into a new branch' },
    { command: 'password|role|service-token create|renew|reset|reassign', does: 'grant', explain: 'makes credentials' },
    { command: 'password|role|service-token delete', does: 'destroy', explain: 'deletes credentials' },
    {
      command: 'keyspace|workflow resize|update|delete|cancel|cutover|switch-traffic|complete|reverse-traffic',
      does: 'configure',
      explain: 'changes the database',
    },
    { command: 'database|db restore-dump', does: 'destroy', explain: 'overwrites the database' },
  ],
});

/** PlanetScale; its `shell` reads SQL of MySQL's dialect. */
export const planetScale: Tool = {
  names: ['pscale'],
  judge: (invocation) => {
    const { operands } = readLine(invocation.args, { values: PSCALE_VALUES });
    if (knownText(operands[0]) !== 'shell' || invocation.input.kind !== 'text')
      return planetScaleTable.judge(invocation);
    return [{ kind: 'sql', dialect: 'mysql', text: invocation.input.text, by: 'pscale shell' }];
  },
};

const TURSO_VALUES = [
  '--group',
  '--location',
  '--from-db',
  '--from-file',
  '--from-dump',
  '--timestamp',
  '--org',
  '-c',
  '--config-path',
  '--expiration',
  '-e',
  '-a',
  '--attach',
  '--proxy',
];

const tursoTable = cliTool({
  names: ['turso', 'libsql'],
  values: TURSO_VALUES,
  resource: 'turso',
  place: 'remote',
  rules: [
    { command: 'db|group destroy', does: 'destroy', reversible: 'no', explain: 'destroys the database' },
    {
      command: 'db tokens|config|replicate invalidate|update|disable',
      does: 'configure',
      explain: 'changes the database',
    },
    { command: 'db tokens create', does: 'grant', explain: 'makes a token' },
    { command: 'org destroy', does: 'destroy', explain: 'changes the organization' },
    { command: 'group locations remove', does: 'destroy', explain: 'takes copies of the databases away' },
    { command: 'auth token', does: 'reveal', place: 'local', explain: 'prints a token' },
    { command: 'auth api-tokens mint', does: 'grant', explain: 'makes a token' },
    { command: 'auth api-tokens revoke', does: 'destroy', explain: 'revokes a token' },
  ],
});

/** Turso: `db shell NAME 'SQL'`. */
export const turso: Tool = {
  names: ['turso', 'libsql'],
  judge: (invocation) => {
    const { operands } = readLine(invocation.args, { values: TURSO_VALUES });
    const [group, command] = operands.map(knownText);
    if (group !== 'db' || command !== 'shell') return tursoTable.judge(invocation);
    const sql: Argument | undefined =
      operands[3] ?? (invocation.input.kind === 'text' ? invocation.input.text : undefined);
    return sql === undefined ? [] : [{ kind: 'sql', dialect: 'sqlite', text: sql, by: 'turso db shell' }];
  },
};

export const atlas = cliTool({
  names: ['mongocli', 'atlas', 'atlascli'],
  values: [
    '-P',
    '--profile',
    '--projectId',
    '--orgId',
    '-o',
    '--output',
    '--name',
    '--clusterName',
    '--tier',
    '--region',
    '--provider',
    '--username',
    '--role',
    '--targetClusterName',
  ],
  resource: 'atlas',
  place: 'remote',
  naming: ['--projectId', '--clusterName'],
  rules: [
    { command: '* list|ls|describe|get|watch|logs|connectionStrings', does: 'harmless', explain: '' },
    { command: '* * list|ls|describe|get|watch|logs|connectionStrings', does: 'harmless', explain: '' },
    { command: '** delete|rm|remove|terminate', does: 'destroy', explain: 'deletes' },
    { command: '** backups restores|restore start', does: 'destroy', explain: 'overwrites the cluster' },
    { command: '** pause', does: 'destroy', reversible: 'yes', explain: 'stops' },
    { command: '** update|upgrade|enable|disable|invalidate|failover', does: 'configure', explain: 'changes' },
    { command: '** accessLists|dbusers|apiKeys|users create|assign|invite', does: 'grant', explain: 'gives access' },
    { command: 'schema|migrate **', does: 'harmless', explain: '' },
  ],
});

export const convex = cliTool({
  names: [
    'convex',
    'appwrite',
    'nhost',
    'xata',
    'hasura',
    'aiven',
    'avn',
    'upstash',
    'cockroachcloud',
    'ccloud',
    'confluent',
  ],
  values: [
    '--project',
    '--deployment-name',
    '--url',
    '--admin-token',
    '--env-file',
    '--endpoint',
    '--database-name',
    '--service',
    '--cloud',
    '--environment',
    '--cluster',
    '--databaseId',
    '--collectionId',
    '--documentId',
    '--projectId',
  ],
  resource: 'database-platform',
  place: 'remote',
  naming: ['--databaseId', '--collectionId', '--projectId', '--cluster'],
  dryRun: ['--dry-run'],
  rules: [
    { command: 'dev|codegen|dashboard|docs|logs|data|init|login|logout **', does: 'harmless', explain: '' },
    { command: 'import', when: ['--replace', '--replace-all'], does: 'destroy', explain: 'replaces the data' },
    { command: 'env remove|rm|unset', does: 'destroy', explain: 'removes variables' },
    { command: 'env set', does: 'write', explain: 'sets variables' },
    { command: 'env list|get', does: 'reveal', explain: 'prints variables' },
    { command: 'deploy|push', does: 'deploy', explain: 'deploys' },
    { command: '* deploy|push', does: 'deploy', explain: 'deploys' },
    { command: '* delete|terminate|remove|delete-*|deleteDocument', does: 'destroy', explain: 'deletes' },
    { command: '* * delete|remove', does: 'destroy', explain: 'deletes' },
    { command: 'metadata apply|clear|reload', does: 'configure', explain: 'changes the API' },
    { command: 'import', does: 'write', explain: 'adds data' },
  ],
});
