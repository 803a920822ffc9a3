/** Command lines that copy between folders and object stores. */
import type { Argument } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import type { Invocation } from '../../invocation.js';
import { type Options, readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { copied, mirrored, store } from './store-findings.js';

interface Mirror {
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly commands: readonly string[];
  readonly deleting: readonly string[];
  readonly remote: (path: Argument) => boolean;
  readonly dryRun: readonly string[];
}

/** A table for the commands with one path, and code for those that make a target like its source. */
function mirrorTool(mirror: Mirror, table: Tool): Tool {
  return {
    names: mirror.names,
    judge: (invocation: Invocation) => {
      const options: Options = readOptions(invocation.args, { values: mirror.values });
      const command = options.operands[0]?.text ?? '';
      const target = options.operands.at(-1);
      if (!mirror.commands.includes(command) || options.operands.length < 3 || target === undefined)
        return table.judge(invocation);
      if (options.has('--help', '-h', ...mirror.dryRun)) return [];
      const by = mirror.names[0] ?? '';
      return options.has(...mirror.deleting)
        ? mirrored(by, target, mirror.remote(target))
        : copied(by, target, mirror.remote(target));
    },
  };
}

const S3CMD_VALUES = [
  '-c',
  '--config',
  '--access_key',
  '--secret_key',
  '--access_token',
  '--exclude',
  '--include',
  '--rexclude',
  '--host',
  '--host-bucket',
  '--region',
  '--storage-class',
  '--max-delete',
  '-D',
];
const onS3 = ({ text, certainty }: Argument): boolean => certainty === 'unknown' || text.startsWith('s3://');

export const s3cmd = mirrorTool(
  {
    names: ['s3cmd'],
    values: S3CMD_VALUES,
    commands: ['sync'],
    deleting: ['--delete-removed', '--delete-after'],
    remote: onS3,
    dryRun: ['-n', '--dry-run'],
  },
  cliTool({
    names: ['s3cmd'],
    values: S3CMD_VALUES,
    resource: 's3',
    place: 'remote',
    dryRun: ['-n', '--dry-run'],
    rules: [
      { command: 'del|rm|rb|expire|multipart', does: 'destroy', reversible: 'no', explain: 'deletes' },
      { command: 'mv', does: 'destroy', reversible: 'yes', explain: 'moves away' },
      { command: 'setacl|setpolicy|delpolicy', does: 'grant', explain: 'changes who may read and write' },
      {
        command: 'setlifecycle|dellifecycle|setcors|delcors|ws-create|ws-delete|setversioning|setownership',
        does: 'configure',
        explain: 'changes the bucket',
      },
      { command: 'put|cp|mb|modify|fixbucket', does: 'write', explain: 'writes' },
    ],
  }),
);

const S5CMD_VALUES = [
  '--endpoint-url',
  '--profile',
  '--credentials-file',
  '--log',
  '--numworkers',
  '-r',
  '--retry-count',
  '--exclude',
  '--include',
  '-c',
  '--concurrency',
];

export const s5cmd = mirrorTool(
  {
    names: ['s5cmd'],
    values: S5CMD_VALUES,
    commands: ['sync'],
    deleting: ['--delete'],
    remote: onS3,
    dryRun: ['--dry-run'],
  },
  cliTool({
    names: ['s5cmd'],
    values: S5CMD_VALUES,
    resource: 's3',
    place: 'remote',
    dryRun: ['--dry-run'],
    rules: [
      { command: 'rm|rb', does: 'destroy', reversible: 'no', explain: 'deletes' },
      { command: 'mv', does: 'destroy', reversible: 'yes', explain: 'moves away' },
      { command: 'run', does: 'execute', explain: 'runs the commands of' },
      { command: 'cp|mb|pipe', does: 'write', explain: 'writes' },
    ],
  }),
);

const MC_VALUES = [
  '-C',
  '--config-dir',
  '--older-than',
  '--newer-than',
  '--exclude',
  '--vid',
  '--version-id',
  '--rewind',
  '--recursive-depth',
  '--storage-class',
  '--attr',
];

/** MinIO's client: an alias stands before the first slash. */
export const mc = mirrorTool(
  {
    names: ['mc', 'mcli'],
    values: MC_VALUES,
    commands: ['mirror'],
    deleting: ['--remove'],
    remote: ({ text, certainty }) => certainty === 'unknown' || /^[a-z][\w-]*\//iu.test(text),
    dryRun: ['--dry-run', '--fake'],
  },
  cliTool({
    names: ['mc', 'mcli'],
    values: MC_VALUES,
    resource: 'minio',
    place: 'remote',
    dryRun: ['--dry-run', '--fake'],
    rules: [
      {
        command: 'alias|ls|cat|stat|tree|du|diff|find|head|ping|ready|watch|update|support|share **',
        unless: ['--exec'],
        does: 'harmless',
        explain: '',
      },
      { command: 'rm|rb', does: 'destroy', reversible: 'no', explain: 'deletes' },
      { command: 'mv', does: 'destroy', reversible: 'yes', explain: 'moves away' },
      { command: 'admin user|group|policy|accesskey *', does: 'grant', explain: 'changes who may do what' },
      {
        command: 'admin bucket|service|config|decommission|rebalance|heal|kms|replicate *',
        does: 'configure',
        explain: 'changes the server',
      },
      { command: 'anonymous|policy set|set-json', does: 'grant', explain: 'makes public' },
      {
        command: 'ilm|version|encrypt|event|replicate|retention|legalhold|quota|tag|undo **',
        does: 'configure',
        explain: 'changes the bucket',
      },
      { command: 'cp|mb|put|pipe', does: 'write', explain: 'writes' },
    ],
  }),
);

const AZCOPY_VALUES = [
  '--include-pattern',
  '--exclude-pattern',
  '--include-path',
  '--exclude-path',
  '--from-to',
  '--delete-destination',
  '--log-level',
  '--cap-mbps',
  '--list-of-files',
];

export const azcopy: Tool = {
  names: ['azcopy'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: AZCOPY_VALUES });
    const [command, source, target] = options.operands;
    if (source === undefined || options.has('--dry-run', '--help', '-h')) return [];
    const remote = (path: Argument) => path.certainty === 'unknown' || /^https?:\/\//u.test(path.text);
    switch (command?.text) {
      case 'remove':
      case 'rm':
      case 'r':
        return [store('azcopy', 'destroy', 'deletes', source)];
      case 'sync':
      case 's':
        if (target === undefined) return [];
        return options.values('--delete-destination').some(({ text }) => text !== 'false')
          ? mirrored('azcopy', target, remote(target))
          : copied('azcopy', target, remote(target));
      case 'copy':
      case 'cp':
      case 'c':
        return target === undefined ? [] : copied('azcopy', target, remote(target));
      default:
        return [];
    }
  },
};
