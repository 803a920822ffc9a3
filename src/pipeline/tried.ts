/**
 * The way of an action that can be tried out: it is run so that nothing lasts, counted, and judged by what it really did; then
 * it lasts at once, or waits for people without a lock and runs again within what they saw, after what it changes was kept.
 */
import type { SqlCourse } from '#action/course';
import type { Effect } from '#action/effect';
import type { Measurement } from '#action/measurement';
import type { SnapshotDraft, Undoable } from '#action/snapshot';
import type { Agreed, Outcome, Trial } from '#action/submission';
import type { Verdict } from '#action/verdict';
import { messageOf } from '#base/errors';
import { completed, type Executed, type Released, refuse } from './execution.js';
import { measuredEffects, reversibleBy } from './measured-effects.js';
import { heldBecause } from './obligations.js';
import type { Question, Waited } from './people.js';
import { HINTS } from './refusals.js';
import { changedRows, type RowWindow } from './row-window.js';
import type { Judgement, Run } from './run.js';

/** Where copies are kept; `protect/` has it. */
export interface SnapshotKeeper {
  begin(about: {
    readonly actionId: string;
    readonly holdId: string | undefined;
    readonly session: Run['submission']['session'];
    readonly resource: string;
    readonly environments: readonly string[];
    readonly summary: string;
  }): Promise<SnapshotDraft>;
  /** The act was done. */
  done(id: string): Promise<void>;
  /** The act was not done: the copy is of no use. */
  unneeded(id: string): Promise<void>;
  /** Nobody knows. */
  uncertain(id: string): Promise<void>;
}

interface Parts {
  readonly judgement: Judgement;
  readonly ask: (run: Run, question: Question) => Promise<Waited>;
  readonly execute: (run: Run, released: Released) => Promise<Executed>;
  readonly snapshots: SnapshotKeeper;
  readonly window: RowWindow;
}

/** What is understood of the action before it is tried out. */
export interface Guess {
  readonly effects: readonly Effect[];
  readonly verdict: Verdict;
  readonly course: SqlCourse;
  readonly digest: string;
}

/** What policy, or people, are asked about. */
interface Proposal {
  readonly effects: readonly Effect[];
  readonly verdict: Verdict;
  /** The effects anew, from a fresh analysis. */
  readonly renew: (guessed: readonly Effect[]) => readonly Effect[];
  /** Undefined: only people's approval makes it measurable. */
  readonly measurement: Measurement | undefined;
  readonly undoable: Undoable;
  /** What must be taken back before anyone waits. */
  readonly abandon: () => Promise<void>;
}

/** What is agreed to is shown again this often at most, if it always turns out to be more. */
const ROUNDS = 5;

export function trying({ judgement, ask, execute, snapshots, window }: Parts) {
  return async function tried(run: Run, guess: Guess): Promise<Outcome> {
    const { submission } = run;
    let trial: Trial;
    try {
      trial = (await submission.door.tryOut?.(guess.course, wantsSamples(guess))) ?? {
        kind: 'impossible',
        reason: 'its door cannot',
      };
    } catch (error) {
      // FAIL-CLOSED: what could not be measured waits for people, who are told so.
      trial = { kind: 'impossible', reason: messageOf(error) };
    }
    switch (trial.kind) {
      case 'failed':
        return completed(run, trial.execution, false);
      case 'measured':
        return propose(run, guess, await measured(run, guess, trial));
      case 'later':
      case 'impossible': {
        const why = trial.kind === 'later' ? trial.reason : `it could not be tried out: ${trial.reason}`;
        const rows = trial.kind === 'later' ? trial.rows : new Map<string, number>();
        const renew = (effects: readonly Effect[]) => effects.map((effect) => withRows(effect, rows));
        return propose(run, guess, {
          effects: renew(guess.effects),
          verdict: heldBecause(guess.verdict, guess.effects, why),
          renew,
          measurement: undefined,
          undoable: trial.kind === 'later' ? PROMISED : { answer: 'no', because: ['it could not be tried out'] },
          abandon: async () => {},
        });
      }
    }
  };

  async function measured(
    run: Run,
    guess: Guess,
    found: { readonly measurement: Measurement; readonly undoable: Undoable; readonly abandon: () => Promise<void> },
  ): Promise<Proposal> {
    const { submission, note } = run;
    const { measurement, undoable, abandon } = found;
    const renew = (guessed: readonly Effect[]) =>
      guess.course.lane === 'owner'
        ? [
            ...guessed.map((effect) => ({ ...effect, reversible: undoableEffect(effect, undoable) })),
            ...measuredEffects([], { ...measurement, catalogs: [], exclusive: [] }, undoable, submission.environments),
          ]
        : measuredEffects(guessed, measurement, undoable, submission.environments);
    const effects = renew(guess.effects);
    const verdict = judgement.judge(submission, effects);
    await note({ kind: 'measured', measurement, undoable, effects, verdict });
    return { effects, verdict, renew, measurement, undoable, abandon };
  }

  async function propose(run: Run, guess: Guess, first: Proposal): Promise<Outcome> {
    const { actionId, submission, note } = run;
    let proposal = first;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { effects, verdict } = proposal;
      const denied = judgement.denial(submission, effects, verdict);
      if (denied !== undefined) {
        await proposal.abandon();
        return refuse(actionId, denied, note);
      }
      const needsCopy = wantsCopy(proposal, guess);
      let holdId: string | undefined;
      if (verdict.decision === 'hold') {
        // INVARIANT: nobody thinks while locks are held.
        await proposal.abandon();
        const waited = await ask(run, questionOf(run, proposal, needsCopy));
        if (waited.refusal !== undefined) return refuse(actionId, waited.refusal, note);
        holdId = waited.hold.id;
      } else if (needsCopy) {
        await proposal.abandon();
      }
      const executed = await runKept(run, guess, proposal, holdId, needsCopy);
      if (executed.kind === 'over') return executed.outcome;
      const { exceeded, notKept } = executed.execution;
      if (exceeded === undefined) {
        const reason = `no copy of what it changes could be kept, so it was not run: ${notKept ?? executed.execution.escalate ?? 'unknown'}`;
        return refuse(actionId, { code: 'error', reason, hint: HINTS.error, holdId }, note);
      }
      const next = await measured(run, guess, { ...exceeded, abandon: async () => {} });
      proposal = {
        ...next,
        verdict: { ...next.verdict, reason: `${next.verdict.reason}; asked again: ${exceeded.why}` },
      };
    }
    const reason = 'what it would do grew each time after it was shown';
    return refuse(actionId, { code: 'changed', reason, hint: HINTS.changed }, note);
  }

  function questionOf(run: Run, proposal: Proposal, needsCopy: boolean): Question {
    return {
      effects: proposal.effects,
      verdict: proposal.verdict,
      measured: proposal.measurement,
      // That it cannot be undone, and why, is for people to know as well.
      snapshot: needsCopy || proposal.undoable.answer === 'no' ? inWords(proposal.undoable) : null,
      again: async () => proposal.renew((await judgement.understand(run.submission, true)).effects),
    };
  }

  async function runKept(
    run: Run,
    guess: Guess,
    proposal: Proposal,
    holdId: string | undefined,
    needsCopy: boolean,
  ): Promise<Executed> {
    const { actionId, submission, note } = run;
    const { session, environments, action } = submission;
    const { effects, measurement, undoable } = proposal;
    const agreed: Agreed = { measurement, undoable };
    const release = async (draft: SnapshotDraft | undefined) => {
      let takeBack = () => {};
      const executed = await execute(run, {
        effects,
        holdId,
        digest: guess.digest,
        terms: { course: guess.course, agreed, draft },
        count: () => {
          if (measurement !== undefined) takeBack = window.add(session.id, environments, changedRows(measurement));
        },
        deferred: false,
      });
      const { outcome } = executed.kind === 'over' ? executed : {};
      const happened = outcome?.kind === 'unknown' || (outcome?.kind === 'executed' && outcome.execution.ok);
      if (!happened) takeBack();
      return executed;
    };
    if (!needsCopy) return release(undefined);
    const resource = action.kind === 'sql' ? (action.resource ?? 'unknown') : 'unknown';
    const summary = effects
      .filter(({ verb }) => verb !== 'read')
      .map(({ explain }) => explain)
      .join('; ');
    const draft = await snapshots.begin({ actionId, holdId, session, resource, environments, summary });
    let sealed = false;
    const forget = async () => (sealed ? snapshots.unneeded(draft.id) : draft.discard());
    const executed = await release({
      id: draft.id,
      part: (name) => draft.part(name),
      discard: () => draft.discard(),
      seal: async (contents, answer) => {
        const snapshot = await draft.seal(contents, answer);
        sealed = true;
        // INVARIANT: what was kept is on the record before anything is changed for good.
        await note({ kind: 'kept', snapshot });
        return snapshot;
      },
    }).catch(async (error: unknown) => {
      // It was refused before anything was sent.
      await forget();
      throw error;
    });
    if (executed.kind === 'over' && executed.outcome.kind === 'executed' && executed.outcome.execution.ok) {
      await (sealed ? snapshots.done(draft.id) : draft.discard());
    } else if (executed.kind === 'over' && executed.outcome.kind === 'unknown') {
      await (sealed ? snapshots.uncertain(draft.id) : draft.discard());
    } else {
      await forget();
    }
    return executed;
  }
}

/** People will probably be asked: it destroys, or nobody knows what it does. */
function wantsSamples({ verdict, effects }: Guess): boolean {
  return verdict.decision === 'hold' || effects.some(({ verb }) => verb === 'destroy');
}

/** What the owner's lane does is kept in the same transaction; if that turns out not to be enough, people are asked again. */
const PROMISED: Undoable = { answer: 'yes', because: [] };

function wantsCopy({ effects, undoable, verdict, measurement }: Proposal, { course }: Guess): boolean {
  if (undoable.answer === 'no') return false;
  // Where people are asked anyway, what changes is kept as well, not only what goes away.
  const asked = verdict.decision === 'hold' && measurement?.tables.some(({ updated }) => updated > 0) === true;
  return (
    asked ||
    effects.some(({ verb, reversible }) => verb === 'destroy' || (course.lane === 'owner' && reversible === 'snapshot'))
  );
}

/** What takes all rows of a table, with their number. */
function withRows(effect: Effect, rows: ReadonlyMap<string, number>): Effect {
  const count = rows.get(effect.resource.name);
  if (count === undefined || effect.verb !== 'destroy' || effect.amount.count !== 'all') return effect;
  const told = `${effect.explain} (${count === 1 ? '1 row' : `${count} rows`} now)`;
  return { ...effect, amount: { unit: 'rows', count }, explain: told };
}

function undoableEffect(effect: Effect, undoable: Undoable): Effect['reversible'] {
  return effect.reversible === 'yes' ? 'yes' : reversibleBy(undoable);
}

/** The issue's words: yes, partly because, no because. */
export function inWords({ answer, because }: Undoable): string {
  return because.length === 0 ? answer : `${answer}, because ${because.join(', and ')}`;
}
