/**
 * Where opencode has its plugins (https://opencode.ai/docs/plugins), tried with its version 1.18.33: every file in `plugin/` of
 * the user's or the project's configuration folder, so ours is a file of its own there. Of the machine's folder only
 * `opencode.json` is read, whose `plugin` list names files by their URLs.
 */
import {
  type HookTerms,
  type Installation,
  type InstalledHook,
  ownFile,
  type SettingsFile,
  unreadable,
} from '../installation.js';
import { isObject, textIn } from '../json.js';
import { parseSettings, withItem, withMember, without } from '../json-text.js';
import { opencode } from './dialect.js';
import { opencodePlugin, PLUGIN_MARK } from './plugin.js';

export const opencodeInstallation: Installation = {
  dialect: opencode,
  programs: ['opencode'],
  traces: ['.config/opencode', '.local/share/opencode'],
  files(level, { platform, root, home, project, homes }) {
    switch (level) {
      case 'managed': {
        const folder = platform === 'darwin' ? '/Library/Application Support/opencode' : '/etc/opencode';
        const plugin = `${root}/etc/firebreak/opencode.js`;
        return [listFile(`${root}${folder}/opencode.json`, plugin), file(plugin, false)];
      }
      case 'user':
        return [file(`${homes.opencode ?? `${home}/.config/opencode`}/plugin/firebreak.js`)];
      case 'project':
        return [file(`${project}/.opencode/plugin/firebreak.js`)];
    }
  },
  gate: 'tool.execute.before',
  // What opencode hands to the plugin: its first and its second argument.
  canary: (sessionID, command, directory) => ({
    directory,
    input: { tool: 'bash', sessionID, callID: 'firebreak-doctor' },
    output: { args: { command } },
  }),
  denial: (answer) => (isObject(answer) ? textIn(answer, 'thrown') : undefined),
  limits: [
    'commands that a person types with `!` call no plugin',
    '`opencode --pure` and OPENCODE_PURE=1 load no plugin',
    'a plugin that is loaded after ours can change a call that was allowed',
  ],
};

/** @param named nothing but the file itself says that it is loaded */
function file(path: string, named = true): SettingsFile {
  const content = ({ address }: HookTerms) => opencodePlugin(address);
  return ownFile(path, PLUGIN_MARK, content, named ? () => [hookAt(path)] : undefined);
}

function hookAt(path: string): InstalledHook {
  return { event: 'tool.execute.before', kind: 'plugin', path };
}

/** Settings of an administrator's, with our plugin among theirs. */
function listFile(path: string, plugin: string): SettingsFile {
  const url = `file://${plugin}`;
  const placeIn = (text: string): number => {
    const list = parseSettings(text, path)['plugin'] ?? [];
    if (!Array.isArray(list)) throw unreadable(path, '`plugin` is no list');
    return list.indexOf(url);
  };
  return {
    path,
    install(text = '{}\n') {
      if (placeIn(text) >= 0) return text;
      return parseSettings(text, path)['plugin'] === undefined
        ? withMember(text, [], 'plugin', [url])
        : withItem(text, ['plugin'], url);
    },
    remove(text) {
      const place = placeIn(text);
      if (place < 0) return text;
      const rest = without(text, ['plugin', place]);
      const list = parseSettings(rest, path)['plugin'];
      const clean = Array.isArray(list) && list.length === 0 ? without(rest, ['plugin']) : rest;
      return Object.keys(parseSettings(clean, path)).length === 0 ? undefined : clean;
    },
    hooks: (text) => (placeIn(text) >= 0 ? [hookAt(plugin)] : []),
  };
}
