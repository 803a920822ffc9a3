import type { Clock } from '#base/clock';

/** Every method is durable when it resolves. */
export interface DestroyedStorage {
  add(environments: readonly string[], at: number): Promise<void>;
  since(at: number): Promise<readonly { readonly environment: string; readonly at: number }[]>;
}

export interface DestroyedCount {
  /** How many destructive actions were released for the environment in the last hour. */
  inLastHour(environment: string): number;
  /**
   * Counts one more, at once for `inLastHour`, and durably when it resolves; called before it runs, so that a crash cannot
   * lose it.
   */
  add(environments: readonly string[]): Promise<void>;
}

const HOUR = 3_600_000;

/** Survives restarts: an agent cannot reset the count by crashing the daemon. */
export async function openDestroyedCount(storage: DestroyedStorage, clock: Clock): Promise<DestroyedCount> {
  let recent = [...(await storage.since(clock.now() - HOUR))];
  return {
    inLastHour: (environment) =>
      recent.filter((one) => one.environment === environment && one.at > clock.now() - HOUR).length,
    async add(environments) {
      const at = clock.now();
      // Before anything is awaited, so that what is admitted at the same time sees it. What cannot be kept counts too.
      recent = [
        ...recent.filter((one) => one.at > at - HOUR),
        ...environments.map((environment) => ({ environment, at })),
      ];
      await storage.add(environments, at);
    },
  };
}
