import type { ResourceRef } from '#action/environment';

/** What an action would do to one resource. */
export interface Effect {
  readonly verb: Verb;
  readonly resource: ResourceRef;
  /**
   * The environments that the resource belongs to. Empty: nobody could tell, which counts as protected.
   */
  readonly environments: readonly string[];
  readonly amount: Amount;
  readonly reversible: Reversible;
  readonly evidence: Evidence;
  /** One sentence for people, in the third person, without a final period: `drops table users with all its rows`. */
  readonly explain: string;
}

export const VERBS = [
  'read',
  'write',
  'destroy',
  'configure',
  'grant',
  'execute',
  'deploy',
  'spend',
  'reveal',
] as const;

export type Verb = (typeof VERBS)[number];

export interface Amount {
  readonly unit: 'rows' | 'objects' | 'bytes' | 'dollars';
  /** `all` of them, or `unknown` until it is measured. */
  readonly count: number | 'all' | 'unknown';
}

/**
 * Whether what is done can be undone.
 * `yes`: by its nature. `snapshot`: when Firebreak keeps a copy first. `no`: never. `unknown`: counts as `no`.
 */
export type Reversible = 'yes' | 'snapshot' | 'no' | 'unknown';

/**
 * How we know. `parsed`: from the bytes alone. `resolved`: looked up at the provider. `measured`: by running it and
 * rolling back. `unknown`: we do not, and policy treats it so.
 */
export type Evidence = 'parsed' | 'resolved' | 'measured' | 'unknown';

export const NO_AMOUNT: Amount = { unit: 'objects', count: 'unknown' };
