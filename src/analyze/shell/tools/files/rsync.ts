import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { isRemote } from './copy.js';
import { onPaths } from './on-paths.js';

/** Options of rsync(1) that take the next word. */
const VALUES =
  '-B -e -f -M -T --backup-dir --block-size --bwlimit --chmod --chown --compare-dest --compress-choice --compress-level --contimeout --copy-as --copy-dest --debug --exclude --exclude-from --files-from --filter --groupmap --iconv --include --include-from --info --link-dest --log-file --max-delete --max-size --min-size --modify-window --out-format --partial-dir --password-file --port --remote-option --rsh --rsync-path --skip-compress --sockopts --suffix --temp-dir --timeout --usermap --write-batch'.split(
    ' ',
  );

/** `--delete`, `--delete-after`, `--delete-excluded`, `--del`... */
const DELETES = [
  '--del',
  '--delete',
  '--delete-before',
  '--delete-during',
  '--delete-delay',
  '--delete-after',
  '--delete-excluded',
  '--delete-missing-args',
];

export const rsync: Tool = {
  names: ['rsync', 'openrsync'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: VALUES });
    if (options.has('-n', '--dry-run', '--list-only', '--help', '--version')) return [];
    const target = options.operands.at(-1);
    const sources = options.operands.slice(0, -1);
    if (target === undefined || sources.length === 0) return [];
    const moves = options.has('--remove-source-files', '--remove-sent-files');
    const deletes = options.has(...DELETES) || options.uncertain;
    return [
      ...shells(options.values('-e', '--rsh')),
      ...options
        .values('--rsync-path')
        .filter(({ text }) => /\s/u.test(text))
        .map((text): Finding => ({ kind: 'shell', text, elsewhere: 'on host', by: 'rsync --rsync-path' })),
      ...onPaths(
        'read',
        sources.filter((source) => !isRemote(source)),
        { recursive: true },
      ),
      ...(moves ? sources.flatMap((source) => taken(source)) : []),
      ...(isRemote(target)
        ? [ontoHost(target, deletes)]
        : ontoFolder(target, deletes, options.has('--ignore-existing'))),
    ];
  },
};

function ontoFolder(target: Argument, deletes: boolean, keeps: boolean): readonly Finding[] {
  if (deletes)
    return onPaths('delete', [target], { recursive: true, explain: 'deletes there what the source does not have' });
  return keeps ? [] : onPaths('place', [target], { recursive: true });
}

function ontoHost(target: Argument, deletes: boolean): Finding {
  const resource = { kind: 'host', name: target.text.replace(/^rsync:\/\/|(?<!rsync):.*$/gsu, '') };
  if (!deletes)
    return {
      kind: 'effect',
      verb: 'write',
      resource,
      place: 'remote',
      count: 1,
      explain: `copies files to ${target.written}`,
    };
  return {
    kind: 'effect',
    verb: 'destroy',
    resource,
    place: 'remote',
    explain: `deletes at ${target.written} what the source does not have`,
  };
}

function taken(source: Argument): readonly Finding[] {
  if (!isRemote(source)) return onPaths('move', [source], { recursive: true });
  return [
    {
      kind: 'effect',
      verb: 'destroy',
      resource: { kind: 'host', name: source.text.replace(/:.*$/su, '') },
      place: 'remote',
      explain: `removes ${source.written} once it is copied`,
    },
  ];
}

/** `-e 'ssh -p 2222'` is split at blanks and run; only what is not ssh is worth a look. */
function shells(values: readonly Argument[]): readonly Finding[] {
  return values
    .filter(
      ({ text, certainty }) => certainty === 'unknown' || !/^(?:\S*\/)?(?:ssh|rsh)(?:\s+[-\w@.=/:~]+)*$/u.test(text),
    )
    .map((text) => ({ kind: 'shell', text, by: 'rsync' }));
}
