import type { Effect } from '#action/effect';

/** Hard limits of one environment. They sit above policy: an approval cannot exceed them. */
export interface Limits {
  /** The most rows that one action may change. */
  readonly rows?: number | undefined;
  /** The most destructive actions that may be released within an hour. */
  readonly destructivePerHour?: number | undefined;
}

export interface LimitState {
  limitsOf(environment: string): Limits;
  /** How many destructive actions were released for the environment in the hour before now. */
  destructiveInLastHour(environment: string): number;
  /** How many rows the session has changed there in the minute before now: they count as part of this act. */
  rowsInLastMinute(environment: string): number;
}

/**
 * What limit these effects would break, in one sentence; undefined when none. An amount that is not known breaks no limit
 * here: policy asks for it to be measured, or for people.
 */
export function brokenLimit(effects: readonly Effect[], state: LimitState): string | undefined {
  for (const environment of new Set(effects.flatMap((effect) => effect.environments))) {
    const limits = state.limitsOf(environment);
    const here = effects.filter((effect) => effect.environments.includes(environment) && effect.verb !== 'read');
    const rows = here
      .map(({ amount }) => (amount.unit === 'rows' && typeof amount.count === 'number' ? amount.count : 0))
      .reduce((sum, count) => sum + count, 0);
    const before = rows === 0 ? 0 : state.rowsInLastMinute(environment);
    if (limits.rows !== undefined && rows + before > limits.rows) {
      const together = before === 0 ? '' : ` (${before} more within a minute)`;
      return `it changes ${rows} rows of ${environment}${together}, and its limit is ${limits.rows}`;
    }
    if (limits.destructivePerHour !== undefined && here.some((effect) => effect.verb === 'destroy')) {
      const done = state.destructiveInLastHour(environment);
      if (done >= limits.destructivePerHour) {
        return `${done} destructive actions were released for ${environment} within an hour, and its limit is ${limits.destructivePerHour}`;
      }
    }
  }
  return undefined;
}
