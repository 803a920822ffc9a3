import type { Action } from '#action/action';
import type { SqlCourse } from '#action/course';
import type { Effect } from '#action/effect';
import type { Measurement } from '#action/measurement';
import type { ActionOrigin } from '#action/origin';
import type { Permit } from '#action/permit';
import type { Answer, Question } from '#action/question';
import type { Session } from '#action/session';
import type { SnapshotDraft, Undoable } from '#action/snapshot';

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
  /** Where in an agent's run it came from, when its door can tell: for the record. */
  readonly origin?: ActionOrigin | undefined;
  /**
   * Nothing of it lasts before a later action of the same session, which will be submitted with all of it: a statement
   * inside a transaction block, whose COMMIT is judged as a whole.
   */
  readonly deferred?: boolean | undefined;
  readonly door: Handling;
}

/** What a door can do for the action that it submits. The pipeline decides when; the door knows how. */
export interface Handling {
  /** Aborts when the client is gone: nothing runs then, and a hold ends unless the same action comes again soon. */
  readonly signal: AbortSignal;
  /**
   * Its client is told to send the same again once a person has approved it, so a hold that it left can be found until it
   * expires, however long people take.
   */
  readonly comesBack?: boolean | undefined;
  /** Answers what only the door's own connection can know. */
  answer?(question: Question): Promise<Answer | undefined>;
  /** Called once when the action is held, so that the agent can be told at once. Must not throw. */
  held?(notice: HoldNotice): void;
  /**
   * Runs the action so that nothing of it lasts, and counts what it did. Absent: the door cannot. A throw means that
   * nothing lasts and that nobody knows what it would do.
   *
   * @param samples whether a few of the changed rows are wanted, for people to see.
   */
  tryOut?(course: SqlCourse, samples: boolean): Promise<Trial>;
  /**
   * Runs the action; after a `measured` trial that was not abandoned, makes it last. Must call `permit.redeem` with what it is
   * about to send, before anything that lasts. A throw means that the outcome is unknown.
   */
  execute(permit: Permit, terms: ExecutionTerms): Promise<Execution>;
}

export type Trial =
  | {
      readonly kind: 'measured';
      readonly measurement: Measurement;
      readonly undoable: Undoable;
      /** Takes everything back, locks included. Without it, `execute` makes this very run last. */
      abandon(): Promise<void>;
    }
  /** The server refused it, and that is its answer: nothing was changed. */
  | { readonly kind: 'failed'; readonly execution: Execution }
  /** Only after people have approved it: it needs a credential that is not taken before. It is measured and kept then. */
  | {
      readonly kind: 'later';
      readonly reason: string;
      /** How many rows tables hold that it names, by the names that it gives them; those that could be counted. */
      readonly rows: ReadonlyMap<string, number>;
    }
  | { readonly kind: 'impossible'; readonly reason: string };

/** How an action may run. */
export interface ExecutionTerms {
  readonly course?: SqlCourse | undefined;
  /** What people, or policy, agreed to. Beyond it nothing may last. Undefined: nobody was asked about amounts. */
  readonly agreed?: Agreed | undefined;
  /** Where what is about to change must be kept first. INVARIANT: no sealed snapshot, no change that lasts. */
  readonly draft?: SnapshotDraft | undefined;
}

export interface Agreed {
  /** Undefined for what could not be measured before it was approved. */
  readonly measurement: Measurement | undefined;
  readonly undoable: Undoable;
}

export interface HoldNotice {
  readonly holdId: string;
  /** Why, in one sentence. */
  readonly reason: string;
  readonly effects: readonly Effect[];
  /** What to tell the agent: where people decide. */
  readonly approveAt: string;
  readonly expiresAt: number;
  /** For so long, in milliseconds, the same action of the same session finds the hold again when its client has gone. */
  readonly retryWithin: number;
  /** It was found again, and people have approved it meanwhile: nobody is waited for. */
  readonly approved?: boolean | undefined;
}

/** What happened when it ran, as far as the record needs it. */
export interface Execution {
  /** True when the upstream accepted it. An upstream's refusal (an SQL error, a 4xx) is an execution too. */
  readonly ok: boolean;
  /** The upstream's own word: a command tag, a status line, an error code. One line. */
  readonly summary: string;
  /** It only tried to read, and that was not enough for the server: nothing was changed, and nothing told to the agent. */
  readonly escalate?: string | undefined;
  /** It would have gone beyond what was agreed to: nothing of it lasts. */
  readonly exceeded?:
    | { readonly why: string; readonly measurement: Measurement; readonly undoable: Undoable }
    | undefined;
  /** What it would have changed could not be kept, and why: nothing of it lasts. */
  readonly notKept?: string | undefined;
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
