import { isCounted } from '#action/headline';
import type { HoldView } from '#action/hold-view';
import { measuredLines } from './measured-lines.js';
import { spell } from './terminal.js';

/**
 * A hold for the terminal: everything that a person needs to decide, the exact bytes included.
 *
 * @param columns the terminal's width.
 */
export function holdCard(hold: HoldView, now: number, columns = 80): string {
  const { measured, undo } = hold;
  const listed = measured === undefined ? hold.effects : hold.effects.filter((effect) => !isCounted(effect));
  const lines = [
    `${hold.id}  ${hold.state}${hold.endReason ? ` (${hold.endReason})` : ''}`,
    ...(undo === undefined ? [] : ['', `  ${undo.answer === 'yes' ? undo.words : `!! ${undo.words}`}`]),
    ...(measured === undefined ? [] : ['', ...measuredLines(measured, columns)]),
    ...(listed.length === 0 ? [] : ['']),
    ...listed.map((effect) => `  ${effect.verb.padEnd(9)} ${effect.explain}${evidence(effect)}`),
    '',
    `  where      ${hold.environments.length === 0 ? 'unknown, so it counts as protected' : hold.environments.join(', ')}`,
    `  why held   ${hold.verdict.reason}`,
    `  policies   ${hold.verdict.policies.join(', ')}`,
    `  agent      ${hold.session.agent}${hold.session.intent ? `, to: ${hold.session.intent}` : ''} (${hold.session.tier})`,
    `  age        ${spell(now - hold.createdAt)}${hold.state === 'waiting' ? `; expires in ${spell(hold.expiresAt - now)}` : ''}`,
    `  approved   ${hold.approvedBy.length} of ${hold.approversNeeded}${hold.approvedBy.length > 0 ? ` (${hold.approvedBy.join(', ')})` : ''}`,
    `  digest     ${hold.digestWords} ...`,
    '',
    ...exactLines(hold),
  ];
  return lines.join('\n');
}

function exactLines({ exact, statements }: HoldView): readonly string[] {
  const [first] = statements;
  if (first === undefined) return ['  exactly this would run:', ...marked(exact)];
  const above = exact.slice(0, Math.max(0, exact.indexOf(first))).trimEnd();
  return [
    `  exactly these ${statements.length} statements would run, in this order, all or none:`,
    ...(above === '' ? [] : marked(above)),
    ...statements.flatMap((statement, index) => [`  ${index + 1}.`, ...marked(statement)]),
  ];
}

function marked(text: string): readonly string[] {
  return text.split('\n').map((line) => `    | ${line}`);
}

function evidence(effect: HoldView['effects'][number]): string {
  const undo = { yes: '', snapshot: '', no: '; cannot be undone', unknown: '; nobody knows whether it can be undone' }[
    effect.reversible
  ];
  return effect.evidence === 'unknown' ? ` [not known for certain${undo}]` : ` [${effect.evidence}${undo}]`;
}
