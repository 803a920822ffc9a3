import type { Action } from '#action/action';
import type { Effect } from '#action/effect';
import type { Measurement } from '#action/measurement';
import type { ActionOrigin, Subagent } from '#action/origin';
import type { Session } from '#action/session';
import type { SealedSnapshot, Undoable } from '#action/snapshot';
import type { Execution, RefusalCode } from '#action/submission';
import type { Verdict } from '#action/verdict';

/**
 * What is written to the log: one event per step. `record/` turns it into an OCSF entry; large bytes are cut there and
 * named by their digest.
 */
export type RecordEvent = ActionEvent | HoldEvent | AgentEvent | AdministrativeEvent;

interface Timed {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

export type ActionEvent = Timed & {
  readonly actionId: string;
  readonly session: Session;
} & (
    | {
        /** Policy has spoken. Durable before anything runs or waits. */
        readonly kind: 'decided';
        readonly action: Action;
        readonly effects: readonly Effect[];
        readonly verdict: Verdict;
        /** Which call of which run of an agent, when the agent's own hooks tell. */
        readonly origin?: ActionOrigin | undefined;
      }
    | {
        /** It was run so that nothing of it lasted, and policy has spoken on what it really did. */
        readonly kind: 'measured';
        readonly measurement: Measurement;
        readonly undoable: Undoable;
        readonly effects: readonly Effect[];
        readonly verdict: Verdict;
      }
    | {
        /** What it changed was kept before it was made to last. */
        readonly kind: 'kept';
        readonly snapshot: SealedSnapshot;
      }
    | {
        /** A permit was minted. Durable before the door may send a byte of a held action. */
        readonly kind: 'released';
        readonly actionDigest: string;
        readonly holdId?: string | undefined;
      }
    | { readonly kind: 'completed'; readonly execution: Execution }
    | {
        readonly kind: 'refused';
        readonly code: RefusalCode;
        readonly reason: string;
        readonly holdId?: string | undefined;
      }
    | { readonly kind: 'outcome-unknown'; readonly reason: string }
  );

export type HoldEvent = Timed & { readonly holdId: string } & (
    | {
        readonly kind: 'held';
        readonly actionId: string;
        readonly session: Session;
        readonly digest: string;
        readonly expiresAt: number;
        readonly approversNeeded: number;
      }
    | {
        /** Its client had gone, and the same action of the same session came again: this one waits for it now. */
        readonly kind: 'attached';
        readonly actionId: string;
        readonly session: Session;
      }
    | {
        readonly kind: 'approved';
        readonly approver: string;
        readonly factor: string;
        readonly digest: string;
        readonly enough: boolean;
      }
    | {
        readonly kind: 'ended';
        readonly state: 'rejected' | 'expired' | 'withdrawn';
        readonly by: string;
        readonly reason: string;
      }
  );

/** What an agent's hooks tell of its run. It is the agent's word: nothing here was seen by Firebreak itself. */
export type AgentEvent = Timed & {
  readonly session: Session;
  /** The agent's own id of its run. */
  readonly agentRun: string;
} & (
    | {
        /** A person's words to the agent. */
        readonly kind: 'instructed';
        readonly text: string;
      }
    | {
        /** A tool has answered. */
        readonly kind: 'output';
        /** The agent's own id of the call; empty when it gives none. */
        readonly callId: string;
        /** The action that the call was; undefined when nobody remembers. */
        readonly actionId?: string | undefined;
        readonly subagent?: Subagent | undefined;
        readonly tool: string;
        /** In an entry, cut to its beginning when it is long. */
        readonly output: string;
        /** Of the whole output: its length in UTF-8, and its digest. */
        readonly bytes: number;
        readonly digest: string;
        readonly exitStatus?: number | undefined;
      }
  );

/** What people and the daemon itself do. `subject` and `detail` never hold a secret. */
export type AdministrativeEvent = Timed & {
  readonly kind: 'administered';
  readonly act: AdministrativeAct;
  /** Who: an approver's name, `operator` for the terminal, `firebreak` for the daemon. */
  readonly by: string;
  /** What it was done to: a secret's name, an environment, an approver. */
  readonly subject: string;
  readonly detail?: string | undefined;
  /** False when it was refused (a wrong code, say). */
  readonly ok: boolean;
};

export type AdministrativeAct =
  | 'daemon-started'
  | 'daemon-stopped'
  | 'session-opened'
  | 'session-closed'
  | 'freeze'
  | 'unfreeze'
  | 'secret-added'
  | 'secret-rotated'
  | 'secret-revoked'
  | 'placeholder-issued'
  | 'placeholder-revoked'
  | 'placeholder-refused'
  | 'approver-enrolled'
  | 'factor-checked'
  | 'signed-in'
  | 'tunnel-opened'
  | 'connection-refused'
  | 'undo'
  | 'snapshot-expired';

/** The log, as the steps that write to it see it. */
export interface Recorder {
  /**
   * Appends one entry. Resolves with its index when it is durable (on disk, covered by a signed checkpoint).
   *
   * @throws FirebreakError `LOG_UNWRITABLE` when it is not; every later append then throws too. FAIL-CLOSED: whoever asked
   * must not go on.
   *
   * @param when `soon`: nothing waits for it, so it is written with the next entry for which something does, or within
   * `SOON_MS`, whichever comes first. Its place among the entries is that of the call all the same.
   */
  append(event: RecordEvent, when?: 'now' | 'soon'): Promise<number>;
}

/** The longest that an entry for which nothing waits stays in memory, in milliseconds. */
export const SOON_MS = 100;
