/** How hooks get into an agent's settings, and out again. Pure: texts of files in, texts out; one file an agent. */
import type { JsonObject, JsonValue } from '#action/action';
import type { AgentName, Dialect } from './dialect.js';
import { InstallationError } from './errors.js';
import { isObject, textIn } from './json.js';
import { parseSettings, withItem, withMember, without } from './json-text.js';

/**
 * Who can take a hook away again: only an administrator (`managed`), the user and what runs as the user (`user`), or
 * whoever may change the repository (`project`). Strongest first.
 */
export const LEVELS = ['managed', 'user', 'project'] as const;

export type Level = (typeof LEVELS)[number];

export interface Installation {
  readonly dialect: Dialect;
  /** The names of its program. */
  readonly programs: readonly string[];
  /** A folder or file of its own in a home folder: it has been used. */
  readonly traces: readonly string[];
  /** The files that carry the hooks at this level, the hooks' own first; empty when it has no such level. */
  files(level: Level, places: Places): readonly SettingsFile[];
  /** What the agent would send before it runs this command. */
  canary(session: string, command: string, folder: string): JsonObject;
  /** The event of the hook that is asked before a command runs. */
  readonly gate: string;
  /** True for an answer that makes the agent not run the call; `reason` is what its model reads. */
  denial(answer: JsonValue): string | undefined;
  /** What would still go round the hooks, in words: of every set-up with this agent. */
  readonly limits: readonly string[];
}

export interface Places {
  readonly platform: 'linux' | 'darwin';
  /** Stands for `/` in paths that belong to the administrator; empty but in tests. */
  readonly root: string;
  readonly home: string;
  /** The repository, or the folder that an agent is started in. */
  readonly project: string;
  /** An agent's own folder, where the environment names another (`CODEX_HOME`). */
  readonly homes: Readonly<Partial<Record<AgentName, string>>>;
}

export interface SettingsFile {
  readonly path: string;
  /**
   * The text with exactly our hooks in it, whatever of ours was there before.
   *
   * @param text undefined: there is no file
   * @returns the same text when nothing is to be done
   * @throws InstallationError nothing can be changed without harm
   */
  install(text: string | undefined, terms: HookTerms): string;
  /**
   * The text without anything of ours; undefined: nothing is left, and the file may go.
   *
   * @throws InstallationError
   */
  remove(text: string): string | undefined;
  /** The hooks of ours that are in the text; undefined: this file carries none. */
  hooks?(text: string): readonly InstalledHook[];
  /** Events for which somebody else has a hook there, too: it could rewrite a call after ours has seen it. */
  others?(text: string): readonly string[];
}

export interface HookTerms {
  /** Where the daemon listens for hooks: `127.0.0.1:7371`. */
  readonly address: string;
  /** The absolute path of the client. */
  readonly client: string;
  /** The agent's version; undefined when it could not be asked. */
  readonly version: string | undefined;
  /** Nobody but Firebreak has hooks in the user's and the project's settings. */
  readonly alone?: boolean | undefined;
  /** Of Codex: what its own program says of each hook, by the hook's key. */
  readonly trust?: ReadonlyMap<string, string> | undefined;
}

/** A hook as it stands in the settings, so that it can be tried the way the agent would call it. */
export type InstalledHook = { readonly event: string } & (
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'http'; readonly url: string; readonly blocksOnFailure: boolean }
  | { readonly kind: 'plugin'; readonly path: string }
);

/** One entry for the settings of an agent whose hooks are lists by event. */
export interface HookEntry {
  readonly event: string;
  readonly value: JsonObject;
}

/** An object of events, each a list: `{"hooks": {"PreToolUse": [...]}}`. */
export interface EventLists {
  readonly path: string;
  readonly entries: (terms: HookTerms) => readonly HookEntry[];
  /** True for an entry that we have written, in this version or another. */
  readonly ours: (value: JsonValue) => boolean;
  /** Members that the file must have beside the hooks, when they are missing. */
  readonly beside?: JsonObject;
  /** Members of a file that is ours alone, where nobody else has hooks. */
  readonly alone?: JsonObject;
  readonly describe: (event: string, value: JsonValue) => readonly InstalledHook[];
}

/** A settings file of people's own, with our hooks among theirs. */
export function eventListsFile({ path, entries, ours, beside = {}, alone = {}, describe }: EventLists): SettingsFile {
  const clear = (text: string, keep: (event: string, value: JsonValue) => boolean): string => {
    let result = text;
    for (const [event, list] of eventsIn(text, path)) {
      // From the end, so that the places of what is still to be looked at stay.
      for (const [index, value] of [...list.entries()].reverse())
        if (ours(value) && !keep(event, value)) result = without(result, ['hooks', event, index]);
    }
    return result;
  };
  return {
    path,
    install(text, terms) {
      const wanted = entries(terms);
      const same = ({ event, value }: HookEntry, otherEvent: string, other: JsonValue) =>
        event === otherEvent && JSON.stringify(value) === JSON.stringify(other);
      const fresh =
        terms.alone === true && Object.keys(alone).length > 0 ? `${JSON.stringify(alone, undefined, 2)}\n` : '{}\n';
      let result = clear(text ?? fresh, (event, value) => wanted.some((entry) => same(entry, event, value)));
      const settings = parseSettings(result, path);
      for (const [key, value] of Object.entries(beside))
        if (settings[key] === undefined) result = withMember(result, [], key, value);
      if (settings['hooks'] === undefined) result = withMember(result, [], 'hooks', {});
      for (const entry of wanted) {
        const lists = eventsIn(result, path);
        const list = lists.find(([event]) => event === entry.event)?.[1];
        if (list?.some((value) => same(entry, entry.event, value)) === true) continue;
        if (list === undefined) result = withMember(result, ['hooks'], entry.event, [entry.value]);
        else result = withItem(result, ['hooks', entry.event], entry.value);
      }
      return result;
    },
    remove(text) {
      let result = clear(text, () => false);
      if (result === text) return text;
      for (const [event, list] of eventsIn(result, path)) {
        if (list.length === 0) result = without(result, ['hooks', event]);
      }
      if (eventsIn(result, path).length === 0) result = without(result, ['hooks']);
      const left = Object.entries(parseSettings(result, path));
      const own = { ...beside, ...alone };
      return left.every(([key, value]) => JSON.stringify(own[key]) === JSON.stringify(value)) ? undefined : result;
    },
    hooks: (text) =>
      eventsIn(text, path).flatMap(([event, list]) => list.filter(ours).flatMap((value) => describe(event, value))),
    others: (text) => eventsIn(text, path).flatMap(([event, list]) => (list.every(ours) ? [] : [event])),
  };
}

function eventsIn(text: string, path: string): readonly (readonly [string, readonly JsonValue[]])[] {
  const hooks = parseSettings(text, path)['hooks'];
  if (hooks === undefined) return [];
  if (!isObject(hooks)) throw unreadable(path, '`hooks` is no object');
  return Object.entries(hooks).map(([event, list]) => {
    if (!Array.isArray(list)) throw unreadable(path, `\`hooks.${event}\` is no list`);
    return [event, list] as const;
  });
}

/** A file that is ours alone. */
export function ownFile(
  path: string,
  mark: string,
  content: (terms: HookTerms) => string,
  hooks?: SettingsFile['hooks'],
): SettingsFile {
  return {
    path,
    install(text, terms) {
      if (text !== undefined && !text.includes(mark)) {
        throw new InstallationError('SETTINGS_TAKEN', `\`${path}\` is somebody else's`, { hint: 'move it away first' });
      }
      return content(terms);
    },
    remove: (text) => (text.includes(mark) ? undefined : text),
    ...(hooks === undefined ? {} : { hooks: (text) => (text.includes(mark) ? hooks(text) : []) }),
  };
}

export function unreadable(path: string, why: string): InstallationError {
  return new InstallationError('SETTINGS_NOT_READ', `\`${path}\` cannot be changed: ${why}`, {
    hint: 'put the hooks in by hand, as the guide says',
  });
}

/** The denial of those who take over Claude Code's form. */
export function permissionDenial(answer: JsonValue): string | undefined {
  const output = isObject(answer) ? answer['hookSpecificOutput'] : undefined;
  if (!isObject(output) || output['permissionDecision'] !== 'deny') return undefined;
  return textIn(output, 'permissionDecisionReason') ?? '';
}

/** Commands of ours, by the client's name and the agent's: of any version, at any path. */
export function isOurCommand(command: JsonValue | undefined, agent: AgentName): boolean {
  return typeof command === 'string' && new RegExp(`/hook-client'? \\S+ ${agent} `).test(command);
}

/** `{matcher?, hooks: [{type, command}]}`, the form of Claude Code that Codex and Gemini CLI have taken over. */
export function groupedCommands(event: string, group: JsonValue): readonly InstalledHook[] {
  const hooks = isObject(group) ? group['hooks'] : undefined;
  if (!Array.isArray(hooks)) return [];
  return hooks.flatMap((hook: JsonValue) => {
    const command = isObject(hook) ? hook['command'] : undefined;
    return typeof command === 'string' ? [{ event, kind: 'command' as const, command }] : [];
  });
}

export function isOurGroup(group: JsonValue, agent: AgentName): boolean {
  const hooks = isObject(group) ? group['hooks'] : undefined;
  return (
    Array.isArray(hooks) && hooks.some((hook: JsonValue) => isObject(hook) && isOurCommand(hook['command'], agent))
  );
}
