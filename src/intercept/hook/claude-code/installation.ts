/**
 * Where Claude Code has its hooks (https://docs.anthropic.com/en/docs/claude-code/settings):
 *
 * - managed settings, which nobody but an administrator changes and which `--bare`, `--setting-sources` and
 *   `disableAllHooks` of others do not turn off. `allowManagedHooksOnly` also keeps other hooks from rewriting a call after
 *   ours has seen it; it is set only in a file of ours alone, where nobody else has hooks, for it would silence those.
 * - `~/.claude/settings.json` and `<project>/.claude/settings.json`.
 *
 * The hook is of the type `http`: 0.4 ms instead of a process. `onFailure: "block"` makes a daemon that is down block; versions
 * before 2.1.295 do not know it and would run the call, so they get the client as a command, which says no by itself.
 */
import type { JsonObject, JsonValue } from '#action/action';
import { type ClientEvent, hookCommand } from '../client/script.js';
import {
  eventListsFile,
  groupedCommands,
  type HookEntry,
  type HookTerms,
  type Installation,
  type InstalledHook,
  isOurGroup,
  permissionDenial,
  type SettingsFile,
} from '../installation.js';
import { isObject, textIn } from '../json.js';
import { claudeCode } from './dialect.js';
import { claudeCodeHooks } from './settings.js';

/** Seconds; the door's patience is below. */
const CALL = { timeout: 600, client: 585 };
const TOLD = { timeout: 10, client: 8 };

export const ON_FAILURE_SINCE = '2.1.295';

export const claudeCodeEvents: readonly ClientEvent[] = [
  { dialect: claudeCode, event: 'PreToolUse', gates: true },
  { dialect: claudeCode, event: 'UserPromptSubmit', gates: false },
  { dialect: claudeCode, event: 'PostToolUse', gates: false },
  { dialect: claudeCode, event: 'PostToolUseFailure', gates: false },
  { dialect: claudeCode, event: 'SessionStart', gates: false },
  { dialect: claudeCode, event: 'SessionEnd', gates: false },
];

export const claudeCodeInstallation: Installation = {
  dialect: claudeCode,
  programs: ['claude'],
  traces: ['.claude'],
  files(level, { platform, root, home, project, homes }) {
    switch (level) {
      case 'managed': {
        const folder = platform === 'darwin' ? '/Library/Application Support/ClaudeCode' : '/etc/claude-code';
        return [settingsFile(`${root}${folder}/managed-settings.json`, { allowManagedHooksOnly: true })];
      }
      case 'user':
        return [settingsFile(`${homes['claude-code'] ?? `${home}/.claude`}/settings.json`)];
      case 'project':
        return [settingsFile(`${project}/.claude/settings.json`)];
    }
  },
  gate: 'PreToolUse',
  canary: (session_id, command, cwd) => ({
    session_id,
    cwd,
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: 'firebreak-doctor',
  }),
  denial: permissionDenial,
  limits: ['commands that a person types with `!` call no hook'],
};

function settingsFile(path: string, alone: JsonObject = {}): SettingsFile {
  return eventListsFile({
    path,
    alone,
    entries: entriesFor,
    ours: (value) => isOurGroup(value, 'claude-code') || urlsIn(value).length > 0,
    describe: (event, value) => [
      ...groupedCommands(event, value),
      ...urlsIn(value).map((hook) => ({ event, ...hook })),
    ],
  });
}

function entriesFor({ address, client, version }: HookTerms): readonly HookEntry[] {
  if (knowsOnFailure(version)) {
    return Object.entries(claudeCodeHooks(address)).flatMap(([event, groups]) =>
      (Array.isArray(groups) ? groups : []).flatMap((value: JsonValue) => (isObject(value) ? [{ event, value }] : [])),
    );
  }
  return claudeCodeEvents.map((event) => {
    const { timeout, client: seconds } = event.gates ? CALL : TOLD;
    const hook = { type: 'command', command: hookCommand(client, address, event, seconds), timeout };
    return { event: event.event, value: { hooks: [hook] } };
  });
}

/** An unknown version is taken for a new one. */
export function knowsOnFailure(version: string | undefined): boolean {
  if (version === undefined) return true;
  const wanted = ON_FAILURE_SINCE.split('.').map(Number);
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, least] of wanted.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

function urlsIn(value: JsonValue): readonly Omit<Extract<InstalledHook, { kind: 'http' }>, 'event'>[] {
  const hooks = isObject(value) ? value['hooks'] : undefined;
  if (!Array.isArray(hooks)) return [];
  return hooks.flatMap((hook: JsonValue) => {
    const url = isObject(hook) ? textIn(hook, 'url') : undefined;
    if (url === undefined || !isObject(hook) || !/\/v1\/hooks\/claude-code\/\w+$/.test(url)) return [];
    return [{ kind: 'http' as const, url, blocksOnFailure: hook['onFailure'] === 'block' }];
  });
}
