import type { Effect } from '#action/effect';
import type { Undoable } from '#action/snapshot';
import type { Obligation, Verdict } from '#action/verdict';

/** How many people must approve, by the obligations that policies ask for; 1 when they do not say. */
export function approversAskedFor(verdict: Verdict): number {
  const counts = verdict.obligations.map((obligation) => /^approvers: ([0-9]+)$/.exec(obligation)?.[1] ?? '1');
  return Math.max(1, ...counts.map(Number));
}

/** What people are told when an obligation cannot be met. */
const LACKING: Partial<Record<Obligation, string>> = {
  measure: 'how much it changes cannot be measured through this door',
  snapshot: 'no copy can be kept through this door, so it cannot be undone',
};

/** What can be done for an action before it lasts. */
export interface Abilities {
  /** Its door can run it so that nothing lasts, count what it does and keep what it changes. */
  readonly tryOut: boolean;
  /** Whether all that it takes away on this machine can be copied first; undefined when nothing is known to be. */
  readonly copy?: Undoable | undefined;
}

/**
 * An allowed action whose obligations nobody can meet waits for people instead, and they are told why.
 *
 * FAIL-CLOSED: an obligation that nobody can meet turns an allow into a hold.
 */
export function meetObligations(verdict: Verdict, effects: readonly Effect[], can: Abilities): Verdict {
  const factor = verdict.obligations.find((one) => one.startsWith('factor: ') && one !== 'factor: totp');
  if (verdict.decision !== 'deny' && factor !== undefined) {
    // FAIL-CLOSED: an action that asks for a factor which nobody can show is denied.
    const reason = `${verdict.reason}; it asks for the ${factor}, and the only factor yet is totp`;
    return { ...verdict, decision: 'deny', obligations: [], reason };
  }
  if (can.tryOut) return verdict;
  const lacking = verdict.obligations
    .map((obligation) =>
      obligation === 'snapshot' && can.copy !== undefined ? notCopied(can.copy) : LACKING[obligation],
    )
    .filter((text) => text !== undefined);
  return lacking.length === 0 ? verdict : heldBecause(verdict, effects, lacking.join(', and '));
}

/** FAIL-CLOSED: what is not copied whole is not allowed unasked. */
function notCopied({ answer, because }: Undoable): string | undefined {
  if (answer === 'yes') return undefined;
  return `no whole copy of what it takes away can be kept, so it cannot be undone: ${because.join('; ')}`;
}

/** The verdict as a hold, with one more reason. */
export function heldBecause(verdict: Verdict, effects: readonly Effect[], why: string): Verdict {
  if (verdict.decision === 'hold') return { ...verdict, reason: `${verdict.reason}; ${why}` };
  const changes = effects.filter((effect) => effect.verb !== 'read').map((effect) => effect.explain);
  return { ...verdict, decision: 'hold', reason: `${changes.slice(0, 3).join('; ')}: ${why}` };
}
