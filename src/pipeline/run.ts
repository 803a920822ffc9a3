/** What the steps of one submission share. */
import type { Effect } from '#action/effect';
import type { ActionEvent } from '#action/record-event';
import type { Refusal, Submission } from '#action/submission';
import type { Verdict } from '#action/verdict';
import type { Understanding } from './understand.js';

type Untimed<E> = E extends unknown ? Omit<E, 'time' | 'actionId' | 'session'> : never;

/** Writes one event of this action to the record; resolves when it is durable. `soon`: nothing waits for that. */
export type Note = (event: Untimed<ActionEvent>, when?: 'now' | 'soon') => Promise<number>;

export interface Run {
  readonly actionId: string;
  readonly submission: Submission;
  readonly note: Note;
}

/** The questions that every step may ask about effects. */
export interface Judgement {
  judge(submission: Submission, effects: readonly Effect[]): Verdict;
  /** Why it may not even wait for people. */
  denial(submission: Submission, effects: readonly Effect[], verdict: Verdict): Refusal | undefined;
  overLimit(submission: Submission, effects: readonly Effect[]): Refusal | undefined;
  /** Analysis and resolution, done anew. */
  understand(submission: Submission, fresh: boolean): Promise<Understanding>;
  /** True when it touches a protected environment, or one that nobody could tell. */
  guards(submission: Submission): boolean;
}
