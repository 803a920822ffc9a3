/** Platforms that run databases. Source: each platform's own reference of its command line. */
import { knownText } from '../../argument.js';
import { readLine } from '../../cli-line.js';
import { cliTool } from '../../cli-tool.js';
import type { Tool } from '../../tool.js';
import { judgeSupabaseDb } from '../migrations/index.js';

const SUPABASE_VALUES = [
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
];

const supabaseTable = cliTool({
  names: ['supabase'],
  values: SUPABASE_VALUES,
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

/** `db` and `migration` change a database as migration tools do. */
export const supabase: Tool = {
  names: ['supabase'],
  judge: (invocation) => {
    const [first] = readLine(invocation.args, { values: SUPABASE_VALUES }).operands;
    const args = first === undefined ? [] : [first, ...invocation.args.filter((one) => one !== first)];
    return judgeSupabaseDb({ ...invocation, args }) ?? supabaseTable.judge(invocation);
  },
};

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
