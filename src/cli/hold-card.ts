import type { HoldView } from '#action/hold-view';
import { spell } from './terminal.js';

/** A hold for the terminal: everything that a person needs to decide, the exact bytes included. */
export function holdCard(hold: HoldView, now: number): string {
  const lines = [
    `${hold.id}  ${hold.state}${hold.endReason ? ` (${hold.endReason})` : ''}`,
    '',
    ...hold.effects.map((effect) => `  ${effect.verb.padEnd(9)} ${effect.explain}${evidence(effect)}`),
    '',
    `  where      ${hold.environments.length === 0 ? 'unknown, so it counts as protected' : hold.environments.join(', ')}`,
    `  why held   ${hold.verdict.reason}`,
    `  policies   ${hold.verdict.policies.join(', ')}`,
    `  agent      ${hold.session.agent}${hold.session.intent ? `, to: ${hold.session.intent}` : ''} (${hold.session.tier})`,
    `  age        ${spell(now - hold.createdAt)}${hold.state === 'waiting' ? `; expires in ${spell(hold.expiresAt - now)}` : ''}`,
    `  approved   ${hold.approvedBy.length} of ${hold.approversNeeded}${hold.approvedBy.length > 0 ? ` (${hold.approvedBy.join(', ')})` : ''}`,
    `  digest     ${hold.digestWords} ...`,
    '',
    `  exactly this would run:`,
    ...hold.exact.split('\n').map((line) => `    | ${line}`),
  ];
  return lines.join('\n');
}

function evidence(effect: HoldView['effects'][number]): string {
  const undo = { yes: '', snapshot: '', no: '; cannot be undone', unknown: '; nobody knows whether it can be undone' }[
    effect.reversible
  ];
  return effect.evidence === 'unknown' ? ` [not known for certain${undo}]` : ` [${effect.evidence}${undo}]`;
}
