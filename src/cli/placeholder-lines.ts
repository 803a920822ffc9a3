import type { IssuedPlaceholder } from '#action/operations';

/** Shown once: a placeholder is kept as a hash only. */
export function placeholderLines({ resource, environment, kind, text, database }: IssuedPlaceholder): string {
  const use =
    kind === 'postgres'
      ? `the password of any user, for the database ${database ?? resource}`
      : 'to stand where the token would';
  return `  ${resource} (${environment}): ${text}\n    for tools that firebreak run does not start; ${use}; shown this once`;
}
