import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';

/** The target is made like its source: what the source does not have goes. */
export function mirrored(by: string, target: Argument, remote: boolean): readonly Finding[] {
  const explain = 'deletes whatever the source does not have';
  return remote
    ? [store(by, 'destroy', `${explain} from`, target, 'no')]
    : [{ kind: 'files', act: 'delete', path: target, recursive: true, explain }];
}

export function copied(by: string, target: Argument, remote: boolean): readonly Finding[] {
  return remote
    ? [store(by, 'write', 'copies to', target)]
    : [{ kind: 'files', act: 'place', path: target, recursive: true }];
}

export function store(
  by: string,
  verb: 'destroy' | 'write' | 'reveal',
  explain: string,
  path: Argument,
  reversible?: 'yes' | 'no',
): Finding {
  return {
    kind: 'effect',
    verb,
    resource: { kind: `${by}:path`, name: path.written },
    place: 'remote',
    ...(reversible === undefined ? {} : { reversible }),
    ...(verb === 'write' ? { count: 1 } : {}),
    explain: `${explain} ${path.written}`,
  };
}
