/**
 * opencode has plugins instead of hooks (https://opencode.ai/docs/plugins): ours, written by `firebreak init`, sends what
 * this reads and obeys what this says. What opencode does then is shown by test/integration/agents/opencode.test.ts for its
 * version 1.18.33.
 *
 * - `tool.execute.before` awaits the plugin; when it throws, the tool does not run and the model reads the error's message.
 *   So a held call simply waits.
 * - `tool.execute.after` carries what came out; `chat.message` the person's words; `session.created` and `session.deleted`
 *   begin and end a run.
 * - Commands that a person types with `!` are theirs, and call no plugin.
 */
import type { JsonObject, ShellAction, ToolAction } from '#action/action';
import type { AgentRun, Dialect } from '../dialect.js';
import { isObject, textIn } from '../json.js';

/** Under which name its own tools appear in actions. */
const SERVER = 'opencode';

/** The plugin itself waits longer than this. */
const PATIENCE_MILLISECONDS = 1_500_000;

export const opencode: Dialect = {
  agent: 'opencode',
  title: 'opencode',

  read(event, body) {
    const id = textIn(body, 'session');
    if (id === undefined || id === '') return undefined;
    const run: AgentRun = { id, folder: textIn(body, 'folder') };
    const callId = textIn(body, 'call') ?? '';
    switch (event) {
      case 'tool.execute.before': {
        const action = actionOf(body);
        return action && { run, kind: 'call', callId, action };
      }
      case 'tool.execute.after': {
        const tool = textIn(body, 'tool');
        const output = textIn(body, 'output');
        if (tool === undefined || output === undefined) return undefined;
        const status = body['exit'];
        return {
          run,
          kind: 'result',
          callId,
          tool,
          output,
          exitStatus: typeof status === 'number' ? status : undefined,
        };
      }
      case 'chat.message': {
        const text = textIn(body, 'text');
        return text === undefined ? undefined : { run, kind: 'instruction', text };
      }
      case 'session.created':
        return { run, kind: 'started' };
      case 'session.deleted':
        return { run, kind: 'ended' };
      default:
        return undefined;
    }
  },

  answer(_event, decision) {
    return JSON.stringify(decision.kind === 'allow' ? { allow: true } : { allow: false, reason: decision.reason });
  },

  patience: (event) => (event === 'tool.execute.before' ? PATIENCE_MILLISECONDS : 0),
};

function actionOf(body: JsonObject): ShellAction | ToolAction | undefined {
  const tool = textIn(body, 'tool');
  const input = body['args'];
  if (tool === undefined || tool === '' || !isObject(input)) return undefined;
  if (tool === 'bash') {
    const text = textIn(input, 'command');
    return text === undefined ? undefined : { kind: 'shell', text, cwd: folderOf(body, input) };
  }
  return { kind: 'tool', server: SERVER, name: tool, arguments: input };
}

/** `workdir` is relative to the project's folder. */
function folderOf(body: JsonObject, input: JsonObject): string | undefined {
  const folder = textIn(body, 'folder');
  const own = textIn(input, 'workdir');
  if (own === undefined || own === '') return folder;
  if (own.startsWith('/')) return own;
  return folder === undefined ? undefined : `${folder.replace(/\/$/, '')}/${own}`;
}
