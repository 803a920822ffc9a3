import type { AgentEvent } from '#action/record-event';
import type { Session } from '#action/session';
import type { Submit } from '#action/submission';
import type { AgentName, AgentRun, Dialect } from './dialect.js';

export interface HookDoorOptions {
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly submit: Submit;
  readonly sessions: HookSessions;
  /** Puts what a hook told on the record; nothing waits for it. Must not throw. */
  readonly record: (event: Untimed<AgentEvent>) => void;
  /** What went wrong although it should not: for the daemon's own log. */
  readonly onDefect: (text: string) => void;
  /**
   * The users, by number, who may call over the network; undefined: everyone who can connect. Where the system cannot tell
   * who calls (anywhere but on Linux), everyone is let in.
   */
  readonly users?: ReadonlySet<number> | undefined;
  readonly limits?: Partial<HookLimits>;
}

type Untimed<E> = E extends unknown ? Omit<E, 'time'> : never;

export interface HookLimits {
  /** The longest body, in bytes. What is longer is denied. */
  readonly bodyBytes: number;
  /** How long a request may take to arrive, in milliseconds. */
  readonly readMilliseconds: number;
  /** An upper bound for a dialect's patience, in milliseconds: for tests. */
  readonly patienceMilliseconds: number;
}

export const DEFAULT_LIMITS: HookLimits = {
  bodyBytes: 1_048_576,
  readMilliseconds: 5_000,
  patienceMilliseconds: Number.POSITIVE_INFINITY,
};

/** Whose session a hook speaks for. The daemon knows: one for each run of an agent. */
export interface HookSessions {
  /**
   * The session of this run; opened, and on the record, when it is new.
   *
   * @throws HookDoorError `SESSION_ENDED`
   */
  of(caller: HookCaller): Promise<Session>;
  /** A person has given the run a task: it is the intent from now on. */
  instructed(caller: HookCaller, text: string): void;
  /** The run is over, as far as its agent tells. */
  ended(caller: HookCaller): Promise<void>;
}

export interface HookCaller {
  readonly agent: AgentName;
  /** The agent as people call it. */
  readonly title: string;
  readonly run: AgentRun;
  /** The session of `firebreak run` that the client says it belongs to (`x-firebreak-session`). */
  readonly claimed: string | undefined;
}
