/** Virtual machines and system containers, and registries of images. Source: each program's own manual. */
import { cliTool } from '../../cli-tool.js';

export const virsh = cliTool({
  names: ['virsh'],
  values: [
    '-c',
    '--connect',
    '-d',
    '-l',
    '-e',
    '--domain',
    '--pool',
    '--vol',
    '--storage',
    '--snapshotname',
    '--network',
  ],
  resource: 'virtual-machine',
  place: 'local',
  naming: ['--domain', '--pool', '--vol'],
  rules: [
    {
      command: 'undefine',
      when: ['--remove-all-storage', '--storage', '--snapshots-metadata', '--wipe-storage'],
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the machine with its disks',
    },
    { command: 'undefine', does: 'destroy', explain: 'deletes the machine' },
    {
      command:
        'vol-delete|vol-wipe|pool-delete|pool-undefine|snapshot-delete|checkpoint-delete|net-undefine|secret-undefine|managedsave-remove|snapshot-revert',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'destroy|reset', does: 'destroy', explain: 'cuts the power of the machine' },
    { command: '**', does: 'harmless', explain: '' },
  ],
});

export const proxmox = cliTool({
  names: ['qm', 'pct', 'pvesm', 'pvecm', 'vzdump'],
  resource: 'virtual-machine',
  place: 'local',
  values: ['--storage', '--snapshot', '--timeout', '--vmstate', '--description'],
  rules: [
    {
      command: 'destroy|de|des|dest|destr|destro',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the machine with its disks',
    },
    {
      command: 'delsnapshot|dels|delsn|rollback|ro|rol',
      does: 'destroy',
      explain: 'deletes or goes back to a snapshot of',
    },
    { command: 'free|remove|delnode', does: 'destroy', explain: 'deletes' },
    { command: 'restore', when: ['--force'], does: 'destroy', explain: 'overwrites the machine' },
    { command: 'unlink', when: ['--force'], does: 'destroy', reversible: 'no', explain: 'deletes a disk of' },
    { command: '**', does: 'harmless', explain: '' },
  ],
});

export const lxc = cliTool({
  names: ['lxc', 'incus', 'multipass', 'limactl', 'lima', 'tart', 'machinectl'],
  values: ['--project', '-p', '--profile', '--target', '--cpus', '--name'],
  resource: 'virtual-machine',
  place: 'local',
  rules: [
    { command: 'delete|rm|remove|purge|clean|factory-reset', does: 'destroy', reversible: 'no', explain: 'deletes' },
    {
      command: 'snapshot|storage|project|image|network|profile|cluster delete|rm|remove',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'storage volume|bucket delete', does: 'destroy', reversible: 'no', explain: 'deletes' },
    { command: 'restore', does: 'destroy', explain: 'goes back to a snapshot of' },
    { command: '**', does: 'harmless', explain: '' },
  ],
});

export const virtualBox = cliTool({
  names: ['VBoxManage', 'vboxmanage', 'prlctl', 'vmrun'],
  values: ['--basefolder'],
  resource: 'virtual-machine',
  place: 'local',
  rules: [
    {
      command: 'unregistervm',
      when: ['--delete', '--delete-all'],
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes the machine with its disks',
    },
    {
      command: 'snapshot * delete|restore|restorecurrent',
      does: 'destroy',
      explain: 'deletes or goes back to a snapshot of',
    },
    { command: 'closemedium **', when: ['--delete'], does: 'destroy', reversible: 'no', explain: 'deletes the disk' },
    {
      command: 'delete|deleteVM|deleteSnapshot|revertToSnapshot|snapshot-delete|snapshot-switch',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: '**', does: 'harmless', explain: '' },
  ],
});

export const registries = cliTool({
  names: ['skopeo', 'crane', 'regctl', 'oras', 'gcrane', 'krane'],
  values: ['--authfile', '--creds', '--policy', '--platform', '--format'],
  resource: 'image-registry',
  place: 'remote',
  dryRun: ['--dry-run'],
  rules: [
    { command: 'delete|rm|gc', does: 'destroy', explain: 'deletes the image' },
    { command: 'manifest|tag|image|blob|repo|index delete|rm', does: 'destroy', explain: 'deletes the image' },
    { command: 'sync|copy|cp|push|append|mutate|rebase|tag|put|attach', does: 'write', explain: 'publishes an image' },
    { command: '**', does: 'harmless', explain: '' },
  ],
});

/** The runtime below Kubernetes on one node. */
export const containerRuntimes = cliTool({
  names: ['crictl', 'ctr'],
  values: ['-n', '--namespace', '-r', '--runtime-endpoint', '-i', '--image-endpoint', '-a', '--address'],
  resource: 'container-runtime',
  place: 'local',
  rules: [
    { command: 'rm|rmp', does: 'destroy', explain: 'deletes containers' },
    {
      command: 'c|container|containers|snapshot|snapshots|namespace|namespaces rm|remove|delete',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: '**', does: 'harmless', explain: '' },
  ],
});
