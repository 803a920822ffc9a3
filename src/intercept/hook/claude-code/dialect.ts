/**
 * Claude Code's hooks (https://docs.anthropic.com/en/docs/claude-code/hooks), as its version 2.1.329 sends them; what it does
 * with each answer is shown by test/integration/agents/claude-code.test.ts.
 *
 * - `PreToolUse` waits for the answer, in subagents too. Silence means that the person's own permission rules decide; `allow`
 *   skips their prompt, so it is said only when a person has consented to this very call.
 * - `UserPromptSubmit` carries the person's words, and also notes of Claude Code itself about its background tasks.
 * - `PostToolUse` and `PostToolUseFailure` carry what came out.
 * - `PermissionRequest` is about a prompt that a rule of the person asks for: theirs to answer, so Firebreak is silent.
 */
import type { JsonObject, JsonValue, ShellAction, ToolAction } from '#action/action';
import type { AgentRun, Dialect, HookDecision, HookEvent } from '../dialect.js';
import { isObject, textIn } from '../json.js';
import { runOf } from './run.js';

/** Under which name its own tools appear in actions. */
const SERVER = 'claude-code';

/** MCP tools are called `mcp__<server>__<tool>`. */
const MCP_TOOL = /^mcp__(.+?)__(.+)$/s;

/** Its default deadline for an http or a command hook is 600 s; what we install says so, too. */
const PATIENCE_MILLISECONDS = 570_000;

/** Begins a prompt that no person wrote: Claude Code tells its model that a background task has ended. */
const OWN_NOTE = '<task-notification>';

export const claudeCode: Dialect = {
  agent: 'claude-code',
  title: 'Claude Code',

  read(event, body) {
    const id = textIn(body, 'session_id');
    // A hook that is registered for one event and called for another would be answered in the wrong form.
    if (id === undefined || id === '' || body['hook_event_name'] !== event) return undefined;
    const run = runOf(id, body);
    switch (event) {
      case 'PreToolUse': {
        const action = actionOf(body);
        return action && { run, kind: 'call', callId: textIn(body, 'tool_use_id') ?? '', action };
      }
      case 'UserPromptSubmit': {
        const text = textIn(body, 'prompt');
        if (text === undefined) return undefined;
        return text.trimStart().startsWith(OWN_NOTE) ? { run, kind: 'other' } : { run, kind: 'instruction', text };
      }
      case 'PostToolUse':
      case 'PostToolUseFailure':
        return resultOf(run, body);
      case 'SessionStart':
        return { run, kind: 'started' };
      case 'SessionEnd':
        return { run, kind: 'ended' };
      case 'PermissionRequest':
      case 'Stop':
      case 'SubagentStart':
      case 'SubagentStop':
      case 'Notification':
      case 'PreCompact':
      case 'PostCompact':
        return { run, kind: 'other' };
      default:
        return undefined;
    }
  },

  answer(event, decision) {
    switch (event) {
      case 'PreToolUse':
        return preToolUse(decision);
      case 'PermissionRequest':
        return decision.kind === 'allow'
          ? ''
          : JSON.stringify({
              hookSpecificOutput: { hookEventName: event, decision: { behavior: 'deny', message: decision.reason } },
            });
      default:
        // Of events that wait for nothing, `block` tells the model at least; of others it blocks.
        return decision.kind === 'allow' ? '' : JSON.stringify({ decision: 'block', reason: decision.reason });
    }
  },

  patience: (event) => (event === 'PreToolUse' ? PATIENCE_MILLISECONDS : 0),
};

function preToolUse(decision: HookDecision): string {
  if (decision.kind === 'deny') return permission('deny', decision.reason);
  return decision.approved === true ? permission('allow', 'a person approved this call in Firebreak') : '';
}

function permission(permissionDecision: 'allow' | 'deny', permissionDecisionReason: string): string {
  return JSON.stringify({
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason },
  });
}

function actionOf(body: JsonObject): ShellAction | ToolAction | undefined {
  const tool = textIn(body, 'tool_name');
  const input = body['tool_input'];
  if (tool === undefined || tool === '' || !isObject(input)) return undefined;
  if (tool === 'Bash' || tool === 'PowerShell' || tool === 'Monitor') {
    const text = textIn(input, 'command');
    if (text !== undefined) return { kind: 'shell', text, cwd: textIn(body, 'cwd') };
    if (tool === 'Bash') return undefined;
  }
  const [, server, name] = MCP_TOOL.exec(tool) ?? [];
  return { kind: 'tool', server: server ?? SERVER, name: name ?? tool, arguments: input, cwd: textIn(body, 'cwd') };
}

function resultOf(run: AgentRun, body: JsonObject): HookEvent | undefined {
  const tool = textIn(body, 'tool_name');
  if (tool === undefined) return undefined;
  const { output, exitStatus } = outcomeOf(body);
  return { run, kind: 'result', callId: textIn(body, 'tool_use_id') ?? '', tool, output, exitStatus };
}

/**
 * A command that succeeds answers `tool_response: {stdout, stderr, ...}`; one that fails comes as PostToolUseFailure with
 * `error: "Exit code 3\n<output>"`.
 */
function outcomeOf(body: JsonObject): { readonly output: string; readonly exitStatus?: number | undefined } {
  const error = textIn(body, 'error');
  if (error !== undefined) {
    const status = /^Exit code (\d{1,3})(?:\n|$)/.exec(error);
    return status === null
      ? { output: error }
      : { output: error.slice(status[0].length), exitStatus: Number(status[1]) };
  }
  const response: JsonValue = body['tool_response'] ?? '';
  if (typeof response === 'string') return { output: response };
  const stdout = isObject(response) ? textIn(response, 'stdout') : undefined;
  if (!isObject(response) || stdout === undefined) return { output: JSON.stringify(response) };
  const stderr = textIn(response, 'stderr') ?? '';
  const output = stderr === '' ? stdout : `${stdout}${stdout === '' || stdout.endsWith('\n') ? '' : '\n'}${stderr}`;
  // Of a command in the background nobody knows yet how it ends.
  const ended = response['interrupted'] !== true && response['backgroundTaskId'] === undefined;
  return { output, exitStatus: ended ? 0 : undefined };
}
