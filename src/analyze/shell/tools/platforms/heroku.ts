import { type Argument, knownText } from '../../argument.js';
import { readLine } from '../../cli-line.js';
import { cliTool } from '../../cli-tool.js';
import type { Input } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

const VALUES = [
  '-a',
  '--app',
  '-r',
  '--remote',
  '-t',
  '--team',
  '-s',
  '--size',
  '-c',
  '--confirm',
  '--command',
  '-e',
  '--env',
  '-n',
  '--num',
  '--type',
  '--source',
  '--dyno',
  '-d',
  '--as',
  '--name',
  '--plan',
];

const table = cliTool({
  names: ['heroku'],
  values: VALUES,
  colons: true,
  resource: 'heroku',
  place: 'remote',
  naming: ['-a', '--app'],
  rules: [
    { command: 'auth token', does: 'reveal', place: 'local', explain: 'prints a token' },
    {
      command:
        'logs|login|logout|auth|help|plugins|autocomplete|update|version|local|status|git|regions|open|which|notifications|whoami **',
      does: 'harmless',
      explain: '',
    },
    {
      command: 'apps|app destroy|delete',
      does: 'destroy',
      reversible: 'no',
      explain: 'destroys the app with its add-ons',
    },
    { command: 'destroy', does: 'destroy', reversible: 'no', explain: 'destroys the app with its add-ons' },
    { command: 'pg reset', does: 'destroy', reversible: 'no', explain: 'deletes all data of the database' },
    { command: 'pg backups|backup restore', does: 'destroy', reversible: 'no', explain: 'overwrites the database' },
    { command: 'pg backups|backup delete|cancel|unschedule', does: 'destroy', explain: 'deletes backups' },
    { command: 'pg copy|push|pull', does: 'destroy', explain: 'overwrites the target database' },
    {
      command: 'pg killall|kill|maintenance|promote|unfollow|upgrade|failover|settings|detach|connection-pooling',
      does: 'configure',
      explain: 'changes the database',
    },
    {
      command: 'pg credentials destroy|rotate|repair-default|create',
      does: 'grant',
      explain: 'changes who may use the database',
    },
    { command: 'pg credentials url', does: 'reveal', explain: 'prints credentials' },
    { command: 'pg links|settings|maintenance destroy|run|window', does: 'configure', explain: 'changes the database' },
    {
      command: 'redis reset|maintenance|promote|timeout|maxmemory|keyspace-notifications|upgrade',
      does: 'configure',
      explain: 'changes Redis',
    },
    { command: 'redis credentials', does: 'reveal', explain: 'prints credentials' },
    {
      command: 'addons destroy|remove|detach',
      does: 'destroy',
      reversible: 'no',
      explain: 'destroys the add-on with its data',
    },
    { command: 'addons upgrade|downgrade|rename', does: 'configure', explain: 'changes the add-on' },
    { command: 'config unset|remove', does: 'destroy', explain: 'removes the variables' },
    { command: 'config set|add', does: 'write', explain: 'sets the variables' },
    { command: 'config edit', does: 'configure', explain: 'changes the variables' },
    { command: 'config get', does: 'reveal', explain: 'prints the variable' },
    { command: 'config', does: 'reveal', explain: 'prints the variables of the app' },
    { command: 'maintenance on', does: 'configure', explain: 'takes the app offline' },
    { command: 'maintenance off', does: 'write', explain: 'puts the app back online' },
    { command: 'ps stop|kill', does: 'destroy', reversible: 'yes', explain: 'stops' },
    { command: 'ps scale|resize|type|autoscale|restart', does: 'configure', explain: 'changes what runs:' },
    { command: 'dyno stop|kill|scale|resize|restart', does: 'configure', explain: 'changes what runs:' },
    { command: 'restart|scale|stop|resize', does: 'configure', explain: 'changes what runs:' },
    {
      command:
        'domains|certs|drains|keys|members|access|authorizations|clients|sessions|webhooks|spaces|pipelines|buildpacks|features|labs|container|ssl|telemetry|data remove|destroy|clear|revoke|disable|delete|rm',
      does: 'destroy',
      explain: 'takes away',
    },
    {
      command: 'domains|certs|features|labs|routing|drains|spaces update|add|enable|transfer',
      does: 'configure',
      explain: 'changes',
    },
    { command: 'access|members add|update|set', does: 'grant', explain: 'changes who may do what' },
    { command: 'apps transfer|rename|lock|unlock|join|leave', does: 'configure', explain: 'changes the app' },
    { command: 'releases rollback', does: 'deploy', explain: 'rolls the app back' },
    { command: 'rollback', does: 'deploy', explain: 'rolls the app back' },
    { command: 'pipelines promote', does: 'deploy', explain: 'promotes the app to the next stage' },
    { command: 'container release', does: 'deploy', explain: 'deploys the app' },
    { command: 'container push', does: 'write', explain: 'publishes the image' },
    { command: 'builds create', does: 'deploy', explain: 'deploys the app' },
    { command: 'git credentials', does: 'reveal', explain: 'prints credentials' },
  ],
});

/** Heroku: `pg:reset` or `pg reset`. What `run` and `pg:psql -c` are given is judged as what it is. */
export const heroku: Tool = {
  names: ['heroku'],
  judge: (invocation) => {
    const before = readOptions(invocation.args, { values: VALUES, stopAtOperand: true });
    const [first, ...rest] = before.operands;
    const command = knownText(first);
    if (command === 'run' || command === 'run:detached' || command === 'run:inside') {
      const words = readOptions(rest, { values: VALUES, stopAtOperand: true }).operands;
      return words.length === 0 ? [] : [inDyno(words, invocation.input)];
    }
    const { options, operands } = readLine(invocation.args, { values: VALUES, colons: true });
    const [group, verb] = operands.map(knownText);
    const sql = options.value('-c', '--command');
    if (group === 'pg' && (verb === 'psql' || verb === undefined || command === 'psql') && sql !== undefined)
      return [{ kind: 'sql', dialect: 'postgres', text: sql, by: 'heroku pg:psql' }];
    if (group === 'pg' && verb === 'psql' && invocation.input.kind === 'text')
      return [{ kind: 'sql', dialect: 'postgres', text: invocation.input.text, by: 'heroku pg:psql' }];
    if (
      (group === 'ps' || group === 'dyno') &&
      verb === 'scale' &&
      operands.some(({ text }) => /^\w+=0(?::|$)/u.test(text))
    )
      return table
        .judge(invocation)
        .map((one) => (one.kind === 'effect' ? { ...one, verb: 'destroy', reversible: 'yes' } : one));
    // Without assignments `ps:scale` and `releases` only show.
    if ((group === 'ps' || group === 'dyno') && verb === 'scale' && operands.length === 2) return [];
    return table.judge(invocation);
  },
};

function inDyno(words: readonly Argument[], input: Input) {
  return { kind: 'command', words, input, elsewhere: 'in a dyno on Heroku', by: 'heroku run' } as const;
}
