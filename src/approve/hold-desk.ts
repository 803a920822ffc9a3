/**
 * Where holds wait for people. Keeps them, takes approvals and rejections, lets them expire, and wakes whoever waits.
 * Nothing here executes anything: an approval is only spent by `release`, which the pipeline calls.
 */
import { digestOf } from '#action/canonical';
import type { ApprovalSubject, Hold, HoldState } from '#action/hold';
import type { Recorder } from '#action/record-event';
import type { Session } from '#action/session';
import type { Verdict } from '#action/verdict';
import type { Clock } from '#base/clock';
import { Decisions } from './decisions.js';
import { ApproveError } from './errors.js';
import { isOpen, transition } from './hold-states.js';
import { LeftHolds } from './left-holds.js';
import type { HoldStorage } from './storage.js';
import type { Factors } from './totp.js';

export interface HoldRequest {
  readonly actionId: string;
  readonly session: Session;
  readonly subject: ApprovalSubject;
  readonly verdict: Verdict;
  readonly approversNeeded: number;
}

export interface HoldDesk {
  /** Keeps and records a new hold. It is on the record before anybody can approve it. */
  open(request: HoldRequest): Promise<Hold>;
  /** Resolves when the hold is approved by enough people or has ended. */
  decided(id: string): Promise<Hold>;
  get(id: string): Promise<Hold | undefined>;
  /** Newest first; those that people can still decide unless `all`. */
  list(options?: { readonly all?: boolean }): Promise<readonly Hold[]>;
  /**
   * One person's consent. `digest` is the digest that the person was shown.
   *
   * @throws ApproveError `HOLD_UNKNOWN`, `HOLD_ENDED`, `DIGEST_MISMATCH`, `ALREADY_APPROVED` and those of the factor
   */
  approve(id: string, approver: string, code: string, digest: string): Promise<Hold>;
  /** @throws ApproveError `HOLD_UNKNOWN`, `HOLD_ENDED` */
  reject(id: string, by: string, reason: string): Promise<Hold>;
  /** Ends it for want of anybody who waits. Does nothing when it has ended already. */
  withdraw(id: string, reason: string): Promise<void>;
  /**
   * The client is gone. Until `retryWithin` is over `attach` finds the hold again, and people can decide on it; then it is
   * withdrawn; `comesBack`: until it expires. INVARIANT: it is released only to somebody who waits for it.
   */
  leave(id: string, comesBack?: boolean): Promise<void>;
  /** A hold that was left and asks people the same; it waits for this request from now on. */
  attach(request: HoldRequest): Promise<Hold | undefined>;
  /** Spends the approval. False when the hold is not approved, not in time, or was released before. */
  release(id: string): Promise<boolean>;
  /** Ends what is past its time. Called by a timer and before every use. */
  expireOverdue(): Promise<void>;
  /**
   * Whoever waited is gone, at a stop or after a restart: what was open is withdrawn, or left when its session goes on;
   * `comes-back`: found until it expires.
   */
  withdrawAll(reason: string, goesOn?: (session: Session) => boolean | 'comes-back'): Promise<void>;
}

export interface HoldDeskOptions {
  readonly storage: HoldStorage;
  readonly factors: Factors;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** For how long a hold that was left can be found again, in milliseconds; 0 or absent: not at all. */
  readonly retryWithin?: number;
  /** Called after every change, for pages that refresh themselves. */
  readonly changed?: (hold: Hold) => void;
}

export function createHoldDesk(options: HoldDeskOptions): HoldDesk {
  const { storage, factors, recorder, clock, changed, retryWithin = 0 } = options;
  const left = new LeftHolds();
  const decisions = new Decisions();

  // One approval at a time, so that the record says truly which one was enough.
  let approvals: Promise<unknown> = Promise.resolve();
  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const done = approvals.then(work);
    approvals = done.catch(() => undefined); // The caller of `done` sees the error; the queue only needs to go on.
    return done;
  };

  async function known(id: string): Promise<Hold> {
    const hold = await storage.get(id.toUpperCase());
    if (hold === undefined) {
      throw new ApproveError('HOLD_UNKNOWN', `there is no hold \`${id}\``, {
        hint: '`firebreak holds` lists those that wait',
      });
    }
    return hold;
  }

  async function stillWaiting(id: string): Promise<Hold> {
    await expireOverdue();
    const hold = await known(id);
    if (hold.state !== 'waiting') {
      const why = hold.endReason ? ` (${hold.endReason})` : '';
      throw new ApproveError('HOLD_ENDED', `${hold.id} is ${hold.state} already${why}`, {
        hint:
          hold.state === 'approved' || hold.state === 'released' ? 'nothing more to do' : 'the agent has to ask again',
      });
    }
    return hold;
  }

  async function announce(id: string): Promise<Hold> {
    const hold = await known(id);
    changed?.(hold);
    if (hold.state !== 'waiting') decisions.made(hold);
    return hold;
  }

  async function end(id: string, how: 'reject' | 'expire' | 'withdraw', by: string, reason: string): Promise<boolean> {
    const { from, to } = transition(how);
    const time = clock.now();
    if (!(await storage.move(id, from, to, { at: time, by, reason }))) return false;
    left.forget(id);
    // Already ended in the storage: whatever happens to the record, this hold never runs.
    try {
      await recorder.append({ kind: 'ended', holdId: id, state: endState(to), by, reason, time });
    } finally {
      await announce(id);
    }
    return true;
  }

  async function approve(id: string, approver: string, code: string, digest: string): Promise<Hold> {
    const hold = await stillWaiting(id);
    // FAIL-CLOSED: consent to another digest than the hold's is no consent.
    if (digest !== hold.digest) {
      throw new ApproveError('DIGEST_MISMATCH', `what you were shown is not what ${hold.id} would run`, {
        hint: 'reload the page, read it again',
      });
    }
    // FAIL-CLOSED: what the storage shows of a hold must be what its digest was made of; people read the one and consent to the other.
    if (digestOf(hold.subject) !== hold.digest) {
      throw new ApproveError('DIGEST_MISMATCH', `what is kept of ${hold.id} is not what was held`, {
        hint: 'reject it; somebody may have changed the state folder',
      });
    }
    if (hold.approvals.some((approval) => approval.approver === approver)) {
      throw new ApproveError('ALREADY_APPROVED', `\`${approver}\` has approved ${hold.id} already`, {
        hint: `it needs ${hold.approversNeeded} different people`,
      });
    }
    await factors.check(approver, code);
    // Checking took a while: the hold may have ended meanwhile, and then there is nothing to consent to.
    await stillWaiting(id);
    const time = clock.now();
    const enough = hold.approvals.length + 1 >= hold.approversNeeded;
    // INVARIANT: an approval counts only when it is on the record.
    await recorder.append({ kind: 'approved', holdId: hold.id, approver, factor: 'totp', digest, enough, time });
    await storage.addApproval(hold.id, { approver, factor: 'totp', digest, at: time });
    if (enough) {
      const { from, to } = transition('approve');
      await storage.move(hold.id, from, to);
    }
    return announce(hold.id);
  }

  async function withdrawLeft(): Promise<void> {
    for (const id of left.takeOverdue(clock.now())) {
      await end(id, 'withdraw', 'firebreak', 'the agent went away and did not send it again');
    }
  }

  async function expireOverdue(): Promise<void> {
    await withdrawLeft();
    for (const hold of await storage.list({ states: ['waiting', 'approved'], limit: 10_000 })) {
      if (hold.expiresAt <= clock.now()) await end(hold.id, 'expire', 'firebreak', 'nobody decided in time');
    }
  }

  async function leave(hold: Hold, reason: string, comesBack = false): Promise<void> {
    const until = comesBack ? Number.POSITIVE_INFINITY : clock.now() + retryWithin; // It expires all the same.
    if (until > clock.now() && isOpen(hold.state)) left.leave(hold.id, hold.subject, until);
    else await end(hold.id, 'withdraw', 'firebreak', reason);
  }

  return {
    async open({ actionId, session, subject, verdict, approversNeeded }) {
      const digest = digestOf(subject);
      const hold = await storage.insert({
        state: 'waiting',
        action: subject.action,
        session,
        effects: subject.effects,
        verdict,
        digest,
        subject,
        createdAt: clock.now(),
        expiresAt: subject.expiresAt,
        approversNeeded,
        approvals: [],
      });
      decisions.expect(hold.id);
      try {
        await recorder.append({
          kind: 'held',
          holdId: hold.id,
          actionId,
          session,
          digest,
          expiresAt: hold.expiresAt,
          approversNeeded,
          time: hold.createdAt,
        });
      } catch (error) {
        // FAIL-CLOSED: a hold that cannot be recorded is withdrawn, so nobody can approve it.
        decisions.forget(hold.id);
        await storage.move(hold.id, ['waiting'], 'withdrawn', {
          at: clock.now(),
          by: 'firebreak',
          reason: 'it could not be recorded',
        });
        throw error;
      }
      changed?.(hold);
      return hold;
    },

    async decided(id) {
      return (await decisions.of(id)) ?? known(id);
    },

    get: (id) => storage.get(id.toUpperCase()),

    async list({ all = false } = {}) {
      await expireOverdue();
      return storage.list({ ...(all ? {} : { states: ['waiting', 'approved'] as const }), limit: 500 });
    },

    approve: (id, approver, code, digest) => oneAtATime(() => approve(id, approver, code, digest)),

    async reject(id, by, reason) {
      const hold = await known(id);
      if (!isOpen(hold.state) || !(await end(hold.id, 'reject', by, reason))) await stillWaiting(id);
      return known(hold.id);
    },

    async withdraw(id, reason) {
      await end((await known(id)).id, 'withdraw', 'firebreak', reason);
    },

    async leave(id, comesBack) {
      await leave(await known(id), 'the agent closed its connection', comesBack);
    },

    async attach({ actionId, session, subject }) {
      // Not all that waits is looked at: this comes before every new hold.
      await withdrawLeft();
      const id = left.find(subject);
      if (id === undefined) return undefined;
      const hold = await known(id);
      if (hold.expiresAt <= clock.now()) await end(id, 'expire', 'firebreak', 'nobody decided in time');
      if (!isOpen((await known(id)).state)) return undefined;
      try {
        // FAIL-CLOSED: a hold whose storage does not show what its digest was made of is not found again.
        if (digestOf(hold.subject) !== hold.digest) throw new TypeError(`what is kept of ${id} is not what was held`);
        await recorder.append({ kind: 'attached', holdId: id, actionId, session, time: clock.now() });
      } catch (error) {
        await end(id, 'withdraw', 'firebreak', 'nobody could attach to it').catch(() => undefined); // The first error counts.
        throw error;
      }
      if (hold.state === 'waiting') decisions.expect(id);
      return known(id);
    },

    async release(id) {
      const hold = await known(id);
      // FAIL-CLOSED: an approval is worth nothing after its expiry.
      if (hold.expiresAt <= clock.now()) {
        await end(hold.id, 'expire', 'firebreak', 'the approval came too late');
        return false;
      }
      const { from, to } = transition('release');
      const released = await storage.move(hold.id, from, to);
      if (released) await announce(hold.id);
      return released;
    },

    expireOverdue,

    async withdrawAll(reason, goesOn = () => false) {
      for (const hold of await storage.list({ states: ['waiting', 'approved'], limit: 10_000 })) {
        const on = goesOn(hold.session);
        if (on !== false) await leave(hold, reason, on === 'comes-back');
        else await end(hold.id, 'withdraw', 'firebreak', reason);
      }
    },
  };
}

function endState(state: HoldState): 'rejected' | 'expired' | 'withdrawn' {
  if (state === 'rejected' || state === 'expired' || state === 'withdrawn') return state;
  throw new TypeError(`\`${state}\` does not end a hold`);
}
