import type { Tier } from '#action/environment';

/** One run of one agent. */
export interface Session {
  readonly id: string;
  /** Who runs: the agent's name as it was started, for people to read. */
  readonly agent: string;
  /** The task that the agent was given, in the person's words; empty when unknown. */
  readonly intent: string;
  /** The environments that it may touch. What lies wholly elsewhere is denied. */
  readonly environments: readonly string[];
  readonly mode: SessionMode;
  readonly tier: Tier;
}

/** `plan`: anything but reads is recorded and not done. */
export type SessionMode = 'work' | 'plan';
