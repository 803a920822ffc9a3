/**
 * Where GitHub Copilot CLI has its hooks (https://docs.github.com/en/copilot/reference/hooks-reference): every JSON file in
 * `~/.copilot/hooks` or in `.github/hooks` of a repository, so ours is a file of its own. Its http hooks must be https for
 * calls that wait, so ours is a command. Not tried with the real program, which cannot be run offline.
 */
import type { JsonObject, JsonValue } from '#action/action';
import { type ClientEvent, hookCommand } from '../client/script.js';
import { type HookTerms, type Installation, type InstalledHook, isOurCommand, ownFile } from '../installation.js';
import { isObject, textIn } from '../json.js';
import { copilot } from './dialect.js';

/** Seconds. It runs a call whose hook is late. */
const CALL = { timeoutSec: 60, client: 25 };
const TOLD = { timeoutSec: 10, client: 5 };

export const copilotEvents: readonly ClientEvent[] = [
  { dialect: copilot, event: 'preToolUse', gates: true },
  { dialect: copilot, event: 'postToolUse', gates: false },
  { dialect: copilot, event: 'postToolUseFailure', gates: false },
  { dialect: copilot, event: 'userPromptSubmitted', gates: false },
  { dialect: copilot, event: 'sessionStart', gates: false },
  { dialect: copilot, event: 'sessionEnd', gates: false },
];

export const copilotInstallation: Installation = {
  dialect: copilot,
  programs: ['copilot'],
  traces: ['.copilot'],
  files(level, { home, project, homes }) {
    switch (level) {
      case 'managed':
        return [];
      case 'user':
        return [file(`${homes.copilot ?? `${home}/.copilot`}/hooks/firebreak.json`)];
      case 'project':
        return [file(`${project}/.github/hooks/firebreak.json`)];
    }
  },
  gate: 'preToolUse',
  canary: (sessionId, command, cwd) => ({ sessionId, cwd, timestamp: 0, toolName: 'bash', toolArgs: { command } }),
  denial: (answer) =>
    isObject(answer) && answer['permissionDecision'] === 'deny'
      ? (textIn(answer, 'permissionDecisionReason') ?? '')
      : undefined,
  limits: [
    'Copilot CLI runs a call whose hook fails or is late',
    'subagents of some versions call no hook',
    '`disableAllHooks` in a repository turns every hook off',
  ],
};

function file(path: string) {
  return ownFile(path, '/hook-client', content, hooksIn);
}

function content({ client, address }: HookTerms): string {
  const hooks: JsonObject = Object.fromEntries(
    copilotEvents.map((event) => {
      const { timeoutSec, client: seconds } = event.gates ? CALL : TOLD;
      return [event.event, [{ type: 'command', bash: hookCommand(client, address, event, seconds), timeoutSec }]];
    }),
  );
  return `${JSON.stringify({ version: 1, hooks }, undefined, 2)}\n`;
}

function hooksIn(text: string): readonly InstalledHook[] {
  const parsed: JsonValue = JSON.parse(text);
  const hooks = isObject(parsed) ? parsed['hooks'] : undefined;
  if (!isObject(hooks)) return [];
  return Object.entries(hooks).flatMap(([event, list]) =>
    (Array.isArray(list) ? list : []).flatMap((one: JsonValue) => {
      const command = isObject(one) ? textIn(one, 'bash') : undefined;
      return isOurCommand(command, 'copilot') && command !== undefined
        ? [{ event, kind: 'command' as const, command }]
        : [];
    }),
  );
}
