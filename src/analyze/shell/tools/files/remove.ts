import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { windowsRemoval } from '../windows/removal.js';
import { onPaths } from './on-paths.js';

/** rm(1). PowerShell's alias of the same name is read by the same letters (`-Recurse`, `-Force`). */
export const rm: Tool = {
  names: ['rm', 'safe-rm', 'srm', 'wipe', 'rimraf', 'del-cli'],
  judge: ({ name, args }) => {
    const options = readOptions(args, { abbreviations: true });
    if (options.has('--help', '--version')) return [];
    const recursive =
      options.has('-r', '-R', '--recursive') || options.uncertain || name === 'rimraf' || name === 'del-cli';
    const onlyEmpty = options.has('-d', '--dir') && !recursive;
    return onPaths(onlyEmpty ? 'empty' : 'delete', options.operands, { recursive });
  },
};

const unlink: Tool = {
  names: ['unlink'],
  judge: ({ args }) => onPaths('delete', readOptions(args).operands),
};

/** rmdir(1) removes empty folders only; Windows' own with `/s` removes what is below as well. */
const rmdir: Tool = {
  names: ['rmdir'],
  judge: ({ args }) => {
    if (args.some(({ text }) => /^\/[sq]$/iu.test(text))) return windowsRemoval(args);
    const options = readOptions(args, { abbreviations: true });
    if (options.has('-Recurse', '--help', '--version')) return [];
    return onPaths('empty', options.operands);
  },
};

/** shred(1): overwrites in place; `-u` and `--remove` delete as well. */
export const shred: Tool = {
  names: ['shred'],
  judge: ({ args }) => {
    const options = readOptions(args, {
      values: ['-n', '--iterations', '-s', '--size', '--random-source'],
      abbreviations: true,
    });
    if (options.has('--help', '--version')) return [];
    const deletes = options.has('-u', '--remove') || options.uncertain;
    return onPaths(deletes ? 'delete' : 'overwrite', options.operands, {
      through: true,
      explain: `${deletes ? 'deletes and overwrites' : 'overwrites'} with random bytes`,
    });
  },
};

/** Trash cans: what goes in comes back; emptying them is for good. */
const trash: Tool = {
  names: [
    'trash',
    'trash-put',
    'trash-list',
    'trash-restore',
    'trash-empty',
    'trash-rm',
    'rmtrash',
    'gio',
    'rip',
    'gtrash',
  ],
  judge: ({ name, args }) => {
    const empties =
      /-(?:empty|rm)$/u.test(name) ||
      (name === 'rip' && has(args, /^(?:-d|--decompose)$/u)) ||
      (name === 'gio' && has(args, /^trash$/u) && has(args, /^--empty$/u)) ||
      (name === 'gtrash' && has(args, /^(?:prune|rm|find)$/u) && has(args, /^(?:prune|rm|--rm)$/u)) ||
      (name === 'trash' && has(args, /^(?:-e|--empty)$/u));
    if (empties && !has(args, /^(?:--help|-h|--dry-run)$/u)) {
      return [
        {
          kind: 'effect',
          verb: 'destroy',
          resource: { kind: 'trash', name },
          place: 'local',
          reversible: 'no',
          explain: 'deletes for good what lies in the trash',
        },
      ];
    }
    return name === 'gio' ? gioRemoval(args) : [];
  },
};

/** `gio remove`, `gio move`, `gio copy`: gio(1). */
function gioRemoval(args: readonly Argument[]): readonly Finding[] {
  const [command, ...rest] = readOptions(args).operands;
  if (command?.text === 'remove') return onPaths('delete', rest);
  if (command?.text === 'move') return [...onPaths('move', rest.slice(0, -1)), ...onPaths('place', rest.slice(-1))];
  return command?.text === 'copy' ? onPaths('place', rest.slice(-1)) : [];
}

/** Finders of duplicate or useless files, with the option that deletes what they find. */
const duplicates: Tool = {
  names: ['fdupes', 'jdupes', 'rdfind', 'rmlint', 'bleachbit', 'czkawka_cli', 'dupeguru', 'fclones'],
  judge: ({ name, args }) => {
    const options = readOptions(args, { singleDash: name === 'rdfind' });
    const deletes =
      (/^[fj]dupes$/u.test(name) && options.has('-d', '--delete', '-N', '--noprompt', '-I', '--immediate')) ||
      (name === 'rdfind' && has(args, /^-deleteduplicates$/u) && !has(args, /^-dryrun$|^-n$/u)) ||
      (name === 'bleachbit' &&
        options.has('-c', '--clean', '-o', '--overwrite', '-s', '--shred', '-w', '--wipe-free-space')) ||
      (name === 'czkawka_cli' && options.has('-D', '--delete-method', '--delete-files', '--delete-folders')) ||
      (name === 'fclones' && options.operands[0]?.text === 'remove' && !options.has('--dry-run'));
    if (!deletes) return [];
    return [
      {
        kind: 'effect',
        verb: 'destroy',
        resource: { kind: 'files', name: options.operands[0]?.text ?? name },
        place: 'local',
        explain: `has ${name} delete what it finds`,
      },
    ];
  },
};

function has(args: readonly Argument[], pattern: RegExp): boolean {
  return args.some(({ text }) => pattern.test(text));
}

export const REMOVE: readonly Tool[] = [rm, unlink, rmdir, shred, trash, duplicates];
