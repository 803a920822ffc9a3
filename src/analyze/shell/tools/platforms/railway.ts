import { cliTool } from '../../cli-tool.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

const VALUES = [
  '-e',
  '--environment',
  '-s',
  '--service',
  '-p',
  '--project',
  '--volume',
  '--project-id',
  '--workspace',
  '-n',
  '--name',
  '--lines',
  '--mount-path',
  '-t',
  '--template',
  '--set',
  '--deployment',
];

const table = cliTool({
  names: ['railway'],
  values: VALUES,
  below: {
    volume: { values: ['-v', '-m'] },
    up: { values: ['-m', '--message'] },
    environment: { values: ['-d', '--duplicate', '-v', '--service-variable'] },
    add: { values: ['-d', '--database', '-r', '--repo', '-i', '--image', '-v', '--variables'] },
  },
  resource: 'railway',
  place: 'remote',
  environment: ['-e', '--environment'],
  naming: ['-v', '--volume', '-s', '--service', '-e', '--environment'],
  rules: [
    {
      command: 'list|status|logs|login|logout|whoami|link|unlink|open|docs|init|completion|upgrade|starship **',
      does: 'harmless',
      explain: '',
    },
    { command: 'down', does: 'destroy', explain: 'takes down the latest deployment' },
    { command: 'delete', does: 'destroy', reversible: 'no', explain: 'deletes the project' },
    {
      command: 'volume delete|rm|remove',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the volume with its data',
    },
    { command: 'volume detach', does: 'configure', explain: 'takes the volume off its service' },
    { command: 'volume update', does: 'configure', explain: 'changes the volume' },
    { command: 'volume list', does: 'harmless', explain: '' },
    {
      command: 'environment delete|rm|remove',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the environment with its services and volumes',
    },
    { command: 'environment edit', does: 'configure', explain: 'changes the environment' },
    {
      command: 'service|project|bucket|function|functions|database delete|rm|remove',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes',
    },
    { command: 'variables|variable|vars|var delete|rm|remove|unset', does: 'destroy', explain: 'deletes variables' },
    { command: 'variables|variable|vars|var set', does: 'write', explain: 'sets variables' },
    {
      command: 'variables|variable|vars|var',
      when: ['--set', '--set-from-stdin'],
      does: 'write',
      explain: 'sets variables',
    },
    { command: 'variables|variable|vars|var', does: 'reveal', explain: 'prints the variables of the service' },
    { command: 'up|deploy', does: 'deploy', explain: 'deploys' },
    { command: 'redeploy|restart', does: 'deploy', explain: 'starts the service anew' },
    { command: 'scale', does: 'configure', explain: 'changes how many replicas run' },
    { command: 'domain', does: 'configure', explain: 'gives the service a domain' },
    { command: 'connect', does: 'write', explain: 'opens a session on the database' },
    { command: 'add', does: 'write', explain: 'adds' },
    { command: 'ssh', does: 'write', explain: 'opens a session on the service' },
  ],
});

/** Railway. `run` starts a program here with the variables of the environment, `ssh` one there. */
export const railway: Tool = {
  names: ['railway'],
  judge: (invocation) => {
    const [first, ...rest] = readOptions(invocation.args, { values: VALUES, stopAtOperand: true }).operands;
    if (first?.text !== 'run' && first?.text !== 'ssh' && first?.text !== 'local') return table.judge(invocation);
    const words = readOptions(rest, {
      values: [...VALUES, '-d', '--deployment-instance'],
      stopAtOperand: true,
    }).operands;
    if (words.length === 0) return table.judge(invocation);
    const by = `railway ${first.text}`;
    return [
      { kind: 'command', words, by, ...(first.text === 'ssh' ? { elsewhere: 'in the service on Railway' } : {}) },
    ];
  },
};
