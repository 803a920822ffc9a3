import type { Approval, Hold, HoldState } from '#action/hold';
import type { Secret } from '#base/secret';

/** What the life of holds needs kept. Every method is durable when it resolves. */
export interface HoldStorage {
  /** Keeps a new hold and gives it the next number. */
  insert(hold: Omit<Hold, 'id'>): Promise<Hold>;
  get(id: string): Promise<Hold | undefined>;
  /** Newest first. */
  list(filter: { readonly states?: readonly HoldState[]; readonly limit: number }): Promise<readonly Hold[]>;
  /** Adds one person's approval; false when that person's is there already. */
  addApproval(id: string, approval: Approval): Promise<boolean>;
  /**
   * Compare and set: moves the hold on only when it is in one of `from`.
   *
   * @returns false when it was not, and then nothing changed.
   */
  move(id: string, from: readonly HoldState[], to: HoldState, ended?: HoldEnding): Promise<boolean>;
}

export interface HoldEnding {
  readonly at: number;
  readonly by: string;
  readonly reason: string;
}

/** What the approvers' factors need kept. Every method is durable when it resolves. */
export interface FactorStorage {
  approvers(): Promise<readonly string[]>;
  get(approver: string): Promise<FactorState | undefined>;
  /**
   * Adds an approver whose code of the time step `counter` is spent already.
   *
   * @returns false when the approver exists already.
   */
  enrol(approver: string, counter: number): Promise<boolean>;
  /** Compare and set: remembers the counter of a code that was accepted; false when that counter or a later one was used. */
  spendCounter(approver: string, counter: number): Promise<boolean>;
  setFailures(approver: string, failures: number, lockedUntil: number): Promise<void>;
}

export interface FactorState {
  /** The time step (RFC 6238) of the last accepted code; -1 when none was. */
  readonly lastCounter: number;
  readonly failures: number;
  /** Milliseconds since the Unix epoch; 0 when not locked. */
  readonly lockedUntil: number;
}

/** Where the shared secrets of one-time passwords live: the vault. */
export interface FactorSecrets {
  /** The base-32 secret; undefined when there is none. */
  totpSecret(approver: string): Promise<Secret<string> | undefined>;
  keepTotpSecret(approver: string, secret: Secret<string>): Promise<void>;
}
