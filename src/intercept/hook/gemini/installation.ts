/**
 * Where Gemini CLI has its hooks (google-gemini/gemini-cli: docs/hooks/index.md and docs/get-started/configuration.md), tried
 * with its version 0.61.0: `hooks` of `settings.json`, of the system, of the user or of a project that is trusted. The system's
 * settings come last, so `hooksConfig.enabled` there cannot be turned off by a project; its `disabled` list, by a hook's
 * name, is joined from all of them.
 */
import type { JsonObject } from '#action/action';
import { type ClientEvent, hookCommand } from '../client/script.js';
import {
  eventListsFile,
  groupedCommands,
  type HookTerms,
  type Installation,
  isOurGroup,
  type SettingsFile,
} from '../installation.js';
import { isObject, textIn } from '../json.js';
import { gemini } from './dialect.js';

/** Milliseconds of Gemini CLI's own deadline, seconds of the client's. It runs a call whose hook is late. */
const CALL = { timeout: 600_000, client: 300 };
const TOLD = { timeout: 10_000, client: 5 };

export const geminiEvents: readonly ClientEvent[] = [
  { dialect: gemini, event: 'BeforeTool', gates: true },
  { dialect: gemini, event: 'AfterTool', gates: false },
  { dialect: gemini, event: 'BeforeAgent', gates: false },
  { dialect: gemini, event: 'SessionStart', gates: false },
  { dialect: gemini, event: 'SessionEnd', gates: false },
];

export const geminiInstallation: Installation = {
  dialect: gemini,
  programs: ['gemini'],
  traces: ['.gemini'],
  files(level, { platform, root, home, project, homes }) {
    switch (level) {
      case 'managed': {
        const folder = platform === 'darwin' ? '/Library/Application Support/GeminiCli' : '/etc/gemini-cli';
        return [settingsFile(`${root}${folder}/settings.json`, { hooksConfig: { enabled: true } })];
      }
      case 'user':
        return [settingsFile(`${homes.gemini ?? home}/.gemini/settings.json`)];
      case 'project':
        return [settingsFile(`${project}/.gemini/settings.json`)];
    }
  },
  gate: 'BeforeTool',
  canary: (session_id, command, cwd) => ({
    session_id,
    cwd,
    hook_event_name: 'BeforeTool',
    tool_name: 'run_shell_command',
    tool_input: { command },
  }),
  denial: (answer) =>
    isObject(answer) && answer['decision'] === 'deny' ? (textIn(answer, 'reason') ?? '') : undefined,
  limits: [
    'commands that a person types with `!` call no hook',
    'Gemini CLI runs a call whose hook is killed or prints what is no JSON',
    '`hooksConfig.disabled` in any settings.json turns a hook off by its name',
  ],
};

function settingsFile(path: string, beside: JsonObject = {}): SettingsFile {
  return eventListsFile({
    path,
    beside,
    entries: (terms) => geminiEvents.map((event) => ({ event: event.event, value: group(event, terms) })),
    ours: (value) => isOurGroup(value, 'gemini'),
    describe: groupedCommands,
  });
}

function group(event: ClientEvent, { client, address }: HookTerms): JsonObject {
  const { timeout, client: seconds } = event.gates ? CALL : TOLD;
  const hook = { name: 'firebreak', type: 'command', command: hookCommand(client, address, event, seconds), timeout };
  return { ...(event.event.endsWith('Tool') ? { matcher: '.*' } : {}), hooks: [hook] };
}
