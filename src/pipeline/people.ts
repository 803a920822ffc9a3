/** Holds an action, tells the agent, waits, and checks that what was approved is still what would run. */
import { digestOf } from '#action/canonical';
import type { Effect } from '#action/effect';
import type { Environment } from '#action/environment';
import type { ApprovalSubject, Hold } from '#action/hold';
import type { Measurement } from '#action/measurement';
import type { Refusal } from '#action/submission';
import type { Verdict } from '#action/verdict';
import type { HoldDesk } from '#approve/hold-desk';
import { isOpen } from '#approve/hold-states';
import type { Clock } from '#base/clock';
import type { Ids } from '#base/ids';
import { approversAskedFor } from './obligations.js';
import { CLIENT_GONE, HINTS, leftAs, refusalOfHold } from './refusals.js';
import type { Judgement, Run } from './run.js';

export interface PeopleOptions {
  readonly holds: HoldDesk;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly policyVersion: string;
  readonly environmentOf: (name: string) => Environment;
  /** How long a hold waits for people, in milliseconds. */
  readonly holdMilliseconds: number;
  /** How long a hold whose client has gone can be found again, in milliseconds; 0: not at all. */
  readonly retryWithin: number;
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
    const request = { actionId, session, subject, verdict, approversNeeded };
    const opened = (await holds.attach(request)) ?? (await holds.open(request));
    const { id, expiresAt } = opened;
    const retryWithin = door.comesBack === true ? expiresAt - clock.now() : options.retryWithin;
    const left = (): Promise<Waited> => leave(id, retryWithin, door.comesBack === true);
    let onAbort = () => {};
    const gone = new Promise<undefined>((resolve) => {
      onAbort = () => resolve(undefined);
    });
    door.signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (door.signal.aborted) return await left();
      door.held?.({
        holdId: id,
        reason: verdict.reason,
        effects,
        approveAt: options.approveAt(),
        expiresAt,
        retryWithin,
        approved: opened.state === 'approved',
      });
      const hold = await Promise.race([holds.decided(id), gone]);
      if (hold === undefined) return await left();
      if (hold.state !== 'approved') return { refusal: refusalOfHold(hold) };

      // Time has passed: resources may have moved, policies may have a freeze to say.
      const again = await question.again();
      // Who attached has examples, a nonce and an expiry of its own; what people were shown is the hold's.
      const { measured: shown, nonce, expiresAt: until } = opened.subject;
      const consented = { ...subject, measured: shown, nonce, expiresAt: until, effects: again };
      if (digestOf(consented) !== hold.digest) {
        const reason = `what ${id} would do has changed since it was shown`;
        await holds.withdraw(id, 'what it would do has changed since it was shown');
        return { refusal: { code: 'changed', reason, hint: HINTS.changed, holdId: id } };
      }
      const second = judgement.denial(submission, again, judgement.judge(submission, again));
      if (second !== undefined) {
        await holds.reject(id, 'firebreak', second.reason);
        return { refusal: { ...second, holdId: id } };
      }
      if (door.signal.aborted) return await left();
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

  /** Its client has gone, and may come back. */
  async function leave(id: string, retryWithin: number, comesBack: boolean): Promise<Waited> {
    await holds.leave(id, comesBack);
    const hold = await holds.get(id);
    if (hold === undefined || !isOpen(hold.state))
      return { refusal: hold === undefined ? CLIENT_GONE : refusalOfHold(hold) };
    return { refusal: leftAs(id, retryWithin) };
  }

  function approversFor(effects: readonly Effect[], verdict: Verdict): number {
    const environments = effects.flatMap((effect) => effect.environments).map(options.environmentOf);
    return Math.max(approversAskedFor(verdict), ...environments.map((environment) => environment.approvals.approvers));
  }
}
