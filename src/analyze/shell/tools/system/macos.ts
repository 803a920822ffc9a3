import { cliTool } from '../../cli-tool.js';
import type { Tool } from '../../tool.js';
import { automator, osascript } from './applescript.js';
import { onMachine, saying } from './on-machine.js';

/** Settings of programs: defaults(1), dconf(1), gsettings(1). */
const preferences = cliTool({
  names: ['defaults', 'dconf', 'gsettings', 'kwriteconfig5', 'xfconf-query', 'tccutil', 'uci'],
  resource: 'preferences',
  place: 'local',
  rules: [
    { command: 'delete|delete-all|remove', does: 'destroy', explain: 'deletes settings' },
    { command: 'reset|reset-recursively', does: 'destroy', explain: 'resets settings' },
    { command: 'write|rename|import|load|set', does: 'configure', explain: 'changes settings' },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

/** Deleting in the Mac's own stores. */
const stores = cliTool({
  names: [
    'mdutil',
    'pkgutil',
    'xcrun',
    'installer',
    'softwareupdate',
    'profiles',
    'dscl',
    'fdesetup',
    'createhomedir',
    'dseditgroup',
    'sips',
    'atsutil',
    'lsregister',
  ],
  values: ['-o', '-a', '-d', '-t', '-n', '-u'],
  resource: 'macos',
  place: 'local',
  rules: [
    { command: 'simctl erase|delete', does: 'destroy', reversible: 'yes', explain: 'deletes simulators' },
    { command: '** -delete', does: 'destroy', explain: 'deletes' },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

/** By option: `mdutil -E`, `pkgutil --forget`, `profiles remove`, `dscl . -delete`, `fdesetup disable`. */
const byOption: Tool = {
  names: ['mdutil', 'pkgutil', 'profiles', 'dscl', 'fdesetup', 'dseditgroup', 'xcrun'],
  judge: (invocation) => {
    const { name, args } = invocation;
    const said = `${name} ${saying(args)}`;
    const words = args.map(({ text }) => text);
    const deletes =
      (name === 'pkgutil' && words.includes('--forget')) ||
      (name === 'profiles' && words.some((word) => /^(?:remove|-R|-D)$/u.test(word))) ||
      (name === 'dscl' && words.some((word) => /^-?(?:delete|deletepl|deletepli)$/u.test(word))) ||
      (name === 'fdesetup' && words.some((word) => /^(?:disable|remove|removerecovery)$/u.test(word))) ||
      (name === 'dseditgroup' && words.includes('delete'));
    if (deletes) return onMachine('destroy', 'macos', `deletes: ${said}`);
    return name === 'xcrun' ? stores.judge(invocation) : [];
  },
};

export const MACOS: readonly Tool[] = [preferences, osascript, automator, byOption];
