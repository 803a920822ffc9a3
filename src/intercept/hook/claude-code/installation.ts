/**
 * Where Claude Code has its hooks (https://docs.anthropic.com/en/docs/claude-code/settings):
 *
 * - managed settings, which nobody but an administrator changes and which `--bare`, `--setting-sources` and
 *   `disableAllHooks` of others do not turn off. `allowManagedHooksOnly` also keeps other hooks from rewriting a call after
 *   ours has seen it; it is set only where no file and no hook of anybody else's is, for it would silence those.
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
  type HookTerms,
  type Installation,
  type InstalledHook,
  isOurGroup,
  type SettingsFile,
} from '../installation.js';
import { isObject, textIn } from '../json.js';
import { claudeCode } from './dialect.js';

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
        return [settingsFile(`${root}${folder}/managed-settings.json`)];
      }
      case 'user':
        return [settingsFile(`${homes['claude-code'] ?? `${home}/.claude`}/settings.json`)];
      case 'project':
        return [settingsFile(`${project}/.claude/settings.json`)];
    }
  },
  limits: ['commands that a person types with `!` call no hook'],
};

function settingsFile(path: string): SettingsFile {
  return eventListsFile({
    path,
    entries: (terms) => claudeCodeEvents.map((event) => ({ event: event.event, value: group(event, terms) })),
    ours: (value) => isOurGroup(value, 'claude-code') || urlsIn(value).length > 0,
    describe: (event, value) => [
      ...groupedCommands(event, value),
      ...urlsIn(value).map((hook) => ({ event, ...hook })),
    ],
  });
}

function group({ event, gates, dialect }: ClientEvent, { address, client, version }: HookTerms): JsonObject {
  const { timeout, client: seconds } = gates ? CALL : TOLD;
  const hook = knowsOnFailure(version)
    ? {
        type: 'http',
        url: `http://${address}/v1/hooks/claude-code/${event}`,
        timeout,
        ...(gates ? { onFailure: 'block' } : {}),
      }
    : { type: 'command', command: hookCommand(client, address, { event, gates, dialect }, seconds), timeout };
  return { ...(gates || event.startsWith('PostTool') ? { matcher: '*' } : {}), hooks: [hook] };
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
