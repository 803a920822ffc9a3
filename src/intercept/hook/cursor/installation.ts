/**
 * Where Cursor has its hooks (https://cursor.com/docs/hooks): `hooks.json` of the machine, the user or the project, `version`
 * 1, a list of entries for each event. `failClosed` makes a hook that fails, or is late, block. Not tried with the real
 * program, which cannot be run offline.
 */
import type { JsonObject, JsonValue } from '#action/action';
import { type ClientEvent, hookCommand } from '../client/script.js';
import { eventListsFile, type HookTerms, type Installation, isOurCommand, type SettingsFile } from '../installation.js';
import { isObject, textIn } from '../json.js';
import { cursor } from './dialect.js';

/** Seconds. */
const CALL = { timeout: 300, client: 270 };
const TOLD = { timeout: 10, client: 5 };

/** Commands and MCP tools have events of their own; a call that is asked about twice would spend its approval twice. */
const OTHER_TOOLS = '^(?!Shell$|MCP).*$';

export const cursorEvents: readonly ClientEvent[] = [
  { dialect: cursor, event: 'beforeShellExecution', gates: true },
  { dialect: cursor, event: 'beforeMCPExecution', gates: true },
  { dialect: cursor, event: 'preToolUse', gates: true },
  { dialect: cursor, event: 'afterShellExecution', gates: false },
  { dialect: cursor, event: 'afterMCPExecution', gates: false },
  { dialect: cursor, event: 'beforeSubmitPrompt', gates: false },
  { dialect: cursor, event: 'sessionStart', gates: false },
  { dialect: cursor, event: 'sessionEnd', gates: false },
];

export const cursorInstallation: Installation = {
  dialect: cursor,
  programs: ['cursor', 'cursor-agent'],
  traces: ['.cursor'],
  files(level, { platform, root, home, project }) {
    switch (level) {
      case 'managed': {
        const folder = platform === 'darwin' ? '/Library/Application Support/Cursor' : '/etc/cursor';
        return [hooksFile(`${root}${folder}/hooks.json`)];
      }
      case 'user':
        return [hooksFile(`${home}/.cursor/hooks.json`)];
      case 'project':
        return [hooksFile(`${project}/.cursor/hooks.json`)];
    }
  },
  gate: 'beforeShellExecution',
  canary: (conversation_id, command, cwd) => ({
    conversation_id,
    cwd,
    hook_event_name: 'beforeShellExecution',
    workspace_roots: [cwd],
    command,
  }),
  denial: (answer) =>
    isObject(answer) && answer['permission'] === 'deny' ? (textIn(answer, 'agent_message') ?? '') : undefined,
  limits: [
    'some versions load no hooks at all: try one harmless command and look for it in `firebreak log show`',
    "the editor's own terminal calls no hook",
  ],
};

function hooksFile(path: string): SettingsFile {
  return eventListsFile({
    path,
    beside: { version: 1 },
    entries: (terms) => cursorEvents.map((event) => ({ event: event.event, value: entry(event, terms) })),
    ours: (value) => isOurCommand(commandOf(value), 'cursor'),
    describe: (event, value) => {
      const command = commandOf(value);
      return command === undefined ? [] : [{ event, kind: 'command', command }];
    },
  });
}

function commandOf(value: JsonValue): string | undefined {
  return isObject(value) ? textIn(value, 'command') : undefined;
}

function entry(event: ClientEvent, { client, address }: HookTerms): JsonObject {
  const { timeout, client: seconds } = event.gates ? CALL : TOLD;
  return {
    command: hookCommand(client, address, event, seconds),
    timeout,
    ...(event.event === 'preToolUse' ? { matcher: OTHER_TOOLS } : {}),
    ...(event.gates ? { failClosed: true } : {}),
  };
}
