/** Counts it, puts its release on the record, mints the permit, has the door run it, and puts what happened on the record. */
import type { Effect } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { Execution, ExecutionTerms, Outcome } from '#action/submission';
import { messageOf } from '#base/errors';
import type { DestroyedCount } from './destroyed-count.js';
import { PipelineError } from './errors.js';
import { mintPermit } from './permit.js';
import { CLIENT_GONE, refusalFor, refused } from './refusals.js';
import type { Judgement, Note, Run } from './run.js';

/** What has passed every step before execution. */
export interface Released {
  readonly effects: readonly Effect[];
  readonly holdId: string | undefined;
  /** Of the action as it was decided on. */
  readonly digest: string;
  readonly terms: ExecutionTerms;
  /** Counts its rows against the limits, as soon as it is within them. */
  readonly count?: () => void;
  /** Nothing of it lasts yet, so it is not counted yet. */
  readonly deferred: boolean;
}

export type Executed =
  | { readonly kind: 'over'; readonly outcome: Outcome }
  /** Nothing of it lasts, and the pipeline has to decide again. */
  | { readonly kind: 'again'; readonly execution: Execution };

export function executing(destroyed: DestroyedCount, judgement: Judgement) {
  return async function execute(run: Run, released: Released): Promise<Executed> {
    const { actionId, submission, note } = run;
    const { effects, holdId, digest, terms } = released;
    const { door } = submission;
    const over = (outcome: Outcome): Executed => ({ kind: 'over', outcome });
    const destroys = released.deferred ? [] : effects.filter((effect) => effect.verb === 'destroy');
    if (destroys.length > 0 || released.count !== undefined) {
      // INVARIANT: neither an approval nor haste exceeds a limit: nothing is awaited between the look at the count and the counting.
      const limit = judgement.overLimit(submission, effects);
      if (limit !== undefined) return over(await refuse(actionId, { ...limit, holdId }, note));
      released.count?.();
    }
    if (destroys.length > 0) {
      await destroyed.add([...new Set(destroys.flatMap((effect) => effect.environments))]);
    }
    // INVARIANT: nothing runs that is not on the record: what takes nothing away by its decision, anything else by its release
    // as well.
    const plain = holdId === undefined && effects.every(takesNothingAway);
    if (!plain) await note({ kind: 'released', actionDigest: digest, holdId });
    if (door.signal.aborted) return over(await refuse(actionId, { ...CLIENT_GONE, holdId }, note));

    const { permit, redeemed } = mintPermit(actionId, digest);
    let execution: Execution;
    try {
      execution = await door.execute(permit, terms);
    } catch (error) {
      // Nothing was sent: a door redeems its permit first, and this one was refused.
      const mismatch = error instanceof PipelineError && error.code === 'PERMIT_MISMATCH' && !redeemed();
      if (mismatch) return over(await refuse(actionId, refusalFor(error), note));
      return over(await unknownOutcome(actionId, messageOf(error), note));
    }
    const { escalate, exceeded, notKept } = execution;
    if (escalate !== undefined || exceeded !== undefined || notKept !== undefined) return { kind: 'again', execution };
    // FAIL-CLOSED: what a door says that it did without its permit is not believed. That nothing was sent needs no permit.
    if (execution.ok && !redeemed()) {
      return over(await unknownOutcome(actionId, 'its door did not redeem the permit', note));
    }
    return over(await completed(run, execution, plain));
  };
}

/** A read, or what comes and goes on the agent's own machine: a build, a test, a new file. */
function takesNothingAway({ verb, reversible, environments }: Effect): boolean {
  return (
    verb === 'read' ||
    (reversible === 'yes' && environments.every((name) => name === LOCAL_ENVIRONMENT) && environments.length > 0)
  );
}

/** Puts it on the record that it ran. */
export async function completed({ actionId, note }: Run, execution: Execution, plain: boolean): Promise<Outcome> {
  const written = note({ kind: 'completed', execution }, plain ? 'soon' : 'now');
  if (plain) {
    // The completion of what takes nothing away changes nothing, so the agent need not wait for the disk; if it cannot be written, the log is
    // unwritable for good and no later action gets through.
    written.catch(() => undefined);
    return { kind: 'executed', actionId, execution };
  }
  try {
    await written;
  } catch (error) {
    const reason = `it ran (${execution.summary}), but that could not be recorded: ${messageOf(error)}`;
    return { kind: 'unknown', actionId, reason };
  }
  return { kind: 'executed', actionId, execution };
}

async function unknownOutcome(actionId: string, reason: string, note: Note): Promise<Outcome> {
  // The reply says "unknown" whether or not this can be written; an unwritable log refuses everything that follows.
  await note({ kind: 'outcome-unknown', reason }).catch(() => undefined);
  return { kind: 'unknown', actionId, reason };
}

/** Puts it on the record that it does not run, and why. */
export async function refuse(actionId: string, refusal: Parameters<typeof refused>[1], note: Note): Promise<Outcome> {
  await note({ kind: 'refused', code: refusal.code, reason: refusal.reason, holdId: refusal.holdId });
  return refused(actionId, refusal);
}
