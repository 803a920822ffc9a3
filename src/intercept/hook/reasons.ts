/** What the model reads when its call does not run: what happened, why, and what to do next, in few words. */
import type { HoldNotice, Refusal, RefusalCode } from '#action/submission';

/** More than this a model does not need, and some agents cut. In UTF-16 units. */
const MOST = 600;

/** Somebody, or a rule, said no. For every other code it is that it did not come to run. */
const DENIALS: ReadonlySet<RefusalCode> = new Set(['denied', 'frozen', 'limit', 'rejected']);

/** Why it does not run. */
export function refusalReason({ code, reason, hint, holdId }: Refusal): string {
  const subject = holdId === undefined ? '' : ` (${holdId})`;
  const did = DENIALS.has(code) ? 'denied this' : 'did not let this run';
  return within(`Firebreak ${did}${subject}: `, reason, `. Next: ${hint}.`);
}

/** Nobody has decided while the agent's hook could wait; the same call again finds its hold. */
export function heldReason({ holdId, reason, approveAt }: HoldNotice): string {
  return within(
    `Firebreak holds this as ${holdId}: `,
    reason,
    `. It has NOT run. A person can approve it at ${approveAt} or with \`firebreak approve ${holdId}\`. Tell them what it is ` +
      'for, and wait. When they say that it is approved, send exactly the same call again: it then runs, once. ' +
      'Do not look for another way to do it.',
  );
}

/** Firebreak could not decide. */
export function brokenReason(what: string): string {
  return within('Firebreak did not let this run: ', what, '. Next: nothing was run; tell the person you work for.');
}

/** The beginning and the end are ours; what is between is cut where it must be. */
function within(beginning: string, middle: string, end: string): string {
  const room = MOST - beginning.length - end.length;
  const clean = middle.replace(/[.\s]+$/, '');
  return `${beginning}${clean.length <= room ? clean : `${clean.slice(0, Math.max(0, room - 3)).toWellFormed()}...`}${end}`;
}
