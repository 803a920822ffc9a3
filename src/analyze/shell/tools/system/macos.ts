import { exactly } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
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

/** osascript(1): AppleScript can drive every program, and the shell. */
const osascript: Tool = {
  names: ['osascript'],
  judge: ({ args, input }): readonly Finding[] => {
    const options = readOptions(args, { values: ['-e', '-l', '-s'], stopAtOperand: true });
    const lines = options.values('-e');
    const isScript = options.value('-l')?.text === 'JavaScript';
    const text =
      lines.length > 0
        ? {
            ...(lines[0] ?? exactly('')),
            text: lines.map((line) => line.text).join('\n'),
            certainty: lines.some(({ certainty }) => certainty === 'unknown')
              ? ('unknown' as const)
              : ('exact' as const),
          }
        : input.kind === 'text'
          ? input.text
          : undefined;
    if (text === undefined) {
      const [path, ...rest] = options.operands;
      return path === undefined
        ? []
        : [{ kind: 'script', path, language: isScript ? 'javascript' : 'applescript', args: rest, by: 'osascript' }];
    }
    if (isScript) return [{ kind: 'code', language: 'javascript', text, by: 'osascript' }];
    return driven(text.text);
  },
};

/** What the text has other programs do. `do shell script "..."` is a shell's text. */
function driven(text: string): readonly Finding[] {
  const shells = [...text.matchAll(/do shell script\s+"((?:[^"\\]|\\.)*)"/gu)].map(
    ([, script = '']): Finding => ({
      kind: 'shell',
      text: exactly(script.replaceAll(/\\(.)/gu, '$1')),
      by: 'osascript',
    }),
  );
  const unread = /do shell script\s+(?!")/u.test(text) || text.includes('\u0000');
  const harms =
    /\b(?:delete|empty (?:the )?trash|erase|shut down|restart|log out|keystroke|key code|quit (?:every|saving no))\b/u.test(
      text,
    );
  if (!unread && !harms) return shells;
  return [
    ...shells,
    {
      kind: 'opaque',
      explain: harms ? 'has other programs delete, end or type something' : 'runs commands that are not known',
    },
  ];
}

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

export const MACOS: readonly Tool[] = [preferences, osascript, byOption];
