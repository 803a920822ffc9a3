/** Message brokers. Source: each program's own reference of its command line. */
import { cliTool } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

const KAFKA_VALUES = [
  '--bootstrap-server',
  '--zookeeper',
  '--topic',
  '--group',
  '--partitions',
  '--replication-factor',
  '--config',
  '--command-config',
  '--entity-type',
  '--entity-name',
  '--add-config',
  '--delete-config',
  '--offset-json-file',
  '--reassignment-json-file',
  '--operation',
  '--allow-principal',
  '--deny-principal',
  '--to-offset',
  '--to-datetime',
  '--shift-by',
];

function kafka(
  script: string,
  judge: (
    has: (...names: readonly string[]) => boolean,
  ) => readonly [verb: 'destroy' | 'configure' | 'grant' | 'write', explain: string] | undefined,
): Tool {
  return {
    names: [script, `${script}.sh`],
    judge: ({ args }): readonly Finding[] => {
      const options = readOptions(args, { values: KAFKA_VALUES });
      if (options.has('--help', '--version', '--dry-run')) return [];
      const found = judge(options.has);
      if (found === undefined) return [];
      const [verb, explain] = found;
      const name = options.value('--topic', '--group', '--entity-name')?.written ?? script;
      return [
        {
          kind: 'effect',
          verb,
          resource: { kind: 'kafka', name },
          place: 'remote',
          ...(verb === 'write' ? { count: 1 } : {}),
          explain: `${explain} ${name}`,
        },
      ];
    },
  };
}

export const KAFKA: readonly Tool[] = [
  kafka('kafka-topics', (has) =>
    has('--delete')
      ? ['destroy', 'deletes with all its messages the topic']
      : has('--alter')
        ? ['configure', 'changes the topic']
        : undefined,
  ),
  kafka('kafka-configs', (has) =>
    has('--alter') ? [has('--delete-config') ? 'destroy' : 'configure', 'changes the configuration of'] : undefined,
  ),
  kafka('kafka-delete-records', () => ['destroy', 'deletes messages of']),
  kafka('kafka-acls', (has) =>
    has('--remove')
      ? ['destroy', 'takes away the access rules of']
      : has('--add')
        ? ['grant', 'changes who may reach']
        : undefined,
  ),
  kafka('kafka-consumer-groups', (has) =>
    has('--delete', '--delete-offsets')
      ? ['destroy', 'deletes the consumer group']
      : has('--reset-offsets') && has('--execute')
        ? ['destroy', 'moves the read position of']
        : undefined,
  ),
  kafka('kafka-streams-application-reset', () => ['destroy', 'resets the application']),
  kafka('kafka-reassign-partitions', (has) =>
    has('--execute', '--cancel') ? ['configure', 'moves the partitions of'] : undefined,
  ),
  kafka('kafka-leader-election', () => ['configure', 'elects other leaders for']),
  kafka('kafka-storage', () => undefined),
  kafka('kafka-server-stop', () => ['destroy', 'stops']),
  kafka('kafka-transactions', (has) => (has('--abort') ? ['destroy', 'aborts a transaction of'] : undefined)),
];

export const rpk = cliTool({
  names: ['rpk'],
  resource: 'redpanda',
  place: 'remote',
  rules: [
    { command: 'topic delete', does: 'destroy', explain: 'deletes the topic' },
    { command: 'topic trim-prefix', does: 'destroy', explain: 'deletes messages of the topic' },
    { command: 'group delete|offset-delete|seek', does: 'destroy', explain: 'deletes or moves the consumer group' },
    { command: 'security|acl ** delete', does: 'destroy', explain: 'takes away access rules' },
    { command: 'cluster config set|edit|import', does: 'configure', explain: 'changes the cluster' },
    { command: 'topic alter-config|add-partitions', does: 'configure', explain: 'changes the topic' },
    { command: 'container purge', does: 'destroy', place: 'local', explain: 'deletes the local cluster' },
  ],
});

const RABBIT_VALUES = [
  '-n',
  '--node',
  '-p',
  '--vhost',
  '-t',
  '--timeout',
  '-H',
  '--host',
  '-P',
  '--port',
  '-u',
  '--username',
  '-V',
  '-N',
  '-f',
  '--format',
  '--longnames',
  '--erlang-cookie',
  '-c',
  '--config',
  '--sort',
  '-d',
  '--depth',
];

const rabbitmqctl = cliTool({
  names: [
    'rabbitmqctl',
    'rabbitmq-queues',
    'rabbitmq-streams',
    'rabbitmq-upgrade',
    'rabbitmq-plugins',
    'rabbitmq-diagnostics',
  ],
  values: RABBIT_VALUES,
  resource: 'rabbitmq',
  place: 'remote',
  rules: [
    {
      command: 'delete_*|purge_*|forget_*|reset|force_reset|clear_*|remove_*|rabbitmq_delete*',
      does: 'destroy',
      explain: 'deletes',
    },
    {
      command: 'stop|stop_app|shutdown|force_boot|close_*|kill_*|suspend_*|drain',
      does: 'destroy',
      reversible: 'yes',
      explain: 'stops',
    },
    {
      command: 'add_user|change_password|set_permissions|set_topic_permissions|set_user_tags|set_user_limits',
      does: 'grant',
      explain: 'changes the rights of',
    },
    {
      command:
        'set_*|enable*|disable*|join_cluster|rename_cluster_node|update_cluster_nodes|import_definitions|change_cluster_node_type|sync_queue|cancel_sync_queue|rotate_logs|grow|shrink|rebalance|add_member|delete_member',
      does: 'configure',
      explain: 'changes',
    },
    { command: 'add_*|declare_*|restart_*', does: 'write', explain: 'adds or starts anew' },
    { command: 'eval|eval_file', does: 'execute', explain: 'has the server run code:' },
  ],
});

const rabbitmqadmin = cliTool({
  names: ['rabbitmqadmin'],
  values: RABBIT_VALUES,
  resource: 'rabbitmq',
  place: 'remote',
  rules: [
    { command: 'delete|purge|close|clear **', does: 'destroy', explain: 'deletes' },
    { command: '** delete|purge', does: 'destroy', explain: 'deletes' },
    { command: 'declare permission|user|topic_permission', does: 'grant', explain: 'changes the rights of' },
    { command: 'import|definitions', does: 'configure', explain: 'imports the definitions' },
    { command: 'declare|publish', does: 'write', explain: 'adds' },
  ],
});

const nats = cliTool({
  names: ['nats'],
  values: ['-s', '--server', '--context', '--user', '--password', '--creds', '--nkey', '--timeout', '--trace'],
  resource: 'nats',
  place: 'remote',
  rules: [
    { command: 'context|ctx **', does: 'harmless', explain: '' },
    {
      command: 'stream|str|s|consumer|con|c|kv|object|obj|bucket rm|del|delete|purge|rmm|seal|pause|force-step-down',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: '* * rm|del|delete|purge', does: 'destroy', explain: 'deletes' },
    { command: 'stream|str|consumer|con|kv edit|restore|update', does: 'configure', explain: 'changes' },
    {
      command: 'server raft|cluster|config|account peer-remove|step-down|reload|purge|*',
      does: 'configure',
      explain: 'changes the servers:',
    },
    { command: 'account restore|tls', does: 'configure', explain: 'changes the account' },
    { command: 'pub|publish|request|req|stream|kv|object put|add|create|*', does: 'harmless', explain: '' },
  ],
});

export const QUEUES: readonly Tool[] = [...KAFKA, rpk, rabbitmqctl, rabbitmqadmin, nats];
