import { exactly, knownText } from '../../argument.js';
import { readLine } from '../../cli-line.js';
import { cliTool } from '../../cli-tool.js';
import type { Tool } from '../../tool.js';

const VALUES = [
  '-c',
  '--config',
  '-e',
  '--env',
  '--cwd',
  '--env-file',
  '--namespace-id',
  '--binding',
  '--name',
  '--file',
  '--command',
  '--preview-id',
];

const table = cliTool({
  names: ['wrangler', 'wrangler2'],
  values: VALUES,
  colons: true,
  resource: 'cloudflare',
  place: 'remote',
  placeOf: (options) => (options.has('--local') && !options.has('--remote') ? 'local' : undefined),
  environment: ['-e', '--env'],
  dryRun: ['--dry-run'],
  naming: ['--name', '--namespace-id', '--binding'],
  rules: [
    {
      command: 'dev|tail|types|whoami|login|logout|init|generate|docs|check|telemetry|complete **',
      does: 'harmless',
      explain: '',
    },
    { command: '* list|info|get|status|view', does: 'harmless', explain: '' },
    { command: '* * list|info|get|status|view', does: 'harmless', explain: '' },
    { command: 'delete', does: 'destroy', explain: 'deletes the Worker' },
    {
      command: 'kv namespace|key|bulk delete',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes from the key-value store',
    },
    { command: 'kv **', does: 'write', explain: 'writes to the key-value store' },
    { command: 'r2 bucket|object delete', does: 'destroy', reversible: 'no', explain: 'deletes from the object store' },
    {
      command: 'r2 bucket * delete|remove|clear|disable|set|add|enable|update',
      does: 'configure',
      explain: 'changes the bucket',
    },
    { command: 'd1 delete', does: 'destroy', reversible: 'no', explain: 'deletes the database' },
    { command: 'd1 time-travel restore', does: 'destroy', explain: 'sets the database back' },
    { command: 'd1 migrations apply', does: 'deploy', explain: 'changes the database' },
    { command: 'd1 migrations create', does: 'harmless', explain: '' },
    { command: 'secret|secrets-store|pages ** delete', does: 'destroy', explain: 'deletes' },
    { command: 'secret put|bulk', does: 'write', explain: 'sets the secret' },
    { command: 'pages secret put|bulk', does: 'write', explain: 'sets the secret' },
    { command: 'pages dev|functions|download **', does: 'harmless', explain: '' },
    { command: 'pages deploy|publish', does: 'deploy', explain: 'deploys' },
    { command: 'deploy|publish', does: 'deploy', explain: 'deploys the Worker' },
    { command: 'versions deploy', does: 'deploy', explain: 'deploys a version' },
    { command: 'triggers deploy', does: 'deploy', explain: 'changes the triggers' },
    { command: 'rollback', does: 'deploy', explain: 'rolls the Worker back' },
    { command: 'queues purge|delete', does: 'destroy', reversible: 'no', explain: 'deletes the queue' },
    { command: 'queues consumer remove', does: 'configure', explain: 'takes a consumer off' },
    {
      command: 'vectorize delete|delete-vectors|delete-metadata-index',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes from the index',
    },
    {
      command: 'hyperdrive|workflows|pipelines|dispatch-namespace|mtls-certificate|cert|containers delete|terminate',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'hyperdrive|pipelines update', does: 'configure', explain: 'changes' },
  ],
});

/** Cloudflare Workers and its stores; `d1 execute` sends SQL to a database of SQLite's dialect. */
export const wrangler: Tool = {
  names: ['wrangler', 'wrangler2'],
  judge: (invocation) => {
    const { options, operands } = readLine(invocation.args, { values: VALUES });
    const [first, second] = operands.map(knownText);
    if (first !== 'd1' || second !== 'execute' || options.has('--help', '-h')) return table.judge(invocation);
    const sql = options.value('--command');
    const file = options.value('--file');
    const by = `wrangler d1 execute${options.has('--remote') ? ' --remote' : ''}`;
    // Without `--remote` it works on a copy in the project's folder.
    const copy = options.has('--remote') ? {} : { file: exactly('.wrangler/state/v3/d1') };
    if (sql !== undefined) return [{ kind: 'sql', dialect: 'sqlite', text: sql, by, ...copy }];
    if (file !== undefined) return [{ kind: 'script', path: file, language: 'sql', args: [], by }];
    return [];
  },
};

export const flarectl = cliTool({
  names: ['flarectl', 'cloudflared'],
  values: ['--account-id', '--zone', '--id', '--name', '--type', '--content', '--config', '--origincert', '--url'],
  resource: 'cloudflare',
  place: 'remote',
  naming: ['--zone', '--id', '--name'],
  rules: [
    { command: 'd|dns d|delete', does: 'configure', explain: 'deletes a DNS record' },
    { command: 'd|dns u|update|create-or-update|o|c|create', does: 'configure', explain: 'changes a DNS record' },
    { command: 'z|zone d|delete|purge', does: 'destroy', explain: 'deletes from the zone' },
    { command: 'firewall|f rules|r create|update|delete|c|u|d', does: 'configure', explain: 'changes the firewall' },
    { command: 'tunnel delete|cleanup', does: 'destroy', explain: 'deletes the tunnel' },
    { command: 'tunnel route dns', does: 'configure', explain: 'changes a DNS record' },
    { command: 'tunnel token', does: 'reveal', explain: 'prints a token' },
  ],
});
