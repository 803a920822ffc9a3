/** Clouds whose commands are nouns with a verb behind, and that need no more than the verbs. Source: each tool's own reference. */
import { cliTool } from '../../cli-tool.js';
import { COMMON_VERBS, verbsWith } from '../../cli-verbs.js';

/** DigitalOcean. */
export const doctl = cliTool({
  names: ['doctl'],
  values: [
    '-t',
    '--access-token',
    '-u',
    '--api-url',
    '-c',
    '--config',
    '--context',
    '-o',
    '--output',
    '--http-retry-max',
    '--format',
    '--region',
    '--size',
    '--image',
  ],
  resource: 'digitalocean',
  place: 'remote',
  verbs: verbsWith({
    clear: { does: 'destroy', explain: 'empties' },
    undeploy: { does: 'destroy', explain: 'takes down' },
    deploy: { does: 'deploy', explain: 'deploys' },
    'create-deployment': { does: 'deploy', explain: 'deploys' },
    'delete-manifest': { does: 'destroy', explain: 'deletes' },
    'start-garbage-collection': { does: 'destroy', explain: 'deletes images' },
    'add-droplets': { does: 'write', explain: 'adds' },
    'password-reset': { does: 'configure', explain: 'changes a password' },
    invoke: { does: 'write', explain: 'runs' },
  }),
  rules: [
    { command: 'auth|account|version|completion **', does: 'harmless', explain: '' },
    {
      command: 'compute|kubernetes|k8s|k|registry|apps|app|a|vpcs|vpc|projects|project|serverless|sls d',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'compute|kubernetes|k8s|k|registry|serverless|sls * d', does: 'destroy', explain: 'deletes' },
    // `d` stands for `databases` as a first word, and for `delete` behind it.
    {
      command:
        'd|db|dbs|database|databases|compute|k|k8s|kubernetes|registry|apps|a|vpcs|projects|serverless|sls|monitoring|1-click|balance|billing-history|invoice|genai list|ls|get|g|connection|conn|backups|b|options|o',
      does: 'harmless',
      explain: '',
    },
    { command: 'kubernetes|k8s|k cluster|c kubeconfig|kubecfg|k|cfg *', does: 'harmless', explain: '' },
    {
      command: 'd|db|dbs|database|databases delete|d|rm',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the database',
    },
    {
      command: 'd|db|dbs|database|databases * delete|d|rm|remove',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes from the database',
    },
    {
      command:
        'd|db|dbs|database|databases user|users|u|c|create|pool|pools|p|db|fork|f|replica|r list|ls|get|g|create|c|**',
      does: 'write',
      explain: 'changes the database',
    },
    { command: 'd|db|dbs|database|databases firewalls|fw list|ls', does: 'harmless', explain: '' },
    {
      command:
        'd|db|dbs|database|databases firewalls|fw|maintenance-window|mw|migrate|m|resize|rz|sql-mode|configuration|user *',
      does: 'configure',
      explain: 'changes the database',
    },
    { command: 'compute domain|firewall|load-balancer **', does: 'configure', explain: 'changes the network' },
  ],
});

/** Linode (Akamai). */
export const linode = cliTool({
  names: ['linode-cli', 'linode', 'lin'],
  values: ['--as-user', '--format', '--page', '--delimiter', '--target-version'],
  resource: 'linode',
  place: 'remote',
  verbs: verbsWith({
    'backups-cancel': { does: 'destroy', explain: 'deletes backups' },
    'backups-restore': { does: 'configure', explain: 'restores a backup' },
    'ip-remove': { does: 'destroy', explain: 'removes an address' },
    'lke-token-delete': { does: 'destroy', explain: 'deletes a token' },
    'disk-delete': { does: 'destroy', explain: 'deletes a disk' },
    'config-delete': { does: 'destroy', explain: 'deletes a configuration' },
    'cluster-delete': { does: 'destroy', explain: 'deletes a cluster' },
    'pool-delete': { does: 'destroy', explain: 'deletes a pool' },
    'records-delete': { does: 'configure', explain: 'deletes a DNS record' },
    'records-update': { does: 'configure', explain: 'changes a DNS record' },
    'mysql-delete': { does: 'destroy', explain: 'deletes a database' },
    'postgresql-delete': { does: 'destroy', explain: 'deletes a database' },
    rb: { does: 'destroy', explain: 'deletes a bucket' },
    'buckets-delete': { does: 'destroy', explain: 'deletes a bucket' },
    'kubeconfig-view': { does: 'harmless', explain: '' },
    rebuild: { does: 'destroy', explain: 'wipes and rebuilds' },
    'rules-update': { does: 'configure', explain: 'changes the firewall' },
  }),
  rules: [
    { command: 'configure|set-user|remove-user|show-users|register-plugin|plugins **', does: 'harmless', explain: '' },
    { command: '* *-delete|*-remove|*-cancel|*-revoke', does: 'destroy', explain: 'deletes' },
    { command: 'obj rb|del', does: 'destroy', explain: 'deletes' },
    { command: 'obj setacl', does: 'grant', explain: 'changes who may read and write' },
    { command: '* *-list|*-view', does: 'harmless', explain: '' },
  ],
});

/** Hetzner Cloud. */
export const hcloud = cliTool({
  names: ['hcloud'],
  values: ['--context', '--endpoint', '--config', '--poll-interval', '-o', '--output', '-l', '--selector', '--sort'],
  resource: 'hetzner',
  place: 'remote',
  verbs: verbsWith({
    'reset-password': { does: 'configure', explain: 'changes a password' },
    'remove-from-network': { does: 'configure', explain: 'changes the network' },
    'disable-protection': { does: 'configure', explain: 'takes the protection away' },
    'replace-rules': { does: 'configure', explain: 'changes the firewall' },
    rebuild: { does: 'destroy', explain: 'overwrites the disk' },
    'request-console': { does: 'harmless', explain: '' },
  }),
  rules: [{ command: 'context|completion|config|version **', does: 'harmless', explain: '' }],
});

/** Nouns with a verb behind, with nothing of their own. */
function plain(names: readonly string[], resource: string, values: readonly string[], local: string) {
  return cliTool({
    names,
    values,
    resource,
    place: 'remote',
    verbs: COMMON_VERBS,
    rules: [{ command: `${local} **`, does: 'harmless', explain: '' }],
  });
}

export const scaleway = plain(
  ['scw'],
  'scaleway',
  ['-c', '--config', '-p', '--profile', '-o', '--output'],
  'config|init|login|version|info|autocomplete|feedback',
);
export const vultr = plain(['vultr-cli', 'vultr'], 'vultr', ['--config', '-o', '--output'], 'version|completion');
export const exoscale = plain(
  ['exo'],
  'exoscale',
  ['-C', '--config', '-O', '--output-format', '--output-template', '-A', '--use-account', '-z', '--zone'],
  'config|completion|version|status|environment|output',
);
