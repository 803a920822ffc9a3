/** A time in which an environment may only be read. */
export interface Freeze {
  readonly environment: string;
  /** Milliseconds since the Unix epoch; both ends belong to the freeze. */
  readonly from: number;
  /** Undefined: until it is lifted. */
  readonly until: number | undefined;
  readonly reason: string;
  /** `firebreak.yaml`, or who declared it. */
  readonly by: string;
}

/** The freeze in force on an environment at a time; of several, the one that lasts longest. */
export function freezeInForce(freezes: readonly Freeze[], environment: string, now: number): Freeze | undefined {
  return freezes
    .filter((freeze) => freeze.environment === environment && freeze.from <= now && now <= (freeze.until ?? Infinity))
    .sort((a, b) => (b.until ?? Infinity) - (a.until ?? Infinity))[0];
}

/** `production is frozen until 2027-01-03T00:00:00.000Z: holidays` */
export function describeFreeze(freeze: Freeze): string {
  const until = freeze.until === undefined ? 'until it is lifted' : `until ${new Date(freeze.until).toISOString()}`;
  return `${freeze.environment} is frozen ${until}: ${freeze.reason}`;
}
