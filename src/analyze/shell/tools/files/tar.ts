import { type Argument, exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { type Options, readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { HERE, onPaths } from './on-paths.js';

const LETTERS_WITH_VALUES = 'bCfFgHIKLNTVX';

const VALUES = [
  ...[...LETTERS_WITH_VALUES].map((letter) => `-${letter}`),
  '--file',
  '--directory',
  '--exclude',
  '--exclude-from',
  '--files-from',
  '--transform',
  '--xform',
  '--to-command',
  '--use-compress-program',
  '--rsh-command',
  '--info-script',
  '--new-volume-script',
  '--rmt-command',
  '--checkpoint-action',
  '--format',
  '--owner',
  '--group',
  '--mode',
  '--mtime',
  '--newer',
  '--listed-incremental',
  '--starting-file',
  '--suffix',
  '--label',
];

/** Options of tar(1) whose value is a command. */
const COMMANDS = [
  '--to-command',
  '-I',
  '--use-compress-program',
  '-F',
  '--info-script',
  '--new-volume-script',
  '--rsh-command',
  '--rmt-command',
];

const tar: Tool = {
  names: ['tar', 'bsdtar'],
  judge: ({ args }) => {
    const options = readOptions(withDashes(args), { values: VALUES, abbreviations: true });
    if (options.has('--help', '--version')) return [];
    const archive = options.values('-f', '--file');
    const found: Finding[] = [...commands(options)];
    if (options.has('-x', '--extract', '--get')) found.push(...extracted(options));
    else if (options.has('-c', '--create')) found.push(...onPaths('overwrite', archive.filter(isFile)));
    else if (options.has('--delete', '-r', '--append', '-u', '--update', '-A', '--catenate', '--concatenate'))
      found.push(...onPaths('edit', archive.filter(isFile)));
    if (options.has('-c', '--create', '-r', '--append', '-u', '--update'))
      found.push(...onPaths('read', options.operands, { recursive: true }));
    if (options.has('--remove-files'))
      found.push(...onPaths('move', options.operands, { recursive: true, explain: 'packs and removes' }));
    return found;
  },
};

/** What lies under the names in the archive is replaced, wherever in the folder they are. */
function extracted(options: Options): readonly Finding[] {
  const keeps = options.has('-k', '--keep-old-files', '--skip-old-files', '-O', '--to-stdout', '--to-command');
  if (keeps) return [];
  const folder = options.value('-C', '--directory') ?? HERE;
  const wipes = options.has('--recursive-unlink');
  const absolute = options.has('-P', '--absolute-names');
  return [
    ...onPaths(wipes ? 'delete' : 'place', [folder], {
      recursive: true,
      explain: 'unpacks an archive over what is there',
    }),
    ...(absolute
      ? [{ kind: 'opaque', explain: 'unpacks an archive whose names may lead to any folder' } as const]
      : []),
  ];
}

function commands(options: Options): readonly Finding[] {
  const actions = options
    .values('--checkpoint-action')
    .filter(({ text }) => text.startsWith('exec='))
    .map((action) => ({ ...action, text: action.text.slice('exec='.length) }));
  return [...options.values(...COMMANDS), ...actions].map((text) => ({ kind: 'shell', text, by: 'tar' }));
}

function isFile({ text }: Argument): boolean {
  return text !== '-' && !/^[^/]+:/u.test(text);
}

/** The old style, `tar xzf a.tgz`: letters without a dash, their values following in the same order. */
function withDashes(args: readonly Argument[]): readonly Argument[] {
  const [letters, ...rest] = args;
  if (letters === undefined || letters.certainty === 'unknown' || !/^[A-Za-z]+$/u.test(letters.text)) return args;
  const options: Argument[] = [];
  for (const letter of letters.text) {
    options.push(exactly(`-${letter}`));
    const value = LETTERS_WITH_VALUES.includes(letter) ? rest.shift() : undefined;
    if (value !== undefined) options.push(value);
  }
  return [...options, ...rest];
}

export const TAR: readonly Tool[] = [tar];
