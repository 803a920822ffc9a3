/** The way of an action that takes away something on this machine: it is copied, the copy is on the record, and then it runs. */
import type { Effect } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { LocalKeeper } from '#action/local-keeper';
import type { LocalLoss } from '#action/local-loss';
import type { SealedSnapshot, Undoable } from '#action/snapshot';
import type { Submission } from '#action/submission';
import type { Clock } from '#base/clock';
import { messageOf } from '#base/errors';
import type { Executed, Released } from './execution.js';
import type { Run } from './run.js';
import type { SnapshotKeeper } from './tried.js';

interface Parts {
  readonly local: LocalKeeper;
  readonly snapshots: SnapshotKeeper;
  readonly execute: (run: Run, released: Released) => Promise<Executed>;
  readonly clock: Clock;
}

export interface CopiedFirst {
  /**
   * Whether what it takes away on this machine can be copied. Undefined: nothing that a copy could bring back.
   */
  assess(
    submission: Submission,
    effects: readonly Effect[],
    losses: readonly LocalLoss[],
  ): Promise<Undoable | undefined>;
  /**
   * Copies, and runs it only then.
   *
   * @param promised what policy, or people, were told of the copy.
   * @returns `not-kept` when no whole copy could be made; nothing was run then.
   */
  run(run: Run, losses: readonly LocalLoss[], promised: Undoable, released: Released): Promise<Executed | NotKept>;
  /** The session goes on: what it did before is over. */
  goesOn(session: string): void;
}

export interface NotKept {
  readonly kind: 'not-kept';
  readonly why: string;
}

/** Calls that an agent makes at the same time arrive within so many milliseconds. */
const TOGETHER_MS = 3000;

export function copyingFirst({ local, snapshots, execute, clock }: Parts): CopiedFirst {
  /** By session, what was released and may still be at work. */
  const atWork = new Map<string, { readonly snapshot: string; readonly at: number }[]>();

  async function kept(
    run: Run,
    losses: readonly LocalLoss[],
    promised: Undoable,
    released: Released,
  ): Promise<SealedSnapshot | NotKept> {
    const { actionId, submission } = run;
    const { session, door } = submission;
    const draft = await snapshots.begin({
      actionId,
      holdId: released.holdId,
      session,
      resource: folderOf(run, losses),
      environments: [LOCAL_ENVIRONMENT],
      summary: summaryOf(released.effects),
    });
    try {
      const snapshot = await local.keep(losses, draft, door.signal);
      const { answer } = snapshot.undoable;
      if (answer === 'yes' || (answer === 'partly' && promised.answer === 'partly')) return snapshot;
      await snapshots.unneeded(snapshot.id);
      return { kind: 'not-kept', why: snapshot.undoable.because.join('; ') };
    } catch (error) {
      // FAIL-CLOSED: a failure of keeping is never an allow.
      await draft.discard();
      return { kind: 'not-kept', why: messageOf(error) };
    }
  }

  return {
    async assess({ door }, effects, losses) {
      if (losses.length === 0) return undefined;
      let found: Undoable;
      try {
        found = await local.assess(losses, door.signal);
      } catch (error) {
        // FAIL-CLOSED: what could not be looked at cannot be copied.
        found = { answer: 'no', because: [messageOf(error)] };
      }
      if (found.answer !== 'yes') return found;
      const besides = effects.filter((effect) => effect.reversible === 'snapshot' && !isCopied(effect));
      // FAIL-CLOSED: a copy of local work does not stand for one of something else.
      return besides.length === 0 ? found : { answer: 'partly', because: besides.map(notCopied) };
    },

    async run(run, losses, promised, released) {
      const snapshot = await kept(run, losses, promised, released);
      if ('kind' in snapshot) return snapshot;
      let executed: Executed;
      try {
        // INVARIANT: what was kept is on the record before the permit is made.
        await run.note({ kind: 'kept', snapshot });
        executed = await execute(run, released);
      } catch (error) {
        await snapshots.unneeded(snapshot.id);
        throw error;
      }
      const outcome = executed.kind === 'over' ? executed.outcome.kind : 'refused';
      // A command that fails may have done half of it.
      if (outcome === 'executed') await snapshots.done(snapshot.id);
      else if (outcome === 'unknown') await snapshots.uncertain(snapshot.id);
      else await snapshots.unneeded(snapshot.id);
      if (outcome !== 'refused') {
        const { id } = run.submission.session;
        atWork.set(id, [...(atWork.get(id) ?? []), { snapshot: snapshot.id, at: clock.now() }]);
      }
      return executed;
    },

    goesOn(session) {
      const now = clock.now();
      const all = atWork.get(session) ?? [];
      const over = all.filter(({ at }) => at + TOGETHER_MS <= now);
      if (over.length === 0) return;
      for (const { snapshot } of over) local.over?.(snapshot, now);
      const rest = all.filter((one) => !over.includes(one));
      if (rest.length === 0) atWork.delete(session);
      else atWork.set(session, rest);
    },
  };
}

/** What people are told about a hold: whether all of it, and not only what is copied, can be undone. */
export function undoableWhole(copied: Undoable, effects: readonly Effect[]): Undoable {
  if (copied.answer !== 'yes') return copied;
  const besides = effects.filter(
    (effect) => effect.verb !== 'read' && effect.reversible !== 'yes' && !isCopied(effect),
  );
  return besides.length === 0 ? copied : { answer: 'partly', because: besides.map(notCopied) };
}

function isCopied({ reversible, environments }: Effect): boolean {
  return (
    reversible === 'snapshot' && environments.length > 0 && environments.every((name) => name === LOCAL_ENVIRONMENT)
  );
}

function notCopied({ explain }: Effect): string {
  return `no copy is kept of what this is about: it ${explain}`;
}

function summaryOf(effects: readonly Effect[]): string {
  return effects
    .filter(({ verb }) => verb !== 'read')
    .map(({ explain }) => explain)
    .join('; ');
}

/** Where it happens, for people. */
function folderOf({ submission: { action } }: Run, losses: readonly LocalLoss[]): string {
  const [first] = losses;
  if (action.kind === 'shell' && action.cwd !== undefined) return action.cwd;
  return first === undefined ? 'this machine' : first.kind === 'git' ? first.folder : first.path;
}
