import type { JsonObject, ShellAction, ToolAction } from '#action/action';

/** The agents whose hooks Firebreak speaks, by the name in paths and settings. */
export const AGENTS = ['claude-code', 'codex', 'gemini', 'opencode', 'cursor', 'copilot'] as const;

export type AgentName = (typeof AGENTS)[number];

/**
 * How one agent's hooks talk: what it sends, and what it must be told. Pure; one folder an agent, where its contract is
 * written down with its source.
 */
export interface Dialect {
  readonly agent: AgentName;
  /** The agent as people call it: `Claude Code`. */
  readonly title: string;
  /**
   * What this event says.
   *
   * @param event the hook's name as the agent calls it, from the path: `PreToolUse`, `BeforeTool`.
   * @returns undefined for what must not pass: it is not of this agent's form, and denied.
   */
  read(event: string, body: JsonObject): HookEvent | undefined;
  /**
   * What to answer: the body of a 200 response, which the client hands to the agent unchanged; empty for silence.
   */
  answer(event: string, decision: HookDecision): string;
  /**
   * For how long a held call may be kept waiting, in milliseconds, safely below the agent's own deadline. 0: it is denied at
   * once with the hold's number, and the same call again finds its hold.
   */
  patience(event: string, body: JsonObject): number;
}

/** What an agent's hook tells. */
export type HookEvent = { readonly run: AgentRun } & (
  | {
      /** It is about to use a tool, and waits for the answer. */
      readonly kind: 'call';
      /** The agent's own id of this call; empty when it gives none. */
      readonly callId: string;
      readonly action: ShellAction | ToolAction;
    }
  | {
      /** A person's words to it. */
      readonly kind: 'instruction';
      readonly text: string;
    }
  | {
      /** A tool has answered. */
      readonly kind: 'result';
      readonly callId: string;
      readonly tool: string;
      readonly output: string;
      /** Of a command, when the agent tells. */
      readonly exitStatus?: number | undefined;
    }
  | { readonly kind: 'started' | 'ended' }
  /** Nothing that Firebreak has to do with. */
  | { readonly kind: 'other' }
);

/** Which run of which agent. */
export interface AgentRun {
  /** The agent's own session id. */
  readonly id: string;
  /** The folder where it works; absent when it does not tell. */
  readonly folder?: string | undefined;
  /** Of a subagent: its id and its kind. */
  readonly subagent?: { readonly id: string; readonly kind: string } | undefined;
  /** It only plans, by its own mode. */
  readonly planning?: boolean | undefined;
}

export type HookDecision =
  /** `approved`: a person has consented to this very call, so the agent need not ask anybody again. */
  | { readonly kind: 'allow'; readonly approved?: boolean | undefined }
  /** `reason` is written for the model: what happened, why, and what to do next. */
  | { readonly kind: 'deny'; readonly reason: string };
