/**
 * Codex's hooks (https://developers.openai.com/codex/hooks), as its version 0.169.0 sends them; what it does with each
 * answer is shown by test/integration/agents/codex.test.ts.
 *
 * - `PreToolUse` is waited for. Only a denial with a reason is an answer: `ask`, a bare `allow`, `continue: false` and
 *   anything malformed make Codex run the call, so letting go is silence.
 * - Commands come as the tool `Bash` with `tool_input.command`, whatever the model called; `cwd` is the folder that the
 *   command runs in. Patches come as `apply_patch` with the patch in `tool_input.command`; one that is piped to the
 *   program of that name in a command comes as that command.
 * - Text that is typed into a running program (`write_stdin`) calls no hook.
 */
import type { ShellAction, ToolAction } from '#action/action';
import { runOf } from '../claude-code/run.js';
import type { Dialect } from '../dialect.js';
import { isObject, textIn } from '../json.js';

/** Under which name its own tools appear in actions. */
const SERVER = 'codex';

const MCP_TOOL = /^mcp__(.+?)__(.+)$/s;

/** Its hooks may take 600 s, and what we install says so. Far below, because Codex runs a call whose hook is late. */
const PATIENCE_MILLISECONDS = 240_000;

type Body = Parameters<Dialect['read']>[1];

export const codex: Dialect = {
  agent: 'codex',
  title: 'Codex',

  read(event, body) {
    const id = textIn(body, 'session_id');
    if (id === undefined || id === '' || body['hook_event_name'] !== event) return undefined;
    const run = runOf(id, body);
    const callId = textIn(body, 'tool_use_id') ?? '';
    switch (event) {
      case 'PreToolUse': {
        const action = actionOf(body);
        return action && { run, kind: 'call', callId, action };
      }
      case 'UserPromptSubmit': {
        const text = textIn(body, 'prompt');
        return text === undefined ? undefined : { run, kind: 'instruction', text };
      }
      case 'PostToolUse': {
        const tool = textIn(body, 'tool_name');
        return tool === undefined ? undefined : { run, kind: 'result', callId, tool, output: outputOf(body) };
      }
      case 'SessionStart':
        return { run, kind: 'started' };
      case 'SessionEnd':
        return { run, kind: 'ended' };
      case 'PermissionRequest':
      case 'PreCompact':
      case 'PostCompact':
      case 'SubagentStart':
      case 'SubagentStop':
      case 'Stop':
      case 'Interrupt':
        return { run, kind: 'other' };
      default:
        return undefined;
    }
  },

  answer(event, decision) {
    // What is only told is never answered: `block` would take the tool's output from the model.
    if (decision.kind === 'allow' || event !== 'PreToolUse') return '';
    return JSON.stringify({
      hookSpecificOutput: {
        hookEventName: event,
        permissionDecision: 'deny',
        // A denial without a reason is none.
        permissionDecisionReason: decision.reason.trim() === '' ? 'Firebreak did not let this run' : decision.reason,
      },
    });
  },

  patience: (event) => (event === 'PreToolUse' ? PATIENCE_MILLISECONDS : 0),
};

function actionOf(body: Body): ShellAction | ToolAction | undefined {
  const tool = textIn(body, 'tool_name');
  const input = body['tool_input'];
  if (tool === undefined || tool === '' || !isObject(input)) return undefined;
  const command = textIn(input, 'command');
  if (tool === 'Bash')
    return command === undefined ? undefined : { kind: 'shell', text: command, cwd: textIn(body, 'cwd') };
  const [, server, name] = MCP_TOOL.exec(tool) ?? [];
  return { kind: 'tool', server: server ?? SERVER, name: name ?? tool, arguments: input };
}

/** `tool_response` is the output of a command as a text; other tools answer in JSON. */
function outputOf(body: Body): string {
  const response = body['tool_response'] ?? '';
  return typeof response === 'string' ? response : JSON.stringify(response);
}
