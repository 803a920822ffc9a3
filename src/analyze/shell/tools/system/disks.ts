import type { Argument } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onPaths } from '../files/on-paths.js';
import { given, onlyShows, onMachine, saying } from './on-machine.js';

/** Programs that write over a device, unless one of these is given. */
const WIPING: Readonly<
  Record<string, { readonly explain: string; readonly unless?: readonly string[]; readonly when?: readonly string[] }>
> = {
  mkswap: { explain: 'makes swap space of' },
  mkdosfs: { explain: 'makes a file system on' },
  mke2fs: { explain: 'makes a file system on', unless: ['-n'] },
  newfs: { explain: 'makes a file system on', unless: ['-N'] },
  newfs_apfs: { explain: 'makes a file system on' },
  newfs_hfs: { explain: 'makes a file system on' },
  newfs_msdos: { explain: 'makes a file system on' },
  genfstab: { explain: '', when: [] },
  wipefs: {
    explain: 'erases the signatures of',
    when: ['-a', '--all', '-o', '--offset', '-t', '--types'],
    unless: ['-n', '--no-act'],
  },
  blkdiscard: { explain: 'discards all blocks of' },
  nwipe: { explain: 'erases' },
  badblocks: { explain: 'writes over', when: ['-w', '-n'] },
  hdparm: {
    explain: 'erases or locks',
    when: [
      '--security-erase',
      '--security-erase-enhanced',
      '--trim-sector-ranges',
      '--write-sector',
      '--make-bad-sector',
      '--fwdownload',
      '--dco-restore',
      '--security-set-pass',
      '--sanitize-block-erase',
      '--sanitize-crypto-scramble',
      '--sanitize-overwrite',
    ],
  },
  parted: { explain: '', when: [] },
  sgdisk: {
    explain: 'changes the partitions of',
    when: [
      '-d',
      '--delete',
      '-o',
      '--clear',
      '-z',
      '--zap',
      '-Z',
      '--zap-all',
      '-n',
      '--new',
      '-l',
      '--load-backup',
      '-R',
      '--replicate',
      '-G',
      '--randomize-guids',
      '-t',
      '-m',
    ],
  },
  sfdisk: {
    explain: 'changes the partitions of',
    unless: [
      '-l',
      '--list',
      '-d',
      '--dump',
      '-J',
      '--json',
      '-s',
      '--show-size',
      '-V',
      '--verify',
      '-n',
      '--no-act',
      '-g',
      '-T',
      '-F',
      '-x',
      '-v',
      '-B',
      '--backup',
    ],
  },
  fdisk: { explain: 'may change the partitions of', unless: ['-l', '--list', '-s', '-x', '--getsz', '-v', '-V'] },
  cfdisk: { explain: 'may change the partitions of' },
  gdisk: { explain: 'may change the partitions of', unless: ['-l'] },
  delpart: { explain: 'removes a partition of' },
  partx: { explain: 'removes partitions of', when: ['-d', '--delete'] },
  debugfs: { explain: 'may change the file system of', when: ['-w'] },
  e2image: { explain: 'writes over', when: ['-I'] },
  tune2fs: { explain: 'changes the file system of', when: ['-O', '-U', '-j', '-I', '-f'] },
  resize2fs: { explain: 'resizes the file system of', unless: ['-P', '-p'] },
  xfs_repair: { explain: 'throws away the log of', when: ['-L'] },
  zerofree: { explain: 'writes over free space of', unless: ['-n'] },
  flashrom: { explain: 'writes a chip', when: ['-w', '--write', '-E', '--erase'] },
  flash_erase: { explain: 'erases' },
  flash_eraseall: { explain: 'erases' },
  sg_format: { explain: 'formats' },
  sg_sanitize: { explain: 'erases' },
  fwupdmgr: { explain: '', when: [] },
};

const wiping: Tool = {
  names: [
    ...Object.keys(WIPING).filter((name) => WIPING[name]?.when?.length !== 0),
    ...'ext2 ext3 ext4 xfs btrfs vfat fat msdos exfat ntfs f2fs jfs reiserfs minix cramfs bfs udf ocfs2'
      .split(' ')
      .map((type) => `mkfs.${type}`),
    'mkfs',
    'mkntfs',
    'mkexfatfs',
    'mkudffs',
    'mkfs.apfs',
  ],
  judge: ({ name, args }) => {
    const rule = WIPING[name] ?? { explain: 'makes a file system on', unless: ['-n', '-N'] };
    const options = readOptions(args, {
      values: ['-t', '-L', '-F', '-b', '-i', '-I', '-m', '-O', '-o', '-s', '-S', '-n'],
    });
    const has = (names: readonly string[]) =>
      options.has(...names) ||
      args.some(({ text }) =>
        names.some(
          (one) =>
            text === one || (/^-\w$/u.test(one) && text.startsWith(one) && !text.startsWith('--') && name === 'sgdisk'),
        ),
      );
    if (onlyShows(args) || (rule.unless !== undefined && has(rule.unless) && !/^mk/u.test(name)) || given(args, '-V'))
      return [];
    if (rule.when !== undefined && !has(rule.when) && !options.uncertain) return [];
    const devices = options.operands.filter(({ text, certainty }) => certainty === 'unknown' || !/^\d/u.test(text));
    // A file that stands for a device is a file.
    if (/^mk|^newfs/u.test(name) && devices.every(isFile) && devices.length > 0)
      return onPaths('overwrite', devices.slice(0, 1));
    return destroyed(`${rule.explain} ${saying(devices)}`.trim(), devices);
  },
};

function isFile({ text, certainty }: Argument): boolean {
  return certainty === 'exact' && !text.startsWith('/dev/') && /\.(?:img|iso|raw|bin|dmg|qcow2)$/u.test(text);
}

function destroyed(explain: string, devices: readonly Argument[]): readonly Finding[] {
  return onMachine('destroy', 'disk', explain, { name: devices[0]?.written, reversible: 'no' });
}

/** parted(8): its commands follow the device. */
const parted: Tool = {
  names: ['parted'],
  judge: ({ args }) =>
    args.some(({ text }) =>
      /^(?:mklabel|mktable|mkpart|mkpartfs|rm|resizepart|resize|rescue|move|cp|mkfs|disk_set|set|toggle)$|^(?:mklabel|mkpart|rm|resizepart)\s/u.test(
        text,
      ),
    ) && !onlyShows(args)
      ? destroyed(`changes partitions: parted ${saying(readOptions(args).operands)}`, readOptions(args).operands)
      : [],
};

/** Volume managers, encrypted and networked block devices, RAID. */
const volumes = cliTool({
  names: [
    'lvm',
    'zfs',
    'zpool',
    'btrfs',
    'mdadm',
    'cryptsetup',
    'dmsetup',
    'vgs',
    'nvme',
    'drbdadm',
    'bcachefs',
    'multipath',
    'stratis',
    'losetup',
    'diskutil',
    'hdiutil',
    'asr',
    'tmutil',
    'snapper',
    'timeshift',
    'xfs_admin',
    'udisksctl',
    'bioctl',
    'gpart',
    'geli',
    'megacli',
    'storcli',
    'fwupdmgr',
  ],
  values: [
    '-o',
    '-O',
    '-t',
    '--key-file',
    '--type',
    '-d',
    '--key-slot',
    '-S',
    '-n',
    '-l',
    '--level',
    '--raid-devices',
    '-m',
    '-c',
  ],
  resource: 'disk',
  place: 'local',
  dryRun: ['--dry-run', '--test', '--simulate', '-nv', '-nvr', '-nr'],
  rules: [
    // ZFS: zfs(8), zpool(8). `destroy -n` only shows.
    { command: 'destroy', when: ['-n'], does: 'harmless', explain: '' },
    { command: 'destroy|labelclear|rollback', does: 'destroy', reversible: 'no', explain: 'destroys' },
    { command: 'receive|recv', when: ['-F'], does: 'destroy', reversible: 'no', explain: 'rolls back and overwrites' },
    { command: 'detach|remove|split|offline|replace|upgrade', does: 'destroy', explain: 'takes out of the pool' },
    { command: 'create|add', when: ['-f'], does: 'destroy', explain: 'writes over devices for' },
    // btrfs(8)
    {
      command: 'subvolume|sub|device|dev|qgroup|replace delete|del|d|remove|rm|destroy',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes',
    },
    {
      command: 'check',
      when: ['--repair', '--init-csum-tree', '--init-extent-tree'],
      does: 'destroy',
      explain: 'repairs, for better or worse,',
    },
    { command: 'rescue *', does: 'destroy', explain: 'repairs, for better or worse,' },
    { command: 'filesystem|fi resize', does: 'configure', explain: 'resizes' },
    // lvm(8)
    {
      command: 'lvremove|vgremove|pvremove|lvreduce|vgreduce|lvresize|pvcreate',
      does: 'destroy',
      reversible: 'no',
      explain: 'removes volumes:',
    },
    // cryptsetup(8)
    {
      command: 'luksFormat|luksErase|erase|luksKillSlot|luksRemoveKey|luksChangeKey|reencrypt|luksHeaderRestore|repair',
      does: 'destroy',
      reversible: 'no',
      explain: 'takes away what decrypts',
    },
    {
      command: 'luksDump',
      when: ['--dump-volume-key', '--dump-master-key'],
      does: 'reveal',
      explain: 'prints the key of',
    },
    // dmsetup(8), nvme(1), stratis(8)
    { command: 'remove_all|wipe_table', does: 'destroy', explain: 'removes device mappings' },
    {
      command: 'format|sanitize|delete-ns|write|write-zeroes|dsm|fw-commit|fw-download|security-send',
      does: 'destroy',
      reversible: 'no',
      explain: 'erases',
    },
    { command: 'pool|filesystem|fs destroy', does: 'destroy', reversible: 'no', explain: 'destroys' },
    // diskutil(8), tmutil(8), asr(8), snapper(8)
    {
      command:
        'eraseDisk|eraseVolume|eraseOptical|zeroDisk|randomDisk|secureErase|partitionDisk|reformat|mergePartitions|splitPartition|addPartition|resizeVolume|eraseCD',
      does: 'destroy',
      reversible: 'no',
      explain: 'erases',
    },
    {
      command: 'apfs|ap|coreStorage|cs|appleRAID|ar delete*|erase*|remove*|resize*|revert*',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes',
    },
    { command: 'apfs|ap|coreStorage|cs|appleRAID|ar *', does: 'harmless', explain: '' },
    {
      command: 'delete|deletelocalsnapshots|deleteinprogress|thinlocalsnapshots|removedestination|cleanup|undochange',
      does: 'destroy',
      reversible: 'no',
      explain: 'deletes',
    },
    { command: 'restore', when: ['--erase', '-erase'], does: 'destroy', reversible: 'no', explain: 'erases' },
    { command: 'power-off', does: 'destroy', reversible: 'yes', explain: 'powers off' },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

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
      : onMachine('configure', 'mount', `changes what is mounted: ${name} ${saying(args)}`),
};

const volumesPlain: Tool = {
  ...volumes,
  names: volumes.names.filter((name) => !optionDriven.names.includes(name) && !lvm.names.includes(name)),
};

export const DISKS: readonly Tool[] = [wiping, parted, volumesPlain, optionDriven, lvm, mounts];
