import type { Core } from './core.js';
import { secretsOf } from './database-settings.js';

/** What a person should know of a running daemon, most important first. */
export function warningsOf(core: Core, approvers: readonly string[]): string[] {
  const warnings: string[] = [];
  if (approvers.length === 0) warnings.push('nobody is enrolled as an approver: every hold will expire');
  const needed = Math.max(
    1,
    ...core.settings.environments.filter((e) => e.protected).map((e) => e.approvals.approvers),
  );
  if (approvers.length > 0 && approvers.length < needed) {
    warnings.push(
      `an environment needs ${needed} approvers and ${approvers.length} can approve: its holds will expire`,
    );
  }
  if (!core.settings.environments.some((environment) => environment.protected))
    warnings.push('no environment is protected');
  for (const [name, resource] of Object.entries(core.config.resources)) {
    for (const secret of secretsOf(resource)) {
      if (!core.vault.has('credentials', secret))
        warnings.push(`${name} needs the secret \`${secret}\`: run \`firebreak secrets add ${secret}\``);
    }
    if (resource.kind !== 'postgres' || !core.settings.environmentOf(resource.environment).protected) continue;
    const { read, owner } = resource.credentials;
    for (const secret of [read, owner]) {
      if (secret !== undefined && !core.vault.has('credentials', secret)) {
        warnings.push(`${name} needs the secret \`${secret}\`: \`firebreak db provision ${name}\` makes it`);
      }
    }
    const missing = [read === undefined ? 'read' : undefined, owner === undefined ? 'owner' : undefined].filter(
      Boolean,
    );
    if (missing.length > 0) {
      const effect =
        owner === undefined ? 'changes of its schema, and undoing, will fail' : 'its reads use the writing role';
      warnings.push(
        `${name} has no ${missing.join(' and no ')} credential, so ${effect}: \`firebreak db provision ${name}\``,
      );
    }
  }
  warnings.push(
    'sessions that are not contained (`firebreak run` with bwrap) are advisory: an agent can go round the doors',
  );
  return warnings;
}
