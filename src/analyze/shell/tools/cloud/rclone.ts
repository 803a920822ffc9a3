import type { Argument } from '../../argument.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { copied, mirrored, store } from './store-findings.js';

/** Options of rclone with a value. Source: rclone documentation, global flags. */
const RCLONE_VALUES = [
  '--config',
  '--include',
  '--exclude',
  '--filter',
  '--filter-from',
  '--files-from',
  '--include-from',
  '--exclude-from',
  '--max-age',
  '--min-age',
  '--max-size',
  '--min-size',
  '--max-depth',
  '--transfers',
  '--checkers',
  '--bwlimit',
  '--backup-dir',
  '--suffix',
  '--log-file',
  '--log-level',
  '--retries',
  '--timeout',
  '--max-delete',
  '--compare-dest',
  '--copy-dest',
  '--order-by',
  '--stats',
  '-o',
];

const RCLONE_REMOTE: Readonly<
  Record<string, readonly [verb: 'destroy' | 'write', reversible: 'yes' | 'no' | undefined, explain: string]>
> = {
  purge: ['destroy', 'no', 'deletes the folder with all that is in it:'],
  delete: ['destroy', 'no', 'deletes the files in'],
  deletefile: ['destroy', 'no', 'deletes'],
  rmdir: ['destroy', undefined, 'deletes the empty folder'],
  rmdirs: ['destroy', undefined, 'deletes the empty folders of'],
  cleanup: ['destroy', 'no', 'deletes the trash and old versions of'],
  dedupe: ['destroy', 'no', 'deletes duplicates in'],
  mkdir: ['write', undefined, 'makes the folder'],
  touch: ['write', undefined, 'makes the file'],
  rcat: ['write', undefined, 'writes'],
};

/** rclone: a path is on this machine unless it names a remote before a colon. */
export const rclone: Tool = {
  names: ['rclone'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: RCLONE_VALUES });
    const [command, source, target] = options.operands;
    if (command === undefined || options.has('--dry-run', '-n', '--help', '-h')) return [];
    const simple = Object.hasOwn(RCLONE_REMOTE, command.text) ? RCLONE_REMOTE[command.text] : undefined;
    if (simple !== undefined) {
      const [verb, reversible, explain] = simple;
      if (source === undefined) return [];
      if (isRemote(source)) return [store('rclone', verb, explain, source, reversible)];
      return verb === 'write'
        ? []
        : [{ kind: 'files', act: 'delete', path: source, recursive: true, explain: `${explain} ${source.written}` }];
    }
    if (source === undefined) return [];
    switch (command.text) {
      case 'sync':
      case 'bisync':
        if (target === undefined) return [];
        return mirrored('rclone', target, isRemote(target));
      case 'move':
      case 'moveto':
        if (target === undefined) return [];
        return [
          isRemote(source)
            ? store('rclone', 'destroy', 'moves away', source, 'yes')
            : { kind: 'files', act: 'move', path: source, recursive: true },
          ...copied('rclone', target, isRemote(target)),
        ];
      case 'copy':
      case 'copyto':
      case 'copyurl':
        return target === undefined ? [] : copied('rclone', target, isRemote(target));
      case 'config':
        return source.text === 'show' || source.text === 'dump'
          ? [store('rclone', 'reveal', 'prints the credentials of', target ?? source)]
          : [];
      default:
        return [];
    }
  },
};

function isRemote({ text, certainty }: Argument): boolean {
  return certainty === 'unknown' || /^:?[\w.+@ -]*:/u.test(text);
}
