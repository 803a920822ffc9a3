/** `aws s3`: the high-level commands, with paths as operands. Source: AWS CLI command reference, s3. */
import { type Argument, knownText } from '../../argument.js';
import type { EffectFinding, Finding } from '../../finding.js';
import type { Options } from '../../options.js';
import { downloaded } from './downloads.js';

/**
 * @param operands what follows `aws s3 <command>`.
 */
export function judgeS3(command: string, operands: readonly Argument[], options: Options): readonly Finding[] {
  if (options.has('--dryrun')) return [];
  const [source, target] = operands;
  const recursive = options.has('--recursive');
  switch (command) {
    case 'rm':
      return [bucket('destroy', recursive ? 'deletes every object under' : 'deletes', source, 'no')];
    case 'rb':
      return [
        bucket(
          'destroy',
          options.has('--force') ? 'deletes with all its objects the bucket' : 'deletes the bucket',
          source,
          'no',
        ),
      ];
    case 'mb':
      return [bucket('write', 'makes the bucket', source)];
    case 'website':
      return [bucket('configure', 'publishes as a website', source)];
    case 'cp':
      return source === undefined || target === undefined ? [] : into(source, target, recursive, 'copies to');
    case 'mv': {
      if (source === undefined || target === undefined) return [];
      const gone: Finding = isRemote(source)
        ? bucket('destroy', recursive ? 'moves away every object under' : 'moves away', source, 'yes')
        : { kind: 'files', act: 'move', path: source, recursive };
      return [gone, ...into(source, target, recursive, 'moves to')];
    }
    case 'sync': {
      if (source === undefined || target === undefined) return [];
      if (!options.has('--delete')) return into(source, target, true, 'copies to');
      const explain = 'deletes whatever the source does not have';
      return isRemote(target)
        ? [bucket('destroy', `${explain} under`, target, 'no')]
        : [{ kind: 'files', act: 'delete', path: target, recursive: true, explain }];
    }
    default:
      return [];
  }
}

function isRemote(path: Argument): boolean {
  // A path of which nothing is known may be a bucket as well: the worse of the two.
  return path.text.startsWith('s3://') || knownText(path) === undefined;
}

function into(source: Argument, target: Argument, recursive: boolean, explain: string): readonly Finding[] {
  if (isRemote(target)) return [bucket('write', explain, target)];
  if (target.text === '-') return [];
  return [downloaded(source, target, recursive)];
}

function bucket(
  verb: 'destroy' | 'write' | 'configure',
  explain: string,
  path: Argument | undefined,
  reversible?: 'yes' | 'no',
): EffectFinding {
  return {
    kind: 'effect',
    verb,
    resource: { kind: 'aws:s3', name: path?.written ?? 's3' },
    place: 'remote',
    ...(reversible === undefined ? {} : { reversible }),
    ...(verb === 'write' ? { count: 1 } : {}),
    explain: `${explain} ${path?.written ?? ''}`.trimEnd(),
  };
}
