/**
 * The one place that calls the steps in order: understand, decide, record, hold, check again, permit, execute, record.
 * Whatever goes wrong on the way, the action does not run.
 */
import type { Action } from '#action/action';
import { digestOf } from '#action/canonical';
import type { Effect } from '#action/effect';
import type { Environment } from '#action/environment';
import type { ApprovalSubject, Hold } from '#action/hold';
import type { ActionEvent, Recorder } from '#action/record-event';
import type { Handling, Outcome, Refusal, RefusalCode, Submission, Submit } from '#action/submission';
import type { Verdict } from '#action/verdict';
import type { AnalysisContext, Analyze } from '#analyze/analysis';
import type { HoldDesk } from '#approve/hold-desk';
import type { Clock } from '#base/clock';
import { messageOf } from '#base/errors';
import type { Ids } from '#base/ids';
import { decide, type PolicyAnswer } from '#policy/decide';
import { describeFreeze } from '#policy/freeze';
import { brokenLimit, type LimitState } from '#policy/limits';
import type { Memo } from '#policy/memo';
import type { PolicySet } from '#policy/policy-set';
import { UNKNOWN_ENVIRONMENT } from '#policy/request';
import type { DestroyedCount } from './destroyed-count.js';
import { PipelineError } from './errors.js';
import type { FreezeBoard } from './freeze-board.js';
import { approversAskedFor, meetObligations } from './obligations.js';
import { mintPermit } from './permit.js';
import { CLIENT_GONE, HINTS, refusalFor, refusalOfHold, refused } from './refusals.js';
import { type Resolve, understand } from './understand.js';

export interface PipelineOptions {
  readonly analyze: Analyze;
  readonly resolve: Resolve;
  readonly analysisContext: AnalysisContext;
  readonly policies: PolicySet;
  readonly memo: Memo<PolicyAnswer>;
  readonly environmentOf: (name: string) => Environment;
  /** True when requests with a credential that Firebreak did not issue must not reach this action's host. */
  readonly refusesForeignCredential: (action: Action, environments: readonly string[]) => boolean;
  readonly freezes: FreezeBoard;
  readonly limitsOf: LimitState['limitsOf'];
  readonly destroyed: DestroyedCount;
  readonly holds: HoldDesk;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long a hold waits for people, in milliseconds. */
  readonly holdMilliseconds: number;
  /** What an agent is told about where people decide. */
  readonly approveAt: () => string;
}

export function createPipeline(options: PipelineOptions): Submit {
  const { policies, recorder, clock, ids, holds, freezes } = options;

  return async function submit(submission: Submission): Promise<Outcome> {
    const actionId = ids.next('act');
    const { session } = submission;
    const note: Note = (event) => recorder.append({ ...event, actionId, session, time: clock.now() } as ActionEvent); // Omit and spread lose the union.
    try {
      return await steps(actionId, submission, note);
    } catch (error) {
      // FAIL-CLOSED: whatever fails before release, the action is refused.
      const refusal = refusalFor(error);
      try {
        return await refuse(actionId, refusal, note);
      } catch (unrecorded) {
        return refused(actionId, refusal.code === 'unrecorded' ? refusal : refusalFor(unrecorded));
      }
    }
  };

  async function steps(actionId: string, submission: Submission, note: Note): Promise<Outcome> {
    const { action, door } = submission;
    const understood = await understandAndJudge(submission);
    const { effects, verdict } = understood;
    await note({ kind: 'decided', action, effects, verdict });
    if (understood.digest === undefined) return refuse(actionId, refusalFor(understood.failure), note);

    const denied = denial(effects, verdict);
    if (denied !== undefined) return refuse(actionId, denied, note);

    let holdId: string | undefined;
    if (verdict.decision === 'hold') {
      const waited = await waitForPeople(actionId, submission, effects, verdict);
      if (waited.refusal !== undefined) return refuse(actionId, waited.refusal, note);
      holdId = waited.hold.id;
    }
    return execute({ actionId, door, effects, holdId, digest: understood.digest }, note);
  }

  async function understandAndJudge(submission: Submission): Promise<Understood> {
    const { action, door } = submission;
    try {
      // Before anything is awaited: what the permit admits are these bytes, whatever becomes of the buffers they lie in.
      const digest = digestOf(action);
      const effects = await understand(action, asking(submission), door, false);
      return { digest, effects, verdict: meetObligations(judge(submission, effects), effects) };
    } catch (failure) {
      // FAIL-CLOSED: what cannot be understood or judged is denied, and what it was is on the record.
      const reason = `Firebreak could not decide on it: ${messageOf(failure)}`;
      return { effects: [], verdict: { decision: 'deny', obligations: [], policies: [], reason }, failure };
    }
  }

  function asking(submission: Submission) {
    const { environments } = submission;
    // What no declaration resolves lies where the door says that it stands.
    const context = environments.length === 0 ? options.analysisContext : { ...options.analysisContext, environments };
    return { analyze: options.analyze, resolve: options.resolve, context };
  }

  function judge({ action, session, environments }: Submission, effects: readonly Effect[]): Verdict {
    return decide(
      {
        actionKind: action.kind,
        effects,
        session,
        foreignCredential: options.refusesForeignCredential(action, environments),
        environmentOf: options.environmentOf,
        freezeOf: (name) => {
          // FAIL-CLOSED: what nobody can place might lie in a frozen environment.
          const freeze = name === UNKNOWN_ENVIRONMENT ? freezes.any() : freezes.of(name);
          return freeze && describeFreeze(freeze);
        },
      },
      policies,
      options.memo,
    );
  }

  /** Why it may not even wait for people. */
  function denial(effects: readonly Effect[], verdict: Verdict): Refusal | undefined {
    if (verdict.decision === 'deny') {
      const code: RefusalCode = verdict.policies.includes('freeze')
        ? 'frozen'
        : verdict.policies.includes('plan')
          ? 'planned'
          : 'denied';
      return { code, reason: verdict.reason, hint: HINTS[code] };
    }
    return overLimit(effects);
  }

  function overLimit(effects: readonly Effect[]): Refusal | undefined {
    const limit = brokenLimit(effects, {
      limitsOf: options.limitsOf,
      destructiveInLastHour: (name) => options.destroyed.inLastHour(name),
    });
    return limit === undefined ? undefined : { code: 'limit', reason: limit, hint: HINTS.limit };
  }

  /** Holds the action, tells the agent, waits, and checks that what was approved is still what would run. */
  async function waitForPeople(
    actionId: string,
    submission: Submission,
    effects: readonly Effect[],
    verdict: Verdict,
  ): Promise<{ hold: Hold; refusal?: undefined } | { refusal: Refusal }> {
    const { action, session, door } = submission;
    const subject: ApprovalSubject = {
      action,
      effects,
      session: session.id,
      policyVersion: policies.version,
      snapshot: null,
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
      const again = await understand(action, asking(submission), door, true);
      if (digestOf({ ...subject, effects: again }) !== hold.digest) {
        const reason = `what ${id} would do has changed since it was shown`;
        await holds.withdraw(id, 'what it would do has changed since it was shown');
        return { refusal: { code: 'changed', reason, hint: HINTS.changed, holdId: id } };
      }
      const second = denial(again, judge(submission, again));
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
  }

  function approversFor(effects: readonly Effect[], verdict: Verdict): number {
    const environments = effects.flatMap((effect) => effect.environments).map(options.environmentOf);
    return Math.max(approversAskedFor(verdict), ...environments.map((environment) => environment.approvals.approvers));
  }

  async function execute({ actionId, door, effects, holdId, digest }: Released, note: Note): Promise<Outcome> {
    const destroys = effects.filter((effect) => effect.verb === 'destroy');
    if (destroys.length > 0) {
      // INVARIANT: an approval cannot exceed a limit: nothing is awaited between the look at the count and the counting.
      const limit = overLimit(effects);
      if (limit !== undefined) return refuse(actionId, { ...limit, holdId }, note);
      await options.destroyed.add([...new Set(destroys.flatMap((effect) => effect.environments))]);
    }
    // INVARIANT: nothing runs that is not on the record: a read by its decision, anything else by its release as well.
    const plainRead = holdId === undefined && effects.every((effect) => effect.verb === 'read');
    if (!plainRead) await note({ kind: 'released', actionDigest: digest, holdId });
    if (door.signal.aborted) return refuse(actionId, { ...CLIENT_GONE, holdId }, note);

    const { permit, redeemed } = mintPermit(actionId, digest);
    let execution: Awaited<ReturnType<typeof door.execute>>;
    try {
      execution = await door.execute(permit);
    } catch (error) {
      // Nothing was sent: a door redeems its permit first, and this one was refused.
      const mismatch = error instanceof PipelineError && error.code === 'PERMIT_MISMATCH' && !redeemed();
      if (mismatch) return refuse(actionId, refusalFor(error), note);
      return unknownOutcome(actionId, messageOf(error), note);
    }
    // FAIL-CLOSED: what a door says that it did without its permit is not believed. That nothing was sent needs no permit.
    if (execution.ok && !redeemed()) return unknownOutcome(actionId, 'its door did not redeem the permit', note);
    const completed = note({ kind: 'completed', execution });
    if (plainRead) {
      // A read's completion changes nothing, so the agent need not wait for the disk; if it cannot be written, the log is
      // unwritable for good and no later action gets through.
      completed.catch(() => undefined);
      return { kind: 'executed', actionId, execution };
    }
    try {
      await completed;
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

  async function refuse(actionId: string, refusal: Refusal, note: Note): Promise<Outcome> {
    await note({ kind: 'refused', code: refusal.code, reason: refusal.reason, holdId: refusal.holdId });
    return refused(actionId, refusal);
  }
}

type Untimed<E> = E extends unknown ? Omit<E, 'time' | 'actionId' | 'session'> : never;
type Note = (event: Untimed<ActionEvent>) => Promise<number>;

type Understood =
  | { readonly digest: string; readonly effects: readonly Effect[]; readonly verdict: Verdict }
  | {
      readonly digest?: undefined;
      readonly effects: readonly [];
      readonly verdict: Verdict;
      readonly failure: unknown;
    };

/** What has passed every step before execution. */
interface Released {
  readonly actionId: string;
  readonly door: Handling;
  readonly effects: readonly Effect[];
  readonly holdId: string | undefined;
  /** Of the action as it was decided on. */
  readonly digest: string;
}
