/**
 * Where Codex has its hooks (https://developers.openai.com/codex/hooks; openai/codex: codex-rs/hooks/src/engine/discovery.rs),
 * tried with its version 0.169.0:
 *
 * - `hooks.json` beside the system's `config.toml`, in `/etc/codex`, is trusted by policy; so are hooks in
 *   `requirements.toml`, which as TOML is harder to share with others. That file also pins the feature, or `--disable hooks`
 *   and a project's `config.toml` could turn it off.
 * - `~/.codex/hooks.json` runs only what the user has trusted: by hash, in `[hooks.state]` of `config.toml`. Codex itself
 *   tells the hash.
 * - `<project>/.codex/hooks.json` likewise, if the project is trusted at all.
 */
import type { JsonObject, JsonValue } from '#action/action';
import { type ClientEvent, hookCommand } from '../client/script.js';
import {
  eventListsFile,
  groupedCommands,
  type HookTerms,
  type Installation,
  isOurGroup,
  permissionDenial,
  type SettingsFile,
  unreadable,
} from '../installation.js';
import { codex } from './dialect.js';

/** Seconds: Codex's own deadline and the client's. Codex runs a call whose hook is late, hence the distance. */
const CALL = { timeout: 600, client: 300 };
const TOLD = { timeout: 10, client: 5 };
/** Codex allows 3 s for it. */
const ENDED = { timeout: 3, client: 2 };

export const codexEvents: readonly ClientEvent[] = [
  { dialect: codex, event: 'PreToolUse', gates: true },
  { dialect: codex, event: 'PostToolUse', gates: false },
  { dialect: codex, event: 'UserPromptSubmit', gates: false },
  { dialect: codex, event: 'SessionStart', gates: false },
  { dialect: codex, event: 'SessionEnd', gates: false },
];

export const codexInstallation: Installation = {
  dialect: codex,
  programs: ['codex'],
  traces: ['.codex'],
  files(level, { root, home, project, homes }) {
    switch (level) {
      case 'managed':
        return [hooksFile(`${root}/etc/codex/hooks.json`), pinFile(`${root}/etc/codex/requirements.toml`)];
      case 'user': {
        const folder = homes.codex ?? `${home}/.codex`;
        return [hooksFile(`${folder}/hooks.json`), trustFile(`${folder}/config.toml`, `${folder}/hooks.json`)];
      }
      case 'project':
        return [hooksFile(`${project}/.codex/hooks.json`)];
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
  limits: [
    'text that is typed into a running program (write_stdin) calls no hook',
    'Codex runs a call whose hook is killed or crashes',
  ],
};

function hooksFile(path: string): SettingsFile {
  return eventListsFile({
    path,
    entries: (terms) => codexEvents.map((event) => ({ event: event.event, value: group(event, terms) })),
    ours: (value) => isOurGroup(value, 'codex'),
    describe: groupedCommands,
  });
}

/** Without a matcher: every tool. */
function group(event: ClientEvent, { client, address }: HookTerms): JsonObject {
  const { timeout, client: seconds } = event.gates ? CALL : event.event === 'SessionEnd' ? ENDED : TOLD;
  return { hooks: [{ type: 'command', command: hookCommand(client, address, event, seconds), timeout }] };
}

const PIN_BEGIN = '# Firebreak: hooks stay on, whatever a project or a flag says.';
const PIN = `${PIN_BEGIN}\n[features]\nhooks = true\n`;

/** `requirements.toml`, with the feature pinned. */
function pinFile(path: string): SettingsFile {
  return {
    path,
    install(text) {
      if (text === undefined || text.trim() === '') return PIN;
      if (/^\s*hooks\s*=\s*true\s*(#.*)?$/m.test(tableOf(text, 'features'))) return text;
      if (/^\s*\[\s*features\s*\]|^\s*features\s*[.=]/m.test(text)) {
        throw unreadable(path, 'it has `features` without `hooks = true`');
      }
      return `${text}${text.endsWith('\n') ? '' : '\n'}\n${PIN}`;
    },
    remove(text) {
      const rest = text.replace(new RegExp(`\\n?${escaped(PIN)}`), '');
      return rest.trim() === '' ? undefined : rest;
    },
  };
}

/** `config.toml` of the user, with the hash of each of our hooks. */
function trustFile(path: string, hooksPath: string): SettingsFile {
  return {
    path,
    install(text = '', { trust = new Map<string, string>() }) {
      if (/^\s*(hooks\s*=|hooks\.state\s*=|state\s*=\s*\{)/m.test(text))
        throw unreadable(path, '`hooks` is written on one line');
      return [...trust].reduce((all, [key, hash]) => withTrust(all, key, hash), text);
    },
    remove(text) {
      const own = codexEvents.map(({ event }) =>
        event.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase(),
      );
      const rest = own.reduce(
        (all, event) => all.replace(new RegExp(`\\n*${trustPattern(`${hooksPath}:${event}`)}`, 'g'), ''),
        text,
      );
      return rest.trim() === '' ? undefined : rest;
    },
  };
}

const MARK = '# Firebreak: trusted by `firebreak init`';

function withTrust(text: string, key: string, hash: string): string {
  const header = `[hooks.state.${JSON.stringify(key)}]`;
  const entry = `${header} ${MARK}\ntrusted_hash = ${JSON.stringify(hash)}\n`;
  if (text.includes(entry)) return text;
  const old = new RegExp(`^${escaped(header)}.*\\n(?:(?!\\s*\\[).*\\n?)*`, 'm');
  if (old.test(text)) return text.replace(old, () => `${entry}\n`);
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return `${text}${gap}${entry}`;
}

function trustPattern(keyBeginning: string): string {
  return `${escaped(`[hooks.state.${JSON.stringify(keyBeginning).slice(0, -1)}`)}:\\d+:\\d+"\\] ${escaped(MARK)}\\ntrusted_hash = ".*"\\n?`;
}

/** The lines of a table up to the next one. */
function tableOf(text: string, name: string): string {
  return new RegExp(`^\\s*\\[\\s*${name}\\s*\\].*\\n((?:(?!\\s*\\[).*\\n?)*)`, 'm').exec(text)?.[1] ?? '';
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** The key under which Codex knows a hook: its file, its event in snake case, its place. */
export function trustKeys(path: string, text: string): readonly string[] {
  const hooks: JsonValue | undefined = (JSON.parse(text) as JsonObject)['hooks']; // Just written by `install`.
  if (hooks === undefined || hooks === null || typeof hooks !== 'object') return [];
  return Object.entries(hooks).flatMap(([event, groups]) => {
    const name = event.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    return (Array.isArray(groups) ? groups : []).flatMap((one: JsonValue, index) =>
      isOurGroup(one, 'codex') ? [`${path}:${name}:${index}:0`] : [],
    );
  });
}
