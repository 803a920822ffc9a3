import { knownText } from '../../argument.js';
import { readLine } from '../../cli-line.js';
import { cliTool } from '../../cli-tool.js';
import type { Tool } from '../../tool.js';

const VALUES = [
  '-a',
  '--app',
  '-c',
  '--config',
  '-t',
  '--access-token',
  '-o',
  '--org',
  '-r',
  '--region',
  '-i',
  '--image',
  '-e',
  '--env',
  '--size',
  '-s',
  '--machine',
  '-C',
  '--command',
  '-u',
  '--user',
  '--volume',
  '--name',
  '-n',
  '--vm-size',
  '--vm-memory',
  '--count',
  '--database-name',
  '--database',
  '-p',
  '--process-group',
  '--target',
  '--pipeline',
  '--job',
];

const table = cliTool({
  names: ['fly', 'flyctl'],
  values: VALUES,
  resource: 'fly',
  place: 'remote',
  naming: ['-a', '--app', '--pipeline', '-p'],
  rules: [
    {
      command:
        'logs|status|version|docs|doctor|dashboard|open|ping|dig|platform|settings|completion|history|releases|checks|info|monitor|targets|watch **',
      does: 'harmless',
      explain: '',
    },
    { command: 'auth token', does: 'reveal', place: 'local', explain: 'prints a token' },
    { command: 'auth *', does: 'harmless', explain: '' },
    {
      command: 'apps|app destroy|delete|remove|rm',
      does: 'destroy',
      reversible: 'no',
      explain: 'destroys the app with its volumes and secrets',
    },
    { command: 'destroy', does: 'destroy', reversible: 'no', explain: 'destroys the app with its volumes and secrets' },
    { command: 'apps|app suspend', does: 'destroy', reversible: 'yes', explain: 'stops the app' },
    { command: 'apps|app restart|move|errors|set-platform-version', does: 'deploy', explain: 'changes the app' },
    { command: 'suspend', does: 'destroy', reversible: 'yes', explain: 'stops the app' },
    { command: 'restart|move', does: 'deploy', explain: 'starts the app anew' },
    {
      command: 'volumes|volume|vol|vols destroy|delete|rm|remove',
      does: 'destroy',
      reversible: 'no',
      explain: 'destroys the volume with its data',
    },
    { command: 'volumes|volume|vol|vols update|extend', does: 'configure', explain: 'changes the volume' },
    {
      command: 'volumes|volume|vol|vols snapshots|snapshot delete|destroy',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the copy of the volume',
    },
    { command: 'machines|machine|m destroy|delete|remove|rm', does: 'destroy', explain: 'destroys the machine' },
    {
      command: 'machines|machine|m stop|kill|suspend',
      does: 'destroy',
      reversible: 'yes',
      explain: 'stops the machine',
    },
    {
      command: 'machines|machine|m update|restart|cordon|egress-ip|leases',
      does: 'configure',
      explain: 'changes the machine',
    },
    { command: 'secrets|secret unset|rm|remove|delete', does: 'destroy', explain: 'removes secrets:' },
    { command: 'secrets|secret set|import|deploy', does: 'write', explain: 'sets secrets' },
    {
      command:
        'postgres|pg|mpg|redis|mysql|tigris|storage|extensions|ext|litefs-cloud|wireguard|wg|ips|ip|certs|cert|image|orgs|org|tokens|token|consul|proxy|agent destroy|delete|remove|rm|release|revoke|detach',
      does: 'destroy',
      explain: 'takes away',
    },
    {
      command: 'postgres|pg|mpg|redis|mysql|tigris|storage|extensions|ext * destroy|delete|remove|rm',
      does: 'destroy',
      explain: 'takes away',
    },
    {
      command: 'postgres|pg|mpg failover|restart|config|update|restore|import',
      does: 'configure',
      explain: 'changes the database',
    },
    { command: 'redis reset', does: 'destroy', explain: 'empties the database' },
    { command: 'tokens|token create', does: 'grant', explain: 'makes a token' },
    { command: 'scale count', does: 'configure', explain: 'changes how many machines run:' },
    { command: 'scale vm|memory', does: 'configure', explain: 'changes the machines' },
    { command: 'deploy', when: ['--build-only'], does: 'harmless', explain: '' },
    { command: 'deploy', does: 'deploy', explain: 'deploys the app' },
    { command: 'config save|show|env|validate|display', does: 'harmless', explain: '' },
    { command: 'image update', does: 'deploy', explain: 'changes the image' },
    {
      command: 'set-pipeline|sp|expose-pipeline|ep|unpause-pipeline|pause-pipeline|archive-pipeline|ap',
      does: 'configure',
      explain: 'changes the pipeline',
    },
    { command: 'trigger-job|tj|execute|e', does: 'write', explain: 'runs a job' },
    { command: 'clear-task-cache|ctc|prune-worker|pw|land-worker', does: 'configure', explain: 'changes the workers' },
  ],
});

/** Fly.io; also the `fly` of Concourse, whose words do not clash. */
export const fly: Tool = {
  names: ['fly', 'flyctl'],
  judge: (invocation) => {
    const { options, operands } = readLine(invocation.args, { values: VALUES });
    const [first, second, third] = operands.map(knownText);
    const command = options.value('-C', '--command');
    const elsewhere = 'in a machine on Fly';
    if (command !== undefined && (first === 'ssh' || first === 'console') && !options.has('--help'))
      return [{ kind: 'shell', text: command, elsewhere, by: 'fly ssh' }];
    if ((first === 'machine' || first === 'machines' || first === 'm') && second === 'exec') {
      const text = operands.at(-1);
      return text === undefined || operands.length < 3
        ? []
        : [{ kind: 'shell', text, elsewhere, by: 'fly machine exec' }];
    }
    const scaledToNothing =
      first === 'scale' && second === 'count' && operands.slice(2).some(({ text }) => /^(?:\w+=)?0$/u.test(text));
    const findings = table.judge(invocation);
    if (!scaledToNothing || third === undefined) return findings;
    return findings.map((one) =>
      one.kind === 'effect'
        ? { ...one, verb: 'destroy', reversible: 'yes', explain: 'stops every machine of the app' }
        : one,
    );
  },
};
