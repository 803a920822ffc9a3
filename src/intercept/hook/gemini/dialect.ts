/**
 * Gemini CLI's hooks (google-gemini/gemini-cli: docs/hooks/reference.md), as its version 0.61.0 sends them; what it does with
 * each answer is shown by test/integration/agents/gemini.test.ts.
 *
 * - `BeforeTool` is waited for. The answer is JSON and nothing else: any other text lets the call run.
 * - `deny` with a reason reaches the model as the tool's error. There is no `ask`. `allow` does not skip the person's own
 *   confirmation.
 * - `BeforeAgent` carries the person's words.
 */
import type { JsonObject, ShellAction, ToolAction } from '#action/action';
import type { AgentRun, Dialect } from '../dialect.js';
import { isObject, textIn } from '../json.js';

/** Under which name its own tools appear in actions. */
const SERVER = 'gemini';

/** Its tools of MCP servers are called `mcp_<server>_<tool>`, earlier `mcp__<server>__<tool>`; `mcp_context` names both. */
const MCP_TOOL = /^mcp__?(.+?)__?(.+)$/s;

/** Its hooks may take any time that their entry says; ours says 600 s. Far below, because a late hook lets the call run. */
const PATIENCE_MILLISECONDS = 240_000;

export const gemini: Dialect = {
  agent: 'gemini',
  title: 'Gemini CLI',

  read(event, body) {
    const id = textIn(body, 'session_id');
    if (id === undefined || id === '' || body['hook_event_name'] !== event) return undefined;
    const run: AgentRun = { id, folder: textIn(body, 'cwd') };
    switch (event) {
      case 'BeforeTool': {
        const action = actionOf(body);
        return action && { run, kind: 'call', callId: '', action };
      }
      case 'BeforeAgent': {
        const text = textIn(body, 'prompt');
        return text === undefined ? undefined : { run, kind: 'instruction', text };
      }
      case 'AfterTool': {
        const tool = textIn(body, 'tool_name');
        return tool === undefined
          ? undefined
          : { run, kind: 'result', callId: '', tool, ...outcomeOf(body['tool_response']) };
      }
      case 'SessionStart':
        return { run, kind: 'started' };
      case 'SessionEnd':
        return { run, kind: 'ended' };
      case 'AfterAgent':
      case 'BeforeModel':
      case 'AfterModel':
      case 'BeforeToolSelection':
      case 'Notification':
      case 'PreCompress':
        return { run, kind: 'other' };
      default:
        return undefined;
    }
  },

  answer(event, decision) {
    // `deny` to what is only told would take the tool's output, or the person's words, from the model.
    if (decision.kind === 'allow' || event !== 'BeforeTool') return '{}';
    return JSON.stringify({ decision: 'deny', reason: decision.reason });
  },

  patience: (event) => (event === 'BeforeTool' ? PATIENCE_MILLISECONDS : 0),
};

function actionOf(body: JsonObject): ShellAction | ToolAction | undefined {
  const tool = textIn(body, 'tool_name');
  const input = body['tool_input'];
  if (tool === undefined || tool === '' || !isObject(input)) return undefined;
  if (tool === 'run_shell_command') {
    const text = textIn(input, 'command');
    return text === undefined ? undefined : { kind: 'shell', text, cwd: folderOf(body, input) };
  }
  const context = body['mcp_context'];
  const [, server, name] = MCP_TOOL.exec(tool) ?? [];
  if (isObject(context)) {
    return {
      kind: 'tool',
      server: textIn(context, 'server_name') ?? server ?? SERVER,
      name: textIn(context, 'tool_name') ?? name ?? tool,
      arguments: input,
    };
  }
  return { kind: 'tool', server: server ?? SERVER, name: name ?? tool, arguments: input };
}

/** `dir_path` is relative to the project's root; earlier versions called it `directory`. */
function folderOf(body: JsonObject, input: JsonObject): string | undefined {
  const cwd = textIn(body, 'cwd');
  const folder = textIn(input, 'dir_path') ?? textIn(input, 'directory');
  if (folder === undefined || folder === '') return cwd;
  if (folder.startsWith('/')) return folder;
  return cwd === undefined ? undefined : `${cwd.replace(/\/$/, '')}/${folder}`;
}

/** `{llmContent, returnDisplay, error?}`; a command's `llmContent` ends with lines such as `Exit Code: 3`. */
function outcomeOf(response: JsonObject[string] | undefined): {
  readonly output: string;
  readonly exitStatus?: number | undefined;
} {
  const content = isObject(response) ? response['llmContent'] : response;
  const output = typeof content === 'string' ? content : JSON.stringify(content ?? '');
  const status = /^Exit Code: (\d{1,3})$/m.exec(output);
  return { output, exitStatus: status === null ? undefined : Number(status[1]) };
}
