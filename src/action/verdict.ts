/** What policy says of an action. */
export interface Verdict {
  readonly decision: Decision;
  /** What must happen before it may run, in no order, without repeats. */
  readonly obligations: readonly Obligation[];
  /** The names of the policies that said so, sorted. */
  readonly policies: readonly string[];
  /** One sentence for the agent and for people: why. */
  readonly reason: string;
}

export const DECISIONS = ['allow', 'hold', 'deny'] as const;

export type Decision = (typeof DECISIONS)[number];

/** `snapshot`: keep a copy first. `measure`: count what it does first. The others say who must approve and how. */
export type Obligation = 'snapshot' | 'measure' | `factor: ${string}` | `approvers: ${number}`;

/** The stricter of two decisions. */
export function stricter(a: Decision, b: Decision): Decision {
  return DECISIONS.indexOf(a) >= DECISIONS.indexOf(b) ? a : b;
}
