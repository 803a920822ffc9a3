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
import type { Outcome, Refusal, RefusalCode, Submission, Submit } from '#action/submission';
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
import type { DestroyedCount } from './destroyed-count.js';
import { PipelineError } from './errors.js';
import type { FreezeBoard } from './freeze-board.js';
import { meetObligations } from './obligations.js';
import { mintPermit } from './permit.js';
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
    try {
      return await steps(actionId, submission);
    } catch (error) {
      // FAIL-CLOSED: whatever fails before release, the action is refused.
      return refused(actionId, refusalFor(error));
    }
  };

  async function steps(actionId: string, submission: Submission): Promise<Outcome> {
    const { action, session, door } = submission;
    const note = (event: Untimed<ActionEvent>) =>
      recorder.append({ ...event, actionId, session, time: clock.now() } as ActionEvent);

    const effects = await understand(action, asking(submission), door, false);
    const verdict = meetObligations(judge(submission, effects), effects);
    await note({ kind: 'decided', action, effects, verdict });

    const denied = denial(effects, verdict);
    if (denied !== undefined) return refuse(actionId, denied, note);

    let holdId: string | undefined;
    if (verdict.decision === 'hold') {
      const waited = await waitForPeople(actionId, submission, effects, verdict);
      if (waited.refusal !== undefined) return refuse(actionId, waited.refusal, note);
      holdId = waited.hold.id;
    }
    return execute(actionId, submission, effects, holdId, note);
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
          const freeze = freezes.of(name);
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
    const opened = await holds.open({ actionId, session, subject, verdict, approversNeeded: approversFor(effects) });
    const { id } = opened;
    const gone = () => holds.withdraw(id, 'the agent closed its connection');
    const onAbort = () => void gone().catch(() => undefined); // A record that cannot be written shows at the next append.
    door.signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (door.signal.aborted) await gone();
      else
        door.held?.({
          holdId: id,
          reason: verdict.reason,
          effects,
          approveAt: options.approveAt(),
          expiresAt: opened.expiresAt,
        });
      const hold = await holds.decided(id);
      if (hold.state !== 'approved') return { refusal: refusalOfHold(hold) };

      // Time has passed: resources may have moved, policies may have a freeze to say.
      const again = await understand(action, asking(submission), door, true);
      const now = digestOf({ ...subject, effects: again });
      if (now !== hold.digest) {
        await holds.withdraw(id, 'what it would do has changed since it was shown');
        return {
          refusal: {
            code: 'changed',
            reason: `what ${id} would do has changed since it was shown`,
            hint: HINTS.changed,
            holdId: id,
          },
        };
      }
      const second = denial(again, judge(submission, again));
      if (second !== undefined) {
        await holds.reject(id, 'firebreak', second.reason);
        return { refusal: { ...second, holdId: id } };
      }
      if (door.signal.aborted) await gone();
      if (!(await holds.release(id))) return { refusal: refusalOfHold((await holds.get(id)) ?? hold) };
      return { hold };
    } finally {
      door.signal.removeEventListener('abort', onAbort);
    }
  }

  function approversFor(effects: readonly Effect[]): number {
    const environments = effects.flatMap((effect) => effect.environments).map(options.environmentOf);
    return Math.max(1, ...environments.map((environment) => environment.approvals.approvers));
  }

  async function execute(
    actionId: string,
    { action, door }: Submission,
    effects: readonly Effect[],
    holdId: string | undefined,
    note: Note,
  ): Promise<Outcome> {
    const destroys = effects.filter((effect) => effect.verb === 'destroy');
    if (destroys.length > 0)
      await options.destroyed.add([...new Set(destroys.flatMap((effect) => effect.environments))]);
    // INVARIANT: nothing runs that is not on the record: a read by its decision, anything else by its release as well.
    const onlyReads = effects.every((effect) => effect.verb === 'read');
    if (!onlyReads) await note({ kind: 'released', actionDigest: digestOf(action), holdId });
    const permit = mintPermit(actionId, action);
    let execution: Awaited<ReturnType<typeof door.execute>>;
    try {
      execution = await door.execute(permit);
    } catch (error) {
      // The door redeems its permit before it sends anything, so here nothing was sent.
      if (error instanceof PipelineError) return refuse(actionId, refusalFor(error), note);
      return unknownOutcome(actionId, messageOf(error), note);
    }
    const completed = note({ kind: 'completed', execution });
    if (onlyReads) {
      // A read's completion changes nothing, so the agent need not wait for the disk; if it cannot be written, the log is
      // unwritable for good and no later action gets through.
      completed.catch(() => undefined);
      return { kind: 'executed', actionId, execution };
    }
    try {
      await completed;
    } catch (error) {
      return {
        kind: 'unknown',
        actionId,
        reason: `it ran (${execution.summary}), but that could not be recorded: ${messageOf(error)}`,
      };
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

const HINTS: Readonly<Record<RefusalCode, string>> = {
  denied: 'do not retry; tell the person you work for what you wanted to do and why',
  frozen: 'do not retry before the freeze ends; reading is allowed',
  limit: 'do not retry or split it up; tell the person you work for',
  rejected: 'a person said no; do not retry and do not look for another way',
  expired: 'nobody decided in time; ask the person you work for before you try again',
  withdrawn: 'nothing was run; ask again only if it is still needed',
  changed: 'nothing was run; submit it again so that a person can see what it would do now',
  planned: 'it is noted in the plan and was not done; go on planning',
  unrecorded: 'nothing was run because the record could not be written; tell the person you work for',
  error: 'nothing was run; tell the person you work for',
};

function refusalOfHold(hold: Hold): Refusal {
  const code =
    hold.state === 'rejected' || hold.state === 'expired' || hold.state === 'withdrawn' ? hold.state : 'error';
  const frozen = hold.state === 'rejected' && hold.endedBy === 'freeze';
  const reason = `${hold.id} was ${hold.state}${hold.endedBy && !frozen ? ` by ${hold.endedBy}` : ''}${hold.endReason ? `: ${hold.endReason}` : ''}`;
  return { code: frozen ? 'frozen' : code, reason, hint: HINTS[frozen ? 'frozen' : code], holdId: hold.id };
}

function refusalFor(error: unknown): Refusal {
  const code: RefusalCode =
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'LOG_UNWRITABLE'
      ? 'unrecorded'
      : 'error';
  return { code, reason: messageOf(error), hint: HINTS[code] };
}

function refused(actionId: string, refusal: Refusal): Outcome {
  return { kind: 'refused', actionId, refusal };
}
