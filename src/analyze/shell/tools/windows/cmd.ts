/** Commands of cmd.exe. Options begin with a slash, in either case of letters. */
import { type Argument, exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Tool } from '../../tool.js';
import { onMachine } from '../system/on-machine.js';
import { onWindowsPaths, windowsRemoval } from './removal.js';

/** `rd`, `del`, `erase`: PowerShell's aliases of the same names take `-Recurse`, `-Force`. */
const removal: Tool = {
  names: ['rd', 'del', 'erase', 'deltree'],
  judge: ({ args }) => {
    const paths = args.filter(({ text }) => !/^-[A-Za-z]+$/u.test(text));
    const recursive = args.some(({ text }) => /^-r/iu.test(text));
    return recursive ? onWindowsPaths('delete', paths, true, 'deletes') : windowsRemoval(paths);
  },
};

const move: Tool = {
  names: ['move', 'ren', 'copy', 'xcopy', 'robocopy'],
  judge: ({ name, args }): readonly Finding[] => {
    const command = name.toLowerCase();
    const words = args.filter(({ text }) => !/^\/-?[A-Za-z?][\w:+-]*$/u.test(text));
    if (command === 'robocopy') {
      const target = words[1];
      const mirrors = has(args, /^\/(?:mir|purge)$/iu);
      if (has(args, /^\/(?:l|\?)$/iu) || target === undefined) return [];
      const moved = has(args, /^\/mov(?:e)?$/iu) ? onWindowsPaths('move', words.slice(0, 1), true, 'moves') : [];
      return [
        ...moved,
        ...onWindowsPaths(
          mirrors ? 'delete' : 'place',
          [target],
          true,
          mirrors ? 'deletes what the source does not have at' : 'writes over',
        ),
      ];
    }
    const source = words.slice(0, 1);
    const target = words.slice(1, 2);
    if (command === 'move' || command === 'ren')
      return [
        ...onWindowsPaths('move', source, true, 'moves'),
        ...onWindowsPaths('place', target, false, 'writes over'),
      ];
    return onWindowsPaths('place', target, false, 'writes over');
  },
};

/** diskpart reads what to do from its input. */
const diskpart: Tool = {
  names: ['diskpart'],
  judge: ({ args, input }) => {
    if (args.length === 0 && input.kind === 'inherited') return [];
    const harmless =
      input.kind === 'text' &&
      input.text.certainty === 'exact' &&
      !/\b(?:clean|delete|format|convert|create|assign|remove|extend|shrink)\b/iu.test(input.text.text);
    return harmless ? [] : onMachine('destroy', 'disk', 'has diskpart change disks', { reversible: 'no' });
  },
};

/** `cmd /c TEXT`, `cmd /k TEXT`. */
const cmd: Tool = {
  names: ['cmd', 'command.com'],
  judge: ({ args }): readonly Finding[] => {
    const at = args.findIndex(({ text }) => /^\/{1,2}[ckr]/iu.test(text));
    const words = at < 0 ? [] : args.slice(at + 1);
    const attached = args[at]?.text.replace(/^\/{1,2}[ckr]/iu, '') ?? '';
    if (at < 0 || (words.length === 0 && attached === '')) return [];
    const [only] = words;
    if (words.length > 1 && attached === '') return [{ kind: 'command', words, by: 'cmd /c' }];
    const text =
      attached === '' && only !== undefined ? only : exactly([attached, ...words.map((word) => word.text)].join(' '));
    return [{ kind: 'shell', text, by: 'cmd /c' }];
  },
};

function has(args: readonly Argument[], pattern: RegExp): boolean {
  return args.some(({ text }) => pattern.test(text));
}

export const CMD: readonly Tool[] = [removal, move, diskpart, cmd];
