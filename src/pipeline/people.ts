/** Holds an action, tells the agent, waits, and checks that what was approved is still what would run. */
import { digestOf } from '#action/canonical';
import type { Effect } from '#action/effect';
import type { Environment } from '#action/environment';
import type { ApprovalSubject, Hold } from '#action/hold';
import type { Measurement } from '#action/measurement';
import type { Refusal } from '#action/submission';
import type { Verdict } from '#action/verdict';
import type { HoldDesk } from '#approve/hold-desk';
import type { Clock } from '#base/clock';
import type { Ids } from '#base/ids';
import { approversAskedFor } from './obligations.js';
import { HINTS, refusalOfHold } from './refusals.js';
import type { Judgement, Run } from './run.js';

export interface PeopleOptions {
  readonly holds: HoldDesk;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly policyVersion: string;
  readonly environmentOf: (name: string) => Environment;
  /** How long a hold waits for people, in milliseconds. */
  readonly holdMilliseconds: number;
  /** What an agent is told about where people decide. */
  readonly approveAt: () => string;
}

/** What people are asked. */
export interface Question {
  readonly effects: readonly Effect[];
  readonly verdict: Verdict;
  readonly measured: Measurement | undefined;
  /** What will be kept, in words; null when nothing will be. */
  readonly snapshot: string | null;
  /** The effects as they are to be understood now. */
  readonly again: () => Promise<readonly Effect[]>;
}

export type Waited = { readonly hold: Hold; readonly refusal?: undefined } | { readonly refusal: Refusal };

export function askPeople(options: PeopleOptions, judgement: Judgement) {
  const { holds, ids, clock } = options;

  return async function ask({ actionId, submission }: Run, question: Question): Promise<Waited> {
    const { action, session, door } = submission;
    const { effects, verdict } = question;
    const subject: ApprovalSubject = {
      action,
      effects,
      session: session.id,
      policyVersion: options.policyVersion,
      snapshot: question.snapshot,
      ...(question.measured === undefined ? {} : { measured: question.measured }),
      nonce: ids.next('nonce'),
      expiresAt: clock.now() + options.holdMilliseconds,
    };
    const approversNeeded = approversFor(effects, verdict);
    const opened = await holds.open({ actionId, session, subject, verdict, approversNeeded });
    const { id } = opened;
    const gone = () => holds.withdraw(id, 'the agent closed its connection');
    const onAbort = () => void gone().catch(() => undefined); // A record that cannot be written shows at the next append.
    door.signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (door.signal.aborted) await gone();
      else {
        const { expiresAt } = opened;
        door.held?.({ holdId: id, reason: verdict.reason, effects, approveAt: options.approveAt(), expiresAt });
      }
      const hold = await holds.decided(id);
      if (hold.state !== 'approved') return { refusal: refusalOfHold(hold) };

      // Time has passed: resources may have moved, policies may have a freeze to say.
      const again = await question.again();
      if (digestOf({ ...subject, effects: again }) !== hold.digest) {
        const reason = `what ${id} would do has changed since it was shown`;
        await holds.withdraw(id, 'what it would do has changed since it was shown');
        return { refusal: { code: 'changed', reason, hint: HINTS.changed, holdId: id } };
      }
      const second = judgement.denial(submission, again, judgement.judge(submission, again));
      if (second !== undefined) {
        await holds.reject(id, 'firebreak', second.reason);
        return { refusal: { ...second, holdId: id } };
      }
      if (door.signal.aborted) await gone();
      if (!(await holds.release(id))) return { refusal: refusalOfHold((await holds.get(id)) ?? hold) };
      return { hold };
    } catch (error) {
      // FAIL-CLOSED: a hold for which nobody waits any more is withdrawn, so nobody can approve it.
      await holds.withdraw(id, 'Firebreak failed while it was held').catch(() => undefined); // The first error counts.
      throw error;
    } finally {
      door.signal.removeEventListener('abort', onAbort);
    }
  };

  function approversFor(effects: readonly Effect[], verdict: Verdict): number {
    const environments = effects.flatMap((effect) => effect.environments).map(options.environmentOf);
    return Math.max(approversAskedFor(verdict), ...environments.map((environment) => environment.approvals.approvers));
  }
}
