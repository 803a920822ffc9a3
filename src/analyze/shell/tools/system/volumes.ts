import { unknownArgument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { destroyed } from './disks.js';
import { given, onlyShows, onMachine, saying } from './on-machine.js';
import { volumes } from './volume-rules.js';

/** Options of mdadm(8), timeshift(1), losetup(8) that act without a command word. */
const optionDriven: Tool = {
  names: ['mdadm', 'timeshift', 'dmsetup'],
  judge: (invocation) => {
    const { name, args } = invocation;
    if (onlyShows(args)) return [];
    const deadly: Readonly<Record<string, readonly string[]>> = {
      mdadm: [
        '--zero-superblock',
        '--remove',
        '-r',
        '--fail',
        '-f',
        '--stop',
        '-S',
        '--create',
        '-C',
        '--kill-subarray',
      ],
      timeshift: ['--delete', '--delete-all', '--restore'],
      dmsetup: ['remove', 'remove_all', 'wipe_table', 'clear', '--force'],
    };
    return given(args, ...(deadly[name] ?? []))
      ? destroyed(`changes ${name === 'timeshift' ? 'snapshots' : 'devices'}: ${name} ${saying(args)}`, args.slice(1))
      : [];
  },
};

const lvm: Tool = {
  names: [
    'lvremove',
    'vgremove',
    'pvremove',
    'lvreduce',
    'vgreduce',
    'vgcfgrestore',
    'pvcreate',
    'thin_repair',
    'lvmdevices',
    'vgexport',
  ],
  judge: ({ name, args }) => {
    if (onlyShows(args) || given(args, '-t', '--test')) return [];
    if (name === 'vgcfgrestore' && given(args, '-l', '--list')) return [];
    if (name === 'lvmdevices')
      return given(args, '--deldev', '--delpvid')
        ? onMachine('configure', 'disk', 'changes which devices LVM uses')
        : [];
    const { operands } = readOptions(args, {
      values: ['-L', '--size', '-l', '--extents', '-n', '--name', '-f', '--file'],
    });
    return destroyed(
      `${/create/u.test(name) ? 'writes over' : 'removes or shrinks'} ${saying(operands)} (${name})`,
      operands,
    );
  },
};

/** Space for swapping, file systems taken off: back with one command, but what runs on them stops. */
const mounts: Tool = {
  names: ['umount', 'swapoff', 'mount', 'swapon', 'eject', 'fsck', 'e2fsck', 'growpart'],
  judge: ({ name, args }) =>
    onlyShows(args) || args.length === 0
      ? []
      : [
          ...onMachine('configure', 'mount', `changes what is mounted: ${name} ${saying(args)}`),
          ...(name === 'mount' ? mountedAt(args) : []),
        ],
};

/** What lies below a mount point is from then on somewhere else. */
function mountedAt(args: Invocation['args']): readonly Finding[] {
  const { operands } = readOptions(args, {
    values: ['-t', '-o', '-O', '-L', '-U', '--types', '--options', '--source', '--target'],
  });
  const [to, at] = operands;
  return at === undefined || to === undefined
    ? []
    : [{ kind: 'link', at, to: to.text.startsWith('/dev/') ? unknownArgument(to.written) : to, how: 'mount' }];
}

/** Folders of other machines and devices, mounted by their own programs: sshfs(1), rclone(1) mount. */
const remoteMounts: Tool = {
  names: ['sshfs', 'curlftpfs', 's3fs', 'gcsfuse', 'bindfs', 'ntfs-3g', 'mount_smbfs', 'mount_nfs'],
  judge: ({ args }) => {
    const [to, at] = readOptions(args, { values: ['-o', '-p', '-F'] }).operands;
    return at === undefined || to === undefined
      ? []
      : [{ kind: 'link', at, to: unknownArgument(to.written), how: 'mount' }];
  },
};

export const VOLUMES: readonly Tool[] = [volumes, optionDriven, lvm, mounts, remoteMounts];
