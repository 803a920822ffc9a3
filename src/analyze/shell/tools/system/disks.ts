import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onPaths } from '../files/on-paths.js';
import { given, onlyShows, onMachine, saying } from './on-machine.js';
import { WIPING } from './wiping-rules.js';

const wiping: Tool = {
  names: [
    ...Object.keys(WIPING),
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

export function destroyed(explain: string, devices: readonly Argument[]): readonly Finding[] {
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

export const DISKS: readonly Tool[] = [wiping, parted];
