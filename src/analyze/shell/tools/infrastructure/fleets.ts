/** Programs that rule over many machines or services at once. Source: each program's own reference. */
import { type Argument, exactly } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

export const nomad = cliTool({
  names: ['nomad'],
  values: [
    '-address',
    '-region',
    '-namespace',
    '-token',
    '-ca-cert',
    '-client-cert',
    '-client-key',
    '-job',
    '-task',
    '-deadline',
    '-meta',
    '-check-index',
    '-var',
    '-var-file',
  ],
  singleDash: true,
  resource: 'nomad',
  place: 'remote',
  rules: [
    { command: 'job stop', does: 'destroy', explain: 'stops the job' },
    { command: 'stop', does: 'destroy', explain: 'stops the job' },
    { command: 'job scale * 0', does: 'destroy', reversible: 'yes', explain: 'stops all of a group' },
    { command: 'job scale * * 0', does: 'destroy', reversible: 'yes', explain: 'stops all of a group' },
    { command: 'job run|revert|promote|restart|periodic|dispatch', does: 'deploy', explain: 'changes the job' },
    { command: 'run', does: 'deploy', explain: 'changes the job' },
    { command: 'alloc stop|restart|signal', does: 'configure', explain: 'stops the allocation' },
    { command: 'node drain|eligibility|purge', does: 'configure', explain: 'takes a node out of service' },
    { command: 'system gc|reconcile', does: 'destroy', explain: 'deletes what has ended' },
    {
      command: 'operator raft|autopilot|scheduler|root|snapshot remove-peer|set-config|set|restore',
      does: 'destroy',
      explain: 'changes the servers',
    },
    {
      command: 'acl token|policy|role|binding-rule|auth-method create|apply|update|delete|self',
      does: 'grant',
      explain: 'changes who may do what',
    },
    { command: 'acl bootstrap', does: 'grant', explain: 'makes the first token' },
    {
      command: 'namespace|quota|volume|var|sentinel|service|recommendation delete|deregister|purge|detach|dismiss',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'deployment fail|promote|unblock', does: 'deploy', explain: 'decides a deployment' },
    { command: 'var get', does: 'reveal', explain: 'prints variables' },
    { command: 'alloc exec', does: 'execute', explain: 'runs a command in the allocation' },
    { command: 'exec', does: 'execute', explain: 'runs a command in the allocation' },
  ],
});

export const consul = cliTool({
  names: ['consul'],
  values: [
    '-http-addr',
    '-token',
    '-token-file',
    '-datacenter',
    '-namespace',
    '-partition',
    '-ca-file',
    '-client-cert',
    '-client-key',
    '-id',
    '-name',
    '-service',
    '-kind',
  ],
  singleDash: true,
  resource: 'consul',
  place: 'remote',
  naming: ['-id', '-name'],
  rules: [
    { command: 'kv delete', does: 'destroy', reversible: 'no', explain: 'deletes keys' },
    { command: 'kv import', does: 'destroy', explain: 'overwrites keys' },
    { command: 'kv put', does: 'configure', explain: 'changes a key' },
    {
      command: 'snapshot restore',
      does: 'destroy',
      reversible: 'no',
      explain: 'overwrites everything with a snapshot',
    },
    { command: 'services deregister', does: 'destroy', explain: 'takes a service off' },
    { command: 'config|intention delete', does: 'destroy', explain: 'deletes' },
    { command: 'config|intention write|create', does: 'configure', explain: 'changes' },
    { command: 'force-leave|leave|maint', does: 'destroy', explain: 'takes a node out of service' },
    { command: 'operator raft remove-peer', does: 'destroy', explain: 'takes a server out of the cluster' },
    { command: 'operator ** set-config|transfer-leader', does: 'configure', explain: 'changes the servers' },
    { command: 'acl ** create|update|delete|set-agent-token', does: 'grant', explain: 'changes who may do what' },
    { command: 'acl bootstrap', does: 'grant', explain: 'makes the first token' },
    { command: 'exec', does: 'execute', explain: 'runs a command on every node:' },
    { command: 'keyring', when: ['-remove', '-use'], does: 'configure', explain: 'changes the keys' },
  ],
});

export const ceph = cliTool({
  names: ['ceph', 'rbd', 'rados', 'radosgw-admin', 'gluster', 'cephadm', 'linstor'],
  values: [
    '-p',
    '--pool',
    '-c',
    '--conf',
    '--id',
    '-n',
    '--name',
    '-k',
    '--keyring',
    '--uid',
    '--bucket',
    '-m',
    '--fsid',
  ],
  resource: 'storage-cluster',
  place: 'remote',
  naming: ['--pool', '-p', '--uid', '--bucket'],
  dryRun: ['--dry-run'],
  rules: [
    {
      command: 'osd pool|erasure-code-profile|crush delete|rm|remove',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes',
    },
    {
      command: 'osd purge|destroy|rm|lost|out|down|purge*',
      does: 'destroy',
      explain: 'takes disks out of the cluster:',
    },
    { command: 'osd crush remove|rm', does: 'destroy', explain: 'takes disks out of the cluster:' },
    {
      command: 'fs|mon|mgr|mds|auth|config-key|nfs|orch|tell rm|remove|fail|del|delete|rm_data_pool|reset',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'auth caps|add|get-or-create|import', does: 'grant', explain: 'changes who may do what' },
    { command: 'auth get-key|print-key|print_key|get|export', does: 'reveal', explain: 'prints keys' },
    { command: 'osd set|unset|reweight|primary-affinity', does: 'configure', explain: 'changes the cluster' },
    { command: 'config|osd set|rm|pool set', does: 'configure', explain: 'changes the cluster' },
    { command: 'rm|remove|purge|rmpool|cleanup', does: 'destroy', reversible: 'no', explain: 'deletes' },
    {
      command: 'snap|snapshot|trash|group|image|namespace rm|remove|purge|rollback|delete|restore',
      does: 'destroy',
      explain: 'deletes or overwrites',
    },
    {
      command: 'user|bucket|key|subuser|object|zone|zonegroup|realm rm|unlink|suspend',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'volume delete|stop|remove-brick|replace-brick|reset', does: 'destroy', explain: 'changes the volume' },
    { command: 'peer detach', does: 'destroy', explain: 'takes a server out of the cluster' },
    { command: 'zap-osds|rm-cluster|rm-daemon', does: 'destroy', reversible: 'no', explain: 'wipes' },
  ],
});

/** Salt: `salt TARGET FUNCTION ARGUMENTS`. */
export const salt: Tool = {
  names: ['salt', 'salt-ssh', 'salt-call'],
  judge: ({ name, args }) => {
    const values = [
      '-t',
      '--timeout',
      '-b',
      '--batch-size',
      '-c',
      '--config-dir',
      '-u',
      '--user',
      '--out',
      '--output',
      '-l',
      '--log-level',
      '--roster',
      '-i',
      '--id',
    ];
    const options = readOptions(args, { values });
    const [target, call, ...rest] =
      name === 'salt-call' ? [exactly('this machine'), ...options.operands] : options.operands;
    if (
      target === undefined ||
      call === undefined ||
      options.has('--help', '-h') ||
      rest.some(({ text }) => text === 'test=True')
    )
      return [];
    const on = `on ${target.written}`;
    const [first] = rest;
    if (/^cmd\.(?:run|run_all|run_stdout|shell|script|exec_code)$/u.test(call.text))
      return first === undefined ? [] : [{ kind: 'shell', text: first, elsewhere: on, by: name }];
    if (
      /^(?:test|grains|pillar|status|disk|sys|network|saltutil)\.(?!.*(?:del|set|kill))|\.(?:list|get|show|version|info|status|usage|stats|exists|is_)\w*$/u.test(
        call.text,
      )
    )
      return [];
    const removes =
      /\b(?:remove|purge|delete|del|absent|stop|kill|reboot|shutdown|poweroff|rm|unlink|drop|wipe|halt)/u.test(
        call.text.replaceAll('_', ' '),
      );
    return [effectOn(removes ? 'destroy' : 'configure', target, `runs ${call.written} ${on}`)];
  },
};

function effectOn(verb: 'destroy' | 'configure', target: Argument, explain: string) {
  return { kind: 'effect', verb, resource: { kind: 'salt', name: target.written }, place: 'remote', explain } as const;
}

export const puppet = cliTool({
  names: ['puppet', 'puppetserver', 'bolt'],
  values: [
    '--server',
    '--certname',
    '--environment',
    '--modulepath',
    '--logdest',
    '-t',
    '--targets',
    '-n',
    '--nodes',
    '--user',
    '-u',
  ],
  resource: 'puppet',
  place: 'remote',
  dryRun: ['--noop'],
  rules: [
    {
      command: 'node|cert|ca|certificate clean|purge|deactivate|destroy|revoke',
      does: 'destroy',
      explain: 'takes the node off',
    },
    { command: 'module uninstall', does: 'write', place: 'local', explain: 'removes a module' },
    {
      command: 'resource * * ensure=absent|ensure=purged|ensure=stopped',
      does: 'destroy',
      place: 'local',
      explain: 'removes',
    },
    {
      command: 'agent',
      when: ['-t', '--test', '--onetime'],
      does: 'configure',
      place: 'local',
      explain: 'applies the configuration to this machine',
    },
    { command: 'apply', does: 'configure', place: 'local', explain: 'applies to this machine' },
    { command: 'command|script|task|plan run', does: 'execute', explain: 'runs on many machines:' },
  ],
});

export const chef = cliTool({
  names: ['knife', 'chef', 'chef-client', 'chef-solo', 'inspec'],
  values: [
    '-c',
    '--config',
    '-z',
    '-k',
    '--key',
    '-u',
    '--user',
    '-s',
    '--server-url',
    '-E',
    '--environment',
    '-N',
    '--node-name',
    '-r',
    '--run-list',
    '-x',
    '-i',
    '-P',
  ],
  resource: 'chef',
  place: 'remote',
  dryRun: ['--why-run', '-W'],
  rules: [
    { command: '* delete|purge', does: 'destroy', explain: 'deletes' },
    { command: '* bulk delete', does: 'destroy', reversible: 'no', explain: 'deletes' },
    { command: 'data bag delete', does: 'destroy', explain: 'deletes' },
    { command: '* server delete', does: 'destroy', explain: 'deletes the server' },
    { command: 'ssh', does: 'execute', explain: 'runs on many machines:' },
    { command: 'bootstrap', does: 'configure', explain: 'sets up' },
    {
      command: 'node|role|environment|client|user edit|run_list|from|reregister',
      does: 'configure',
      explain: 'changes',
    },
    { command: 'node run_list *', does: 'configure', explain: 'changes' },
    { command: 'cookbook|data|role upload|from', does: 'write', explain: 'uploads' },
    {
      command: 'clean-policy-revisions|clean-policy-cookbooks|delete-policy|delete-policy-group',
      does: 'destroy',
      explain: 'deletes',
    },
  ],
});
