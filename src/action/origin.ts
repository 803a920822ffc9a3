/** Where in an agent's run an action came from, as the agent tells. */
export interface ActionOrigin {
  /** The agent's own id of the call; empty when it gives none. */
  readonly callId: string;
  /** The agent's own id of its run. */
  readonly agentRun: string;
  readonly subagent?: Subagent | undefined;
  /** The folder where the agent works. */
  readonly folder?: string | undefined;
}

export interface Subagent {
  readonly id: string;
  readonly kind: string;
}
