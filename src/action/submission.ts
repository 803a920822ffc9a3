import type { Action } from '#action/action';
import type { Effect } from '#action/effect';
import type { Permit } from '#action/permit';
import type { Answer, Question } from '#action/question';
import type { Session } from '#action/session';

/**
 * The only thing a door can do with an action. It never throws: every way in which an action does not run is an
 * `Outcome`.
 */
export type Submit = (submission: Submission) => Promise<Outcome>;

export interface Submission {
  readonly action: Action;
  readonly session: Session;
  /** The environments of the resource that the door guards, from the configuration; empty when none is declared. */
  readonly environments: readonly string[];
  readonly door: Handling;
}

/** What a door can do for the action that it submits. The pipeline decides when; the door knows how. */
export interface Handling {
  /** Aborts when the client is gone: a hold is then withdrawn and nothing runs. */
  readonly signal: AbortSignal;
  /** Answers what only the door's own connection can know. */
  answer?(question: Question): Promise<Answer | undefined>;
  /** Called once when the action is held, so that the agent can be told at once. Must not throw. */
  held?(notice: HoldNotice): void;
  /**
   * Runs the action. Must call `permit.redeem` with what it is about to send, before it sends anything.
   * A throw means that the outcome is unknown.
   */
  execute(permit: Permit): Promise<Execution>;
}

export interface HoldNotice {
  readonly holdId: string;
  /** Why, in one sentence. */
  readonly reason: string;
  readonly effects: readonly Effect[];
  /** What to tell the agent: where people decide. */
  readonly approveAt: string;
  readonly expiresAt: number;
}

/** What happened when it ran, as far as the record needs it. */
export interface Execution {
  /** True when the upstream accepted it. An upstream's refusal (an SQL error, a 4xx) is an execution too. */
  readonly ok: boolean;
  /** The upstream's own word: a command tag, a status line, an error code. One line. */
  readonly summary: string;
}

export type Outcome =
  | { readonly kind: 'executed'; readonly actionId: string; readonly execution: Execution }
  | { readonly kind: 'refused'; readonly actionId: string; readonly refusal: Refusal }
  /** It was released, and then the door threw: nobody knows how much of it ran. */
  | { readonly kind: 'unknown'; readonly actionId: string; readonly reason: string };

export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence for the agent. */
  readonly reason: string;
  /** What the agent should do next: one sentence. */
  readonly hint: string;
  readonly holdId?: string | undefined;
}

/**
 * Why it did not run. `denied`: policy. `frozen`: a freeze. `limit`: a hard limit. `rejected`, `expired`, `withdrawn`: how
 * its hold ended. `changed`: what was approved is no longer what would run. `planned`: the session only plans.
 * `unrecorded`: the record could not be written. `error`: Firebreak could not decide.
 */
export type RefusalCode =
  | 'denied'
  | 'frozen'
  | 'limit'
  | 'rejected'
  | 'expired'
  | 'withdrawn'
  | 'changed'
  | 'planned'
  | 'unrecorded'
  | 'error';
