/**
 * The one place that calls the steps in order: understand, decide, record, try out and decide again, hold, check again, keep,
 * permit, execute, record. Whatever goes wrong on the way, the action does not run.
 */
import type { Action } from '#action/action';
import { digestOf } from '#action/canonical';
import type { SqlCourse } from '#action/course';
import { type Effect, NO_AMOUNT } from '#action/effect';
import type { Environment } from '#action/environment';
import type { LocalKeeper } from '#action/local-keeper';
import type { LocalLoss } from '#action/local-loss';
import type { ActionEvent, Recorder } from '#action/record-event';
import type { Undoable } from '#action/snapshot';
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
import { UNKNOWN_ENVIRONMENT } from '#policy/request';
import { canTry, canWaitInBlock, putOff, whyUntried } from './can-try.js';
import { copyingFirst, undoableWhole } from './copied-first.js';
import type { DestroyedCount } from './destroyed-count.js';
import { executing, refuse } from './execution.js';
import type { FreezeBoard } from './freeze-board.js';
import { heldBecause, meetObligations } from './obligations.js';
import { askPeople } from './people.js';
import { CLIENT_GONE, HINTS, refusalFor, refused } from './refusals.js';
import { createRowWindow } from './row-window.js';
import type { Judgement, Note, Run } from './run.js';
import { inWords, type SnapshotKeeper, trying } from './tried.js';
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
  readonly snapshots: SnapshotKeeper;
  /** What copies local work before it is taken away; absent: nothing can, and what would need it waits for people. */
  readonly local?: LocalKeeper | undefined;
  readonly holds: HoldDesk;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long a hold waits for people, in milliseconds. */
  readonly holdMilliseconds: number;
  /** How long a hold whose client has gone can be found again, in milliseconds; 0: not at all. */
  readonly retryWithin: number;
  /** What an agent is told about where people decide. */
  readonly approveAt: () => string;
}

export function createPipeline(options: PipelineOptions): Submit {
  const { policies, recorder, clock, ids, freezes } = options;
  const window = createRowWindow(clock);
  const judgement: Judgement = {
    judge,
    denial,
    overLimit,
    understand: (submission, fresh) => understand(submission.action, asking(submission), submission.door, fresh),
    guards: ({ environments }) =>
      // FAIL-CLOSED: where nobody could tell the environment, it counts as protected.
      environments.length === 0 || environments.some((name) => options.environmentOf(name).protected),
  };
  const ask = askPeople({ ...options, policyVersion: policies.version }, judgement);
  const execute = executing(options.destroyed, judgement);
  const tried = trying({ judgement, ask, execute, snapshots: options.snapshots, window });
  const { local, snapshots } = options;
  const copying = local && copyingFirst({ local, snapshots, execute, clock });

  return async function submit(submission: Submission): Promise<Outcome> {
    const actionId = ids.next('act');
    const { session } = submission;
    copying?.goesOn(session.id);
    const note: Note = (event, when) =>
      recorder.append({ ...event, actionId, session, time: clock.now() } as ActionEvent, when); // Omit and spread lose the union.
    try {
      return await steps({ actionId, submission, note });
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

  async function steps(run: Run): Promise<Outcome> {
    const { actionId, submission, note } = run;
    const understood = await understandAndJudge(submission);
    const { effects, verdict } = understood;
    const { origin } = submission;
    await note({ kind: 'decided', action: submission.action, effects, verdict, ...(origin && { origin }) });
    if (understood.digest === undefined) return refuse(actionId, refusalFor(understood.failure), note);
    const { digest, course, copy } = understood;

    const denied = denial(submission, effects, verdict);
    if (denied !== undefined) return refuse(actionId, denied, note);
    if (course !== undefined && isTried(submission, course, verdict))
      return tried(run, { effects, verdict, course, digest });
    if (submission.deferred === true && verdict.decision === 'hold' && !canWaitInBlock(submission, course)) {
      return refuse(actionId, notHere(verdict), note);
    }

    const deferred = submission.deferred === true;
    const untried = whyUntried(submission, course);
    const loses = effects.some(({ verb, reversible }) => verb !== 'read' && reversible !== 'yes');
    let { losses } = understood;
    let copied = copy;
    // Only who is asked anyway is told that it could not be tried out.
    let asked = untried === undefined || verdict.decision !== 'hold' ? verdict : heldBecause(verdict, effects, untried);
    let holdId: string | undefined;
    for (;;) {
      if (asked.decision === 'hold') {
        const waited = await ask(run, {
          effects,
          verdict: asked,
          measured: undefined,
          // That nothing can be kept of it, and why, is for people to know.
          snapshot:
            copied !== undefined
              ? inWords(undoableWhole(copied, effects))
              : untried !== undefined && loses
                ? `no, because ${untried}`
                : null,
          again: async () => {
            const again = await judgement.understand(submission, true);
            losses = again.losses;
            return again.effects;
          },
        });
        if (waited.refusal !== undefined) return refuse(actionId, waited.refusal, note);
        holdId = waited.hold.id;
      }
      const released = { effects, holdId, digest, terms: { course }, deferred };
      const executed =
        copying !== undefined && copied !== undefined && copied.answer !== 'no' && losses.length > 0
          ? await copying.run(run, losses, copied, released)
          : await execute(run, released);
      if (executed.kind === 'over') return executed.outcome;
      if (executed.kind === 'again')
        return escalated(run, understood, executed.execution.escalate ?? 'it could not be done as a read');
      if (submission.door.signal.aborted) return refuse(actionId, { ...CLIENT_GONE, holdId }, note);
      // FAIL-CLOSED: what could not be copied after all waits for people, who are told that it cannot be undone.
      copied = { answer: 'no', because: [executed.why] };
      asked = heldBecause(verdict, effects, `no copy could be kept first: ${executed.why}`);
    }
  }

  /** It was taken for a read, and the server says that it is more: now it is tried out like anything that changes. */
  function escalated(run: Run, understood: Understood & { readonly digest: string }, why: string): Promise<Outcome> {
    const { submission } = run;
    const more: Effect = {
      verb: 'execute',
      resource: { kind: 'database', name: submission.action.kind === 'sql' ? (submission.action.resource ?? '') : '' },
      environments: submission.environments,
      amount: NO_AMOUNT,
      reversible: 'unknown',
      evidence: 'unknown',
      explain: `does more than its text says: ${why}`,
    };
    const effects = [...understood.effects, more];
    const course: SqlCourse = { ...(understood.course ?? UNKNOWN_COURSE), lane: 'write', unknown: true };
    const verdict = judge(submission, effects);
    return tried(run, { effects, verdict, course, digest: understood.digest });
  }

  async function understandAndJudge(submission: Submission): Promise<Understood> {
    const { action } = submission;
    try {
      // Before anything is awaited: what the permit admits are these bytes, whatever becomes of the buffers they lie in.
      const digest = digestOf(action);
      const { effects, course, losses } = await judgement.understand(submission, false);
      const judged = judge(submission, effects);
      const wanted = judged.decision === 'hold' || judged.obligations.includes('snapshot');
      const copy =
        judged.decision !== 'deny' && wanted ? await copying?.assess(submission, effects, losses) : undefined;
      const verdict = meetObligations(judged, effects, { tryOut: canTry(submission, course), copy });
      return { digest, effects, course, losses, copy, verdict: putOff(submission, course, verdict) };
    } catch (failure) {
      // FAIL-CLOSED: what cannot be understood or judged is denied, and what it was is on the record.
      const reason = `Firebreak could not decide on it: ${messageOf(failure)}`;
      return { effects: [], verdict: { decision: 'deny', obligations: [], policies: [], reason }, failure };
    }
  }

  function isTried(submission: Submission, course: SqlCourse, verdict: Verdict): boolean {
    if (submission.deferred === true || course.lane === 'read' || !canTry(submission, course)) return false;
    return judgement.guards(submission) || verdict.obligations.some((one) => one === 'measure' || one === 'snapshot');
  }

  function asking(submission: Submission) {
    const { environments, session } = submission;
    const contained = session.tier !== 'advisory';
    // What no declaration resolves lies where the door says that it stands.
    const context = { ...options.analysisContext, contained, ...(environments.length === 0 ? {} : { environments }) };
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

  function denial(submission: Submission, effects: readonly Effect[], verdict: Verdict): Refusal | undefined {
    if (verdict.decision === 'deny') {
      const code: RefusalCode = verdict.policies.includes('freeze')
        ? 'frozen'
        : verdict.policies.includes('plan')
          ? 'planned'
          : 'denied';
      return { code, reason: verdict.reason, hint: HINTS[code] };
    }
    return overLimit(submission, effects);
  }

  function overLimit({ session, deferred }: Submission, effects: readonly Effect[]): Refusal | undefined {
    // Nothing of it lasts yet; its COMMIT is counted.
    if (deferred === true) return undefined;
    const limit = brokenLimit(effects, {
      limitsOf: options.limitsOf,
      destructiveInLastHour: (name) => options.destroyed.inLastHour(name),
      rowsInLastMinute: (name) => window.rowsOf(session.id, name),
    });
    return limit === undefined ? undefined : { code: 'limit', reason: limit, hint: HINTS.limit };
  }
}

/** For what was taken for a read of which nothing else is known. */
const UNKNOWN_COURSE: SqlCourse = {
  lane: 'write',
  session: false,
  transactional: true,
  unknown: true,
  tables: [],
  temporary: false,
};

/** What cannot be tried out must not wait in a block: the statements before it could not be taken back and run again. */
function notHere(verdict: Verdict): Refusal {
  return {
    code: 'denied',
    reason: `inside a transaction block: ${verdict.reason}`,
    hint: 'send it as a statement of its own, outside a transaction block: it then waits for a person',
  };
}

type Understood =
  | {
      readonly digest: string;
      readonly effects: readonly Effect[];
      readonly course: SqlCourse | undefined;
      readonly losses: readonly LocalLoss[];
      /** Whether what it takes away on this machine can be copied first; undefined when there is nothing, or no need. */
      readonly copy: Undoable | undefined;
      readonly verdict: Verdict;
    }
  | {
      readonly digest?: undefined;
      readonly effects: readonly [];
      readonly course?: undefined;
      readonly verdict: Verdict;
      readonly failure: unknown;
    };
