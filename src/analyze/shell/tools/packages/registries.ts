import type { EffectFinding } from '../../finding.js';

/** It does this to a registry that everybody installs from. */
export function onRegistry(
  verb: 'deploy' | 'destroy' | 'configure' | 'grant' | 'write' | 'reveal',
  tool: string,
  explain: string,
  what?: string | undefined,
): readonly EffectFinding[] {
  return [
    {
      kind: 'effect',
      verb,
      resource: { kind: 'package-registry', name: tool },
      place: 'remote',
      ...(verb === 'destroy' ? { reversible: 'no' as const } : {}),
      ...(verb === 'write' ? { count: 1 } : {}),
      explain: what === undefined || what === '' ? explain : `${explain}: ${what}`,
    },
  ];
}
