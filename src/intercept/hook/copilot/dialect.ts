/**
 * GitHub Copilot CLI's hooks (https://docs.github.com/en/copilot/reference/hooks-reference). The agent itself cannot be run
 * offline, so this follows the documentation and is not shown with the real one.
 *
 * - `preToolUse` is waited for: `permissionDecision` `allow`, `deny` or `ask`; empty leaves it to the person's own rules. A
 *   hook that fails or is late lets the call run, and calls of several tools at once wait one after another: nothing is
 *   kept waiting.
 * - Events that are configured in camel case come in camel case, without the event's name in the body.
 */
import type { JsonObject, JsonValue, ShellAction, ToolAction } from '#action/action';
import type { AgentRun, Dialect, HookEvent } from '../dialect.js';
import { isObject, textIn } from '../json.js';

/** Under which name its own tools appear in actions. */
const SERVER = 'copilot';

export const copilot: Dialect = {
  agent: 'copilot',
  title: 'GitHub Copilot CLI',

  read(event, body) {
    const folder = textIn(body, 'cwd');
    // Versions before 1.0 send no id of the session; the folder tells one run from another well enough.
    const id = textIn(body, 'sessionId') ?? folder;
    if (id === undefined || id === '') return undefined;
    const run: AgentRun = { id, folder };
    switch (event) {
      case 'preToolUse': {
        const action = actionOf(body);
        return action && { run, kind: 'call', callId: textIn(body, 'toolCallId') ?? '', action };
      }
      case 'userPromptSubmitted': {
        const text = textIn(body, 'prompt');
        return text === undefined ? undefined : { run, kind: 'instruction', text };
      }
      case 'postToolUse':
      case 'postToolUseFailure':
        return resultOf(run, body);
      case 'sessionStart':
        return { run, kind: 'started' };
      case 'sessionEnd':
        return { run, kind: 'ended' };
      case 'agentStop':
      case 'subagentStart':
      case 'subagentStop':
      case 'errorOccurred':
      case 'notification':
      case 'preCompact':
      case 'permissionRequest':
        return { run, kind: 'other' };
      default:
        return undefined;
    }
  },

  answer(event, decision) {
    if (event !== 'preToolUse' || (decision.kind === 'allow' && decision.approved !== true)) return '{}';
    return decision.kind === 'allow'
      ? JSON.stringify({
          permissionDecision: 'allow',
          permissionDecisionReason: 'a person approved this call in Firebreak',
        })
      : JSON.stringify({ permissionDecision: 'deny', permissionDecisionReason: decision.reason });
  },

  patience: () => 0,
};

function actionOf(body: JsonObject): ShellAction | ToolAction | undefined {
  const tool = textIn(body, 'toolName');
  const input = argumentsOf(body['toolArgs']);
  if (tool === undefined || tool === '' || input === undefined) return undefined;
  if (tool === 'bash' || tool === 'powershell') {
    const text = textIn(input, 'command');
    if (text !== undefined) return { kind: 'shell', text, cwd: textIn(body, 'cwd') };
  }
  return { kind: 'tool', server: SERVER, name: tool, arguments: input };
}

/** An object, or an object as a JSON text, which is what versions before 1.0 send. */
function argumentsOf(value: JsonValue | undefined): JsonObject | undefined {
  if (typeof value !== 'string') return isObject(value) ? value : undefined;
  try {
    const parsed: JsonValue = JSON.parse(value);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined; // Not of Copilot's form: whoever asked denies it.
  }
}

function resultOf(run: AgentRun, body: JsonObject): HookEvent | undefined {
  const tool = textIn(body, 'toolName');
  if (tool === undefined) return undefined;
  const response = body['toolResult'];
  const output = textIn(body, 'error') ?? (isObject(response) ? textIn(response, 'textResultForLlm') : undefined) ?? '';
  return { run, kind: 'result', callId: textIn(body, 'toolCallId') ?? '', tool, output };
}
