/**
 * Cursor's hooks (https://cursor.com/docs/hooks), of the editor and of its command line. The agent itself cannot be run
 * offline, so this follows the documentation, takes the field names of older and newer versions, and is not shown with the real one.
 *
 * - `beforeShellExecution` and `beforeMCPExecution` are asked before commands and MCP tools by every version, `preToolUse`
 *   before every tool by newer ones. Of a call that two of them ask about, an approval would be spent by the first, so what we
 *   install asks each tool once. `beforeReadFile` brings the whole file along and is not installed.
 * - The answer is always JSON, because older versions take silence for a fault: `permission` `allow` or `deny`, with
 *   `user_message` and `agent_message` (`userMessage` and `agentMessage` before 2.0).
 * - `beforeSubmitPrompt` carries the person's words and is answered with `continue`.
 */
import type { JsonObject, JsonValue, ShellAction, ToolAction } from '#action/action';
import type { AgentRun, Dialect, HookEvent } from '../dialect.js';
import { isObject, textIn } from '../json.js';

/** Under which name its own tools appear in actions. */
const SERVER = 'cursor';

/** Our entries say 300 s and `failClosed`. */
const PATIENCE_MILLISECONDS = 240_000;

const GATES = ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile'];

export const cursor: Dialect = {
  agent: 'cursor',
  title: 'Cursor',

  read(event, body) {
    const id = textIn(body, 'conversation_id') ?? textIn(body, 'session_id');
    if (id === undefined || id === '' || body['hook_event_name'] !== event) return undefined;
    const run: AgentRun = { id, folder: folderOf(body), planning: textIn(body, 'composer_mode') === 'plan' };
    if (GATES.includes(event)) {
      const action = actionOf(event, body);
      return action && { run, kind: 'call', callId: callIdOf(body), action };
    }
    switch (event) {
      case 'beforeSubmitPrompt': {
        const text = textIn(body, 'prompt');
        return text === undefined ? undefined : { run, kind: 'instruction', text };
      }
      case 'afterShellExecution':
        return { run, kind: 'result', callId: callIdOf(body), tool: 'Shell', output: textIn(body, 'output') ?? '' };
      case 'afterMCPExecution':
        return result(run, body, 'result_json');
      case 'postToolUse':
        return result(run, body, 'tool_output');
      case 'postToolUseFailure':
        return result(run, body, 'error_message');
      case 'sessionStart':
        return { run, kind: 'started' };
      case 'sessionEnd':
        return { run, kind: 'ended' };
      case 'afterFileEdit':
      case 'afterAgentResponse':
      case 'afterAgentThought':
      case 'beforeTabFileRead':
      case 'afterTabFileEdit':
      case 'subagentStart':
      case 'subagentStop':
      case 'preCompact':
      case 'stop':
        return { run, kind: 'other' };
      default:
        return undefined;
    }
  },

  answer(event, decision) {
    if (event === 'beforeSubmitPrompt') return '{"continue":true}';
    if (!GATES.includes(event)) return '{}';
    if (decision.kind === 'allow') return '{"permission":"allow"}';
    const { reason } = decision;
    return JSON.stringify({
      permission: 'deny',
      user_message: reason,
      agent_message: reason,
      userMessage: reason,
      agentMessage: reason,
    });
  },

  patience: (event) => (GATES.includes(event) ? PATIENCE_MILLISECONDS : 0),
};

function folderOf(body: JsonObject): string | undefined {
  const cwd = textIn(body, 'cwd');
  if (cwd !== undefined && cwd !== '') return cwd;
  const roots = body['workspace_roots'];
  const first: JsonValue | undefined = Array.isArray(roots) ? roots[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}

/** A generation holds many calls, so its id names none of them. */
function callIdOf(body: JsonObject): string {
  return textIn(body, 'tool_use_id') ?? '';
}

function actionOf(event: string, body: JsonObject): ShellAction | ToolAction | undefined {
  const cwd = folderOf(body);
  if (event === 'beforeShellExecution') return shell(textIn(body, 'command'), cwd);
  if (event === 'beforeReadFile') {
    // Its whole content comes along; what is read is judged by its path.
    const path = textIn(body, 'file_path');
    return path === undefined
      ? undefined
      : { kind: 'tool', server: SERVER, name: 'Read', arguments: { file_path: path } };
  }
  const tool = textIn(body, 'tool_name');
  const input = inputOf(body['tool_input']);
  if (tool === undefined || tool === '' || input === undefined) return undefined;
  if (event === 'beforeMCPExecution') {
    // Which server it is, only its address or its command line tells.
    return {
      kind: 'tool',
      server: textIn(body, 'url') ?? textIn(body, 'command') ?? 'mcp',
      name: tool,
      arguments: input,
    };
  }
  if (tool === 'Shell' || tool === 'run_terminal_cmd')
    return shell(textIn(input, 'command'), textIn(input, 'working_directory') ?? textIn(input, 'cwd') ?? cwd);
  return { kind: 'tool', server: SERVER, name: tool, arguments: input };
}

function shell(text: string | undefined, cwd: string | undefined): ShellAction | undefined {
  return text === undefined ? undefined : { kind: 'shell', text, cwd };
}

/** An object, or an object as a JSON text. */
function inputOf(value: JsonValue | undefined): JsonObject | undefined {
  if (typeof value !== 'string') return isObject(value) ? value : undefined;
  try {
    const parsed: JsonValue = JSON.parse(value);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined; // Not of Cursor's form: whoever asked denies it.
  }
}

function result(run: AgentRun, body: JsonObject, key: string): HookEvent {
  const output = body[key] ?? '';
  return {
    run,
    kind: 'result',
    callId: callIdOf(body),
    tool: textIn(body, 'tool_name') ?? '',
    output: typeof output === 'string' ? output : JSON.stringify(output),
  };
}
