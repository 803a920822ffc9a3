/** Clouds whose long options nearly all take a value, or whose verbs hide inside words. Source: each tool's own reference. */
import { cliTool } from '../../cli-tool.js';
import { verbsWith } from '../../cli-verbs.js';

/** OpenStack: every long option of a command that is not one of these takes a value. */
export const openstack = cliTool({
  names: ['openstack', 'nova', 'cinder', 'glance', 'neutron'],
  flags: [
    '--verbose',
    '--quiet',
    '--debug',
    '--help',
    '--insecure',
    '--force',
    '--wait',
    '--all',
    '--long',
    '--all-projects',
    '--recursive',
    '--cascade',
    '--purge',
    '--public',
    '--private',
    '--human-readable',
    '--hard',
    '--soft',
    '--all-tenants',
    '--version',
    '--include-detached',
  ],
  resource: 'openstack',
  place: 'remote',
  verbs: verbsWith({
    save: { does: 'harmless', explain: '' },
    issue: { does: 'harmless', explain: '' },
    shelve: { does: 'destroy', reversible: 'yes', explain: 'stops' },
    evacuate: { does: 'configure', explain: 'moves' },
    cleanup: { does: 'destroy', explain: 'deletes everything of a project' },
  }),
  rules: [
    { command: 'role add|remove', does: 'grant', explain: 'changes who may do what' },
    { command: 'project purge|cleanup', does: 'destroy', reversible: 'no', explain: 'deletes everything of a project' },
    {
      command: 'security group rule create|delete',
      does: 'configure',
      explain: 'changes what the firewall lets through',
    },
    { command: 'secret get', does: 'reveal', explain: 'prints a secret' },
  ],
});

/** Oracle Cloud. */
export const oci = cliTool({
  names: ['oci'],
  flags: [
    '--force',
    '--debug',
    '--help',
    '--all',
    '--recursive',
    '--raw-output',
    '--latest-version',
    '--dry-run',
    '--version',
    '--include-all-plugins',
    '--preserve-boot-volume',
    '--no-retry',
    '--cli-auto-prompt',
  ],
  resource: 'oracle',
  place: 'remote',
  dryRun: ['--dry-run', '--generate-full-command-json-input', '--generate-param-json-input'],
  naming: ['--name', '--id', '--bucket-name', '--db-system-id', '--instance-id', '--object-name'],
  verbs: verbsWith({
    'bulk-delete': { does: 'destroy', reversible: 'no', explain: 'deletes' },
    'bulk-delete-versions': { does: 'destroy', reversible: 'no', explain: 'deletes' },
    'schedule-deletion': { does: 'destroy', explain: 'deletes' },
    'change-compartment': { does: 'configure', explain: 'moves' },
    'get-secret-bundle': { does: 'reveal', explain: 'prints a secret' },
    action: { does: 'destroy', reversible: 'yes', explain: 'stops or starts' },
    launch: { does: 'write', explain: 'starts' },
    failover: { does: 'deploy', explain: 'fails over' },
  }),
  rules: [
    { command: 'session|setup **', does: 'harmless', explain: '' },
    { command: 'secrets secret-bundle get*', does: 'reveal', explain: 'prints a secret' },
    { command: 'iam policy create|update|delete', does: 'grant', explain: 'changes who may do what' },
    { command: 'compute instance action', when: ['--action=START'], does: 'write', explain: 'starts' },
  ],
});

/** IBM Cloud: the verb is the last part of a word (`cluster rm`, `service-api-key-delete`). */
export const ibmcloud = cliTool({
  names: ['ibmcloud', 'bx', 'bluemix', 'ic'],
  values: ['-g', '-r', '-c', '-u', '-p', '-q', '--output'],
  resource: 'ibmcloud',
  place: 'remote',
  verbs: verbsWith({ 'secret-get': { does: 'reveal', explain: 'prints a secret' } }),
  rules: [
    {
      command: 'login|logout|config|api|target|help|update|version|plugin|regions|update **',
      does: 'harmless',
      explain: '',
    },
    { command: '** secret get', does: 'reveal', explain: 'prints a secret' },
    {
      command: 'iam *-policy-create|*-policy-update|*-policy-delete',
      does: 'grant',
      explain: 'changes who may do what',
    },
    {
      command: '** *-delete|*-rm|*-remove|*-destroy|*-purge|*-cancel|*-reclamation-delete|instance-cancel',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: '** *-stop|*-reboot|*-reset|*-power-off', does: 'destroy', reversible: 'yes', explain: 'stops' },
    { command: '** *-create|*-add|*-get|*-list|*-show', does: 'write', explain: 'adds' },
    { command: 'cf delete*|unbind*|stop|purge*', does: 'destroy', explain: 'deletes' },
    { command: 'cf|ce push|deploy', does: 'deploy', explain: 'deploys' },
  ],
});

/** Alibaba Cloud: operations are named as in the API (`DeleteInstance`). */
export const aliyun = cliTool({
  names: ['aliyun', 'tccli'],
  flags: ['--force', '--help', '--dryrun', '--quiet', '--recursive', '--insecure'],
  values: ['-p', '-o'],
  resource: 'aliyun',
  place: 'remote',
  dryRun: ['--dryrun'],
  rules: [
    { command: 'configure|plugin|auto-completion **', does: 'harmless', explain: '' },
    { command: 'oss rm|rb|delete', does: 'destroy', explain: 'deletes' },
    { command: 'oss sync', when: ['--delete'], does: 'destroy', explain: 'deletes whatever the source does not have:' },
    {
      command: '* Delete*|Terminate*|Release*|Remove*|Purge*|Destroy*|Isolate*|Flush*|Clear*|Drop*',
      does: 'destroy',
      explain: 'deletes',
    },
    {
      command: '* Stop*|Reboot*|Restart*|Reset*|Suspend*|Pause*',
      does: 'destroy',
      reversible: 'yes',
      explain: 'stops',
    },
    {
      command: '* Authorize*|Grant*|Revoke*|AttachPolicy*|DetachPolicy*|CreateAccessKey|PutBucketPolicy|PutBucketAcl',
      does: 'grant',
      explain: 'changes who may do what',
    },
    { command: '* GetSecretValue|Decrypt', does: 'reveal', explain: 'prints a secret' },
    { command: '* RunCommand|InvokeCommand|SendCommand', does: 'execute', explain: 'runs a command' },
    {
      command:
        '* Modify*|Update*|Set*|Disable*|Detach*|Disassociate*|Unassociate*|Replace*|Restore*|Rollback*|Switch*|Change*',
      does: 'configure',
      explain: 'changes',
    },
  ],
});
