import type { Effect } from '#action/effect';
import type { Obligation, Verdict } from '#action/verdict';

/** What people are told when an obligation cannot be met. No door can measure or keep copies yet. */
const LACKING: Partial<Record<Obligation, string>> = {
  measure: 'how much it changes cannot be measured through this door',
  snapshot: 'no copy can be kept through this door, so it cannot be undone',
};

/**
 * An allowed action whose obligations its door cannot meet waits for people instead, and they are told why.
 *
 * FAIL-CLOSED: an obligation that nobody can meet turns an allow into a hold.
 */
export function meetObligations(verdict: Verdict, effects: readonly Effect[]): Verdict {
  const lacking = verdict.obligations.map((obligation) => LACKING[obligation]).filter((text) => text !== undefined);
  if (lacking.length === 0) return verdict;
  if (verdict.decision === 'hold') return { ...verdict, reason: `${verdict.reason}; ${lacking.join(', and ')}` };
  const changes = effects.filter((effect) => effect.verb !== 'read').map((effect) => effect.explain);
  return { ...verdict, decision: 'hold', reason: `${changes.slice(0, 3).join('; ')}: ${lacking.join(', and ')}` };
}
