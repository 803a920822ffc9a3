/** What a hold is about in one line: on the page, on the terminal, and in the replay. */
import type { Effect, Verb } from '#action/effect';
import type { HoldView } from '#action/hold-view';
import { rowsInWords } from '#action/measured-view';

/** Worst first: what the headline must be about. */
const GRAVITY: readonly Verb[] = [
  'destroy',
  'reveal',
  'grant',
  'execute',
  'deploy',
  'configure',
  'write',
  'spend',
  'read',
];

export function byGravity(effects: readonly Effect[]): readonly Effect[] {
  const isLasting = (effect: Effect) => (effect.reversible === 'no' || effect.reversible === 'unknown' ? 0 : 1);
  return effects.toSorted((a, b) => GRAVITY.indexOf(a.verb) - GRAVITY.indexOf(b.verb) || isLasting(a) - isLasting(b));
}

/** Rows of one table that were counted: where the counts are shown, such an effect says nothing more. */
export function isCounted({ evidence, resource, verb }: Effect): boolean {
  return evidence === 'measured' && resource.kind === 'table' && verb !== 'read';
}

/** How many tables a headline names. */
const NAMED = 2;

/** One line for a hold: how much is deleted, or its gravest effect; never the agent's own words. */
export function headline(hold: HoldView): string {
  const losing = hold.measured?.tables.filter(({ deleted }) => deleted > 0) ?? [];
  if (losing.length > 0) {
    const named = losing.slice(0, NAMED);
    const words = named.map(({ name, deleted }) => `${rowsInWords(deleted)} of ${name}`).join(' and ');
    const deletions = hold.effects.filter((effect) => isCounted(effect) && effect.verb === 'destroy').length;
    const others = hold.effects.length - Math.min(deletions, named.length);
    return `deletes ${words}${others > 0 ? `, and ${others} more` : ''}`;
  }
  const [gravest, ...others] = byGravity(hold.effects);
  if (gravest === undefined) return hold.verdict.reason;
  return others.length === 0 ? gravest.explain : `${gravest.explain}, and ${others.length} more`;
}
