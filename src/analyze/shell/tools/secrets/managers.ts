/** Managers of secrets that teams share. Source: each program's own reference. */
import { cliTool } from '../../cli-tool.js';
import { withExec } from './exec.js';

const OP_VALUES = [
  '--account',
  '--config',
  '--session',
  '--format',
  '--encoding',
  '--vault',
  '--category',
  '--title',
  '--fields',
  '--field',
  '--tags',
  '--group',
  '--user',
  '--permissions',
  '--env-file',
  '-i',
  '--in-file',
  '-o',
  '--out-file',
  '--otp',
  '--generate-password',
  '--url',
];

const onePassword = cliTool({
  names: ['op'],
  values: OP_VALUES,
  resource: '1password',
  place: 'remote',
  naming: ['--vault', '--group'],
  dryRun: ['--dry-run'],
  rules: [
    { command: 'read', does: 'reveal', explain: 'prints the secret' },
    { command: 'inject', does: 'reveal', explain: 'writes out secrets' },
    { command: 'item|document get', does: 'reveal', explain: 'prints the item' },
    { command: 'item template|list|ls|share *', does: 'harmless', explain: '' },
    { command: 'item delete|rm|remove|del', does: 'destroy', explain: 'deletes the item' },
    {
      command: 'document|vault|group|connect|events-api|service-account delete|rm|remove|del',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'user delete|rm|remove|suspend', does: 'destroy', explain: 'takes away the user' },
    { command: 'connect server|token delete|rm|remove', does: 'destroy', explain: 'deletes' },
    {
      command: 'vault|group|connect user|group|vault grant|revoke|add|remove',
      does: 'grant',
      explain: 'changes who may read what',
    },
    { command: 'user provision|confirm|reactivate|invite', does: 'grant', explain: 'changes who may read what' },
    { command: 'service-account create', does: 'grant', explain: 'makes an account' },
    { command: 'item|document edit|move|mv', does: 'configure', explain: 'changes the item' },
    { command: 'item|document|vault|group create|new|edit', does: 'write', explain: 'adds' },
  ],
});
export const op = withExec(onePassword, { words: ['run'], values: OP_VALUES });

const DOPPLER_VALUES = [
  '-p',
  '--project',
  '-c',
  '--config',
  '-e',
  '--environment',
  '-t',
  '--token',
  '--scope',
  '--configuration',
  '--api-host',
  '--format',
  '--name',
  '--fallback',
  '--mount',
  '--mount-format',
  '--only-secrets',
  '--visibility',
  '--type',
  '--name-transformer',
  '--preserve-env',
];

const dopplerTable = cliTool({
  names: ['doppler'],
  values: DOPPLER_VALUES,
  resource: 'doppler',
  place: 'remote',
  environment: ['-c', '--config'],
  naming: ['-p', '--project'],
  rules: [
    { command: 'secrets get|download|substitute', does: 'reveal', explain: 'prints secrets' },
    { command: 'secrets list|notes', when: ['--only-names'], does: 'harmless', explain: '' },
    { command: 'secrets list', does: 'reveal', explain: 'prints secrets' },
    { command: 'secrets delete|unset', does: 'destroy', explain: 'deletes the secret' },
    { command: 'secrets set|upload', does: 'write', explain: 'sets secrets' },
    { command: 'secrets *', does: 'harmless', explain: '' },
    { command: 'secrets', when: ['--only-names'], does: 'harmless', explain: '' },
    { command: 'secrets', does: 'reveal', explain: 'prints secrets' },
    {
      command: 'configs|projects|environments delete',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes with all its secrets',
    },
    { command: 'configs tokens create', does: 'grant', explain: 'makes a token' },
    { command: 'configs tokens revoke', does: 'destroy', explain: 'revokes a token' },
    { command: 'configs logs rollback', does: 'configure', explain: 'goes back to older secrets' },
    { command: 'configs unlock|lock|update|clone', does: 'configure', explain: 'changes the config' },
    { command: 'environments|projects rename|update', does: 'configure', explain: 'changes' },
  ],
});
export const doppler = withExec(dopplerTable, { words: ['run'], values: DOPPLER_VALUES, shell: ['--command'] });

const INFISICAL_VALUES = [
  '--env',
  '-e',
  '--path',
  '--projectId',
  '--token',
  '--domain',
  '--tags',
  '--type',
  '--format',
  '--output',
  '--project-config-dir',
  '--clientId',
  '--clientSecret',
];

const infisicalTable = cliTool({
  names: ['infisical'],
  values: INFISICAL_VALUES,
  resource: 'infisical',
  place: 'remote',
  environment: ['--env', '-e'],
  rules: [
    { command: 'secrets get', does: 'reveal', explain: 'prints secrets' },
    { command: 'secrets delete', does: 'destroy', explain: 'deletes secrets' },
    { command: 'secrets folders delete', does: 'destroy', explain: 'deletes the folder with its secrets' },
    { command: 'secrets set', does: 'write', explain: 'sets secrets' },
    { command: 'secrets *', does: 'harmless', explain: '' },
    { command: 'secrets|export', does: 'reveal', explain: 'prints secrets' },
    { command: 'service-token create', does: 'grant', explain: 'makes a token' },
    { command: 'dynamic-secrets lease delete', does: 'destroy', explain: 'takes back credentials' },
    { command: 'dynamic-secrets lease create', does: 'reveal', explain: 'makes credentials' },
  ],
});
export const infisical = withExec(infisicalTable, {
  words: ['run'],
  values: INFISICAL_VALUES,
  shell: ['--command', '-c'],
});

const chamberTable = cliTool({
  names: ['chamber'],
  values: ['-b', '--backend', '--retries', '--format', '-f', '-o', '--output-file'],
  resource: 'chamber',
  place: 'remote',
  rules: [
    { command: 'delete', does: 'destroy', explain: 'deletes the secret' },
    { command: 'read|export|env', does: 'reveal', explain: 'prints secrets' },
    { command: 'write|import', does: 'write', explain: 'sets secrets' },
  ],
});
export const chamber = withExec(chamberTable, { words: ['exec'], values: ['-b', '--backend', '--retries'], skip: 1 });

const awsVaultTable = cliTool({
  names: ['aws-vault', 'saml2aws', 'aws-okta', 'granted', 'assume', 'aws-sso'],
  values: ['--backend', '-d', '--duration', '-a', '--idp-account', '-p', '--profile', '-r', '--role', '-n'],
  resource: 'credentials',
  place: 'local',
  rules: [
    { command: 'remove|rm|clear', does: 'destroy', reversible: 'yes', explain: 'forgets credentials' },
    { command: 'export', does: 'reveal', explain: 'prints credentials' },
    { command: '**', does: 'harmless', explain: '' },
  ],
});
export const awsVault = withExec(awsVaultTable, {
  words: ['exec'],
  values: [
    '--backend',
    '-d',
    '--duration',
    '-m',
    '--mfa-token',
    '--region',
    '-a',
    '--idp-account',
    '-p',
    '--profile',
    '-r',
    '--role',
    '-n',
  ],
  skip: 1,
});

/** Programs that only put variables of a file into the environment of another. */
const nothing = { judge: () => [] };
export const environments = [
  withExec(
    { names: ['dotenv', 'dotenv-cli', 'teller', 'summon', 'envconsul'], ...nothing },
    { words: ['run'], values: ['-f', '--file', '-e', '-p', '-D', '-fk', '-v'] },
    { words: [], values: ['-f', '--file', '-e', '-c', '-p', '-D', '-v'] },
  ),
  withExec({ names: ['envchain'], ...nothing }, { words: [], values: [], skip: 1 }),
] as const;

export const bitwarden = cliTool({
  names: ['bw', 'bws', 'rbw', 'lpass', 'keeper', 'dcli', 'pass-cli'],
  values: [
    '--session',
    '--organizationid',
    '--itemid',
    '--search',
    '--url',
    '--folderid',
    '--collectionid',
    '-o',
    '--output',
    '--access-token',
    '-t',
    '--project',
  ],
  resource: 'password-manager',
  place: 'remote',
  rules: [
    { command: 'get template|organization|collection|folder|fingerprint|exposed', does: 'harmless', explain: '' },
    { command: 'get|export|show|password|p|note|code', does: 'reveal', explain: 'prints secrets' },
    { command: 'secret get|list', does: 'reveal', explain: 'prints secrets' },
    { command: 'list items', does: 'reveal', explain: 'prints secrets' },
    { command: 'delete|remove|rm|purge', does: 'destroy', explain: 'deletes' },
    { command: 'secret|project|service-account|machine delete', does: 'destroy', explain: 'deletes' },
    { command: 'edit|move|restore|confirm|share', does: 'configure', explain: 'changes' },
    { command: 'create|add|generate|import|send', does: 'write', explain: 'adds' },
  ],
});
