import type { Action } from '#action/action';
import type { Effect } from '#action/effect';
import type { Measurement } from '#action/measurement';
import type { Session } from '#action/session';
import type { Verdict } from '#action/verdict';

/** An action that waits for people. The transitions are in `approve/hold-states.ts`. */
export interface Hold {
  /** `H-` and a number that counts up, so that a person can say it aloud. */
  readonly id: string;
  readonly state: HoldState;
  readonly action: Action;
  readonly session: Session;
  readonly effects: readonly Effect[];
  readonly verdict: Verdict;
  /** What an approval consents to: see `ApprovalSubject`. */
  readonly digest: string;
  readonly subject: ApprovalSubject;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** How many distinct people must approve. */
  readonly approversNeeded: number;
  readonly approvals: readonly Approval[];
  readonly endedAt?: number | undefined;
  /** Who or what ended it, and why, in words. */
  readonly endedBy?: string | undefined;
  readonly endReason?: string | undefined;
}

/**
 * `waiting`: not enough people have approved. `approved`: enough have; it may run once. `released`: it was handed to its
 * door and the approval is spent. `rejected`, `expired`, `withdrawn`: it will never run.
 */
export type HoldState = 'waiting' | 'approved' | 'released' | 'rejected' | 'expired' | 'withdrawn';

/**
 * What is hashed (SHA-256 over the canonical form) into the digest that people consent to. Change any of it and the
 * approval does not fit.
 */
export interface ApprovalSubject {
  readonly action: Action;
  readonly effects: readonly Effect[];
  readonly session: string;
  /** Identifies the exact policies in force. */
  readonly policyVersion: string;
  /** What will be kept to undo it, and whether that is enough, in words; null when nothing will be kept. */
  readonly snapshot: string | null;
  /** What it really did when it was tried out; absent when it was not. More than that will not last. */
  readonly measured?: Measurement | undefined;
  readonly nonce: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** One person's consent to one digest. */
export interface Approval {
  readonly approver: string;
  readonly factor: 'totp';
  readonly digest: string;
  readonly at: number;
}
