/**
 * What people can ask of Firebreak: the one interface behind the command line, the approval page and the control socket.
 * Plain data in and out. Every method may throw a FirebreakError; `code` and `hint` travel with it.
 */
import type { Tier } from '#action/environment';
import type { HoldView } from '#action/hold-view';
import type { Session, SessionMode } from '#action/session';
import type { SnapshotView } from '#action/snapshot-view';
import type { UndoCheck, UndoOutcome, UndoSide } from '#action/undo';

export interface Operations {
  status(): Promise<Status>;

  /** Newest first; those that people can still decide unless `all`. */
  holds(options: { readonly all: boolean }): Promise<readonly HoldView[]>;
  /** @throws ApproveError `HOLD_UNKNOWN` */
  hold(id: string): Promise<HoldView>;
  /** `digest` is the one that the person was shown. */
  approve(
    id: string,
    approval: { readonly approver: string; readonly code: string; readonly digest: string },
  ): Promise<HoldView>;
  reject(id: string, rejection: { readonly by: string; readonly reason: string }): Promise<HoldView>;
  approvers(): Promise<readonly string[]>;
  /** Checks and spends a code, for signing in to the page. */
  signIn(approver: string, code: string): Promise<void>;

  freezes(): Promise<readonly FreezeView[]>;
  freeze(request: {
    readonly environment: string;
    readonly until?: number | undefined;
    readonly reason: string;
    readonly by: string;
  }): Promise<FreezeView>;
  /**
   * Asks for a freeze to be lifted: it is held like any dangerous act, and done when people have approved it. No hold:
   * the policies in force allowed it at once.
   */
  unfreeze(request: {
    readonly environment: string;
    readonly reason: string;
  }): Promise<{ readonly holdId: string | undefined }>;

  /** What was kept before acts, newest first; every file that can be undone from is looked at now. */
  snapshots(): Promise<readonly SnapshotView[]>;
  /**
   * What an undo would do and where it would meet later changes. Changes nothing.
   *
   * @throws ProtectError
   */
  checkUndo(id: string): Promise<UndoPreview>;
  /**
   * Undoes an act, in one transaction. On a conflict without a side it changes nothing.
   *
   * @throws ProtectError, ApproveError
   */
  undo(id: string, request: UndoRequest): Promise<UndoReport>;

  /** Opens a session and issues its placeholders. */
  openSession(request: SessionRequest): Promise<OpenedSession>;
  closeSession(id: string): Promise<void>;

  secrets(): Promise<readonly SecretView[]>;
  /** Keeps a credential; issues standing placeholders for the resources that use it and shows them this once. */
  addSecret(request: SecretRequest): Promise<readonly IssuedPlaceholder[]>;
  /** Replaces the credential; placeholders stay as they are. */
  rotateSecret(request: SecretRequest): Promise<void>;
  /** Forgets the credential and revokes every placeholder of the resources that use it. */
  revokeSecret(name: string): Promise<{ readonly placeholders: number }>;
}

export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly stateFolder: string;
  readonly addresses: Addresses;
  readonly environments: readonly {
    readonly name: string;
    readonly protected: boolean;
    readonly frozen?: string | undefined;
  }[];
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly environments: readonly string[];
    readonly ready: boolean;
  }[];
  readonly waitingHolds: number;
  readonly openSessions: number;
  readonly logSize: number;
  readonly approvers: readonly string[];
  readonly policyVersion: string;
  /** What a person should know, most important first. */
  readonly warnings: readonly string[];
}

/** Where the daemon listens, as `host:port`. */
export interface Addresses {
  readonly human: string;
  readonly postgres?: string | undefined;
  readonly http?: string | undefined;
  readonly hooks?: string | undefined;
}

export interface UndoPreview {
  readonly snapshot: SnapshotView;
  readonly check: UndoCheck;
  /** How many people must agree, as for an approval. */
  readonly approversNeeded: number;
}

export interface UndoRequest {
  /** Whoever agrees, with a one-time code each. */
  readonly approvals: readonly { readonly approver: string; readonly code: string }[];
  /** Who wins where a row was changed since the act. */
  readonly side?: UndoSide | undefined;
}

export interface UndoReport {
  readonly snapshot: SnapshotView;
  readonly outcome: UndoOutcome;
}

export interface FreezeView {
  readonly environment: string;
  readonly from: number;
  readonly until?: number | undefined;
  readonly reason: string;
  readonly by: string;
  readonly inForce: boolean;
}

export interface SessionRequest {
  readonly agent: string;
  readonly intent: string;
  readonly environments: readonly string[];
  readonly mode: SessionMode;
  /** The tier that the launcher has achieved. */
  readonly tier: Tier;
}

export interface OpenedSession {
  readonly session: Session;
  /** The session's own HTTPS door: a Unix socket (contained) or `host:port`. */
  readonly httpDoor: { readonly socket?: string | undefined; readonly address?: string | undefined } | undefined;
  readonly postgresDoor: { readonly socket?: string | undefined; readonly address?: string | undefined } | undefined;
  /**
   * Where the agent's hooks reach Firebreak: `address` is the `host:port` that stands in their settings, and in a contained
   * session leads to `socket`.
   */
  readonly hookDoor?: { readonly socket?: string | undefined; readonly address?: string | undefined } | undefined;
  /** PEM of the certificate authority whose leaves the HTTPS door shows in this session. */
  readonly caPem: string;
  readonly placeholders: readonly IssuedPlaceholder[];
  /** Environments whose placeholders were not issued, and why. */
  readonly refused: readonly { readonly environment: string; readonly reason: string }[];
  /** Files and folders of the daemon's that no agent may see: its state, its key. */
  readonly hidden: readonly string[];
}

export interface IssuedPlaceholder {
  readonly resource: string;
  readonly kind: 'postgres' | 'http';
  readonly environment: string;
  /** The placeholder itself: shown once. */
  readonly text: string;
  /** For `postgres`: how to connect through the door. */
  readonly database?: string | undefined;
  /** Environment variables in which the agent expects it; undefined: the launcher chooses. */
  readonly variables?: readonly string[] | undefined;
}

export interface SecretView {
  readonly name: string;
  readonly user?: string | undefined;
  readonly addedAt: number;
  readonly rotatedAt?: number | undefined;
  /** Resources that use it. */
  readonly usedBy: readonly string[];
}

export interface SecretRequest {
  readonly name: string;
  readonly user?: string | undefined;
  readonly secret: string;
}
