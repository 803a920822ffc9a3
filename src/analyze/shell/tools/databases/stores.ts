/** Stores of keys and values, and what administers clusters of databases. Source: each program's own reference. */
import { cliTool } from '../../cli-tool.js';
import type { Tool } from '../../tool.js';

const etcdctl = cliTool({
  names: ['etcdctl', 'etcdutl'],
  values: [
    '--endpoints',
    '--cacert',
    '--cert',
    '--key',
    '--user',
    '--password',
    '--command-timeout',
    '--dial-timeout',
    '-w',
    '--write-out',
    '--lease',
    '--rev',
    '--data-dir',
    '--name',
  ],
  resource: 'etcd',
  place: 'remote',
  rules: [
    { command: 'del|rm|rmdir', does: 'destroy', explain: 'deletes the keys' },
    { command: 'member remove', does: 'destroy', explain: 'takes out of the cluster the member' },
    { command: 'lease revoke', does: 'destroy', explain: 'deletes the keys of the lease' },
    { command: 'snapshot restore', does: 'destroy', explain: 'restores a snapshot over' },
    { command: 'compact|compaction', does: 'destroy', explain: 'deletes old revisions before' },
    { command: 'user|role delete', does: 'destroy', explain: 'deletes' },
    {
      command: 'user|role|auth add|passwd|grant-role|revoke-role|grant-permission|revoke-permission|enable|disable',
      does: 'grant',
      explain: 'changes who may reach',
    },
    { command: 'member add|update|promote', does: 'configure', explain: 'changes the members:' },
    { command: 'move-leader|downgrade|alarm|defrag|make-mirror', does: 'configure', explain: 'changes the cluster:' },
    { command: 'put|set|mk|mkdir|update', does: 'write', explain: 'sets the key' },
    { command: 'txn', does: 'write', explain: 'changes keys' },
  ],
});

const consul = cliTool({
  names: ['consul'],
  values: ['-http-addr', '-token', '-datacenter', '-namespace', '-partition', '-id', '-name', '-kind', '-service'],
  singleDash: true,
  resource: 'consul',
  place: 'remote',
  naming: ['-id', '-name', '-kind'],
  rules: [
    { command: 'kv delete', does: 'destroy', explain: 'deletes the keys' },
    { command: 'acl ** delete', does: 'destroy', explain: 'deletes an access rule' },
    { command: 'acl ** create|update|bootstrap|set-agent-token', does: 'grant', explain: 'changes who may reach' },
    {
      command: 'config|intention|peering|namespace|partition|services delete|deregister',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'operator raft remove-peer', does: 'destroy', explain: 'takes a server out of the cluster' },
    { command: 'force-leave|leave', does: 'destroy', reversible: 'yes', explain: 'takes out of the cluster' },
    { command: 'snapshot restore', does: 'destroy', explain: 'restores a snapshot over what is there' },
    { command: 'kv put|import', does: 'write', explain: 'sets the key' },
    { command: 'config|intention|services|connect write|create|register|ca', does: 'configure', explain: 'changes' },
    { command: 'maint|keyring|reload|operator **', does: 'configure', explain: 'changes the cluster:' },
  ],
});

const nodetool = cliTool({
  names: ['nodetool'],
  values: ['-h', '--host', '-p', '--port', '-u', '--username', '-pw', '--password', '-pwf'],
  resource: 'cassandra',
  place: 'remote',
  rules: [
    {
      command:
        'decommission|removenode|assassinate|clearsnapshot|truncatehints|stopdaemon|drain|garbagecollect|invalidate*|cleanup|resetlocalschema|import|rebuild',
      does: 'destroy',
      explain: 'removes data or a node:',
    },
    {
      command: 'set*|enable*|disable*|move|pausehandoff|resumehandoff|stop',
      does: 'configure',
      explain: 'changes the node:',
    },
    { command: 'snapshot|status|info|ring|repair|flush|compact|**', does: 'harmless', explain: '' },
  ],
});

const zookeeper = cliTool({
  names: ['zkCli.sh', 'zkCli', 'zookeeper-shell', 'zookeeper-shell.sh'],
  values: ['-server', '-timeout'],
  singleDash: true,
  resource: 'zookeeper',
  place: 'remote',
  rules: [
    { command: '** delete|deleteall|rmr|delquota', does: 'destroy', explain: 'deletes the node' },
    { command: '** setAcl|addauth', does: 'grant', explain: 'changes who may reach' },
    { command: '** set|create', does: 'write', explain: 'sets the node' },
  ],
});

export const STORES: readonly Tool[] = [etcdctl, consul, nodetool, zookeeper];
