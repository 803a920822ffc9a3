/**
 * Where opencode has its plugins (https://opencode.ai/docs/plugins), tried with its version 1.18.33: every file in `plugin/` of
 * its configuration's folder: of the machine, the user or the project. Ours is a file of its own.
 */
import { type Installation, type InstalledHook, ownFile } from '../installation.js';
import { isObject, textIn } from '../json.js';
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
        return [file(`${root}${folder}/plugin/firebreak.js`)];
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

function file(path: string) {
  const hook: InstalledHook = { event: 'tool.execute.before', kind: 'plugin', path };
  return ownFile(
    path,
    PLUGIN_MARK,
    ({ address }) => opencodePlugin(address),
    () => [hook],
  );
}
