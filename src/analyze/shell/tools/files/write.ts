import { exactly, knownText } from '../../argument.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { HERE, inside, onPaths, withSuffix } from './on-paths.js';

const tee: Tool = {
  names: ['tee', 'sponge'],
  judge: ({ args }) => {
    const options = readOptions(args, { abbreviations: true });
    return onPaths(options.has('-a', '--append') ? 'append' : 'overwrite', options.operands);
  },
};

export const truncate: Tool = {
  names: ['truncate'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: ['-s', '--size', '-r', '--reference'], abbreviations: true });
    const grows = /^[+>]/u.test(knownText(options.value('-s', '--size')) ?? '');
    return onPaths(grows ? 'edit' : 'overwrite', options.operands);
  },
};

/** dd(1): its operands are `of=path`, `if=path`... */
const dd: Tool = {
  names: ['dd', 'dcfldd', 'dc3dd'],
  judge: ({ args }) => {
    const given = (key: string) =>
      args
        .filter(({ text }) => text.startsWith(`${key}=`))
        .map((word) => ({ ...word, text: word.text.slice(key.length + 1) }));
    const unclear = args.filter(({ certainty, text }) => certainty === 'unknown' && !/^[a-z]+=/u.test(text));
    return [...onPaths('read', given('if')), ...onPaths('overwrite', [...given('of'), ...unclear])];
  },
};

/** split(1), csplit(1): `xaa`, `xab`... in the folder, or after the prefix. */
const split: Tool = {
  names: ['split', 'csplit'],
  judge: ({ name, args }) => {
    const options = readOptions(args, {
      values:
        '-a --suffix-length -b --bytes -C --line-bytes -l --lines -n --number -t --separator --additional-suffix --filter -f --prefix --suffix-format --digits'.split(
          ' ',
        ),
      abbreviations: true,
    });
    if (options.has('--help', '--version')) return [];
    const filter = options.value('--filter');
    if (filter !== undefined) return [{ kind: 'shell', text: filter, by: name }];
    const isContext = /csplit$/u.test(name);
    const prefix =
      (isContext ? options.value('-f', '--prefix') : options.operands[1]) ?? exactly(isContext ? 'xx' : 'x');
    return onPaths('place', [
      { ...withSuffix(prefix, '??'), certainty: prefix.certainty === 'exact' ? 'pattern' : 'unknown' },
    ]);
  },
};

/** patch(1): the files are named in the patch; those it names are known when its text is. */
const patch: Tool = {
  names: ['patch', 'gpatch'],
  judge: ({ args, input }) => {
    const options = readOptions(args, {
      values: [
        '-B',
        '-d',
        '-D',
        '-F',
        '-g',
        '-i',
        '-o',
        '-p',
        '-r',
        '-V',
        '-x',
        '-Y',
        '-z',
        '--directory',
        '--input',
        '--output',
        '--strip',
        '--reject-file',
        '--fuzz',
      ],
      abbreviations: true,
    });
    if (options.has('--dry-run', '-C', '--check', '--help', '-v', '--version')) return [];
    const output = options.value('-o', '--output');
    if (output !== undefined) return onPaths('overwrite', [output]);
    const folder = options.value('-d', '--directory') ?? HERE;
    const [file] = options.operands;
    if (file !== undefined) return onPaths('edit', [inside(folder, file)]);
    const text = input.kind === 'text' ? knownText(input.text) : undefined;
    if (text === undefined)
      return onPaths('edit', [folder], { recursive: true, explain: 'changes the files that a patch names' });
    const depth = Number(knownText(options.value('-p', '--strip')) ?? 0);
    const named = [...text.matchAll(/^(?:---|\+\+\+) ([^\t\n]+)/gmu)].flatMap(([, name]) =>
      name === undefined || name === '/dev/null' ? [] : [name.split('/').slice(depth).join('/')],
    );
    return onPaths(
      'edit',
      [...new Set(named)].map((name) => inside(folder, exactly(name))),
    );
  },
};

/** Programs that rewrite the files that they are given, when told so by one of these options (`undefined`: always). */
const IN_PLACE: readonly {
  readonly names: readonly string[];
  readonly when?: RegExp;
  readonly unless?: RegExp;
  readonly values?: readonly string[];
  /** Operands that come before the files. */
  readonly before?: number;
}[] = [
  { names: ['dos2unix', 'unix2dos', 'mac2unix', 'unix2mac'], unless: /^(?:-i.*|--info.*|-h|--help|-V)$/u },
  { names: ['exiftool'], when: /^-(?!o\b|if\b|p\b|ext\b)[\w:-]+[-+<^]?=|^-overwrite_original/u },
  { names: ['yq'], when: /^-[a-zA-Z]*i|^--in-?place/u, before: 1 },
  { names: ['sd'], unless: /^(?:-p|--preview)$/u, before: 2 },
  { names: ['iconv', 'jq', 'xmlstarlet'], when: /^(?:-L|--inplace)$/u, before: 1 },
  { names: ['plutil'], when: /^-(?:convert|insert|replace|remove|create)$/u },
  { names: ['detox'], unless: /^(?:-n|--dry-run|-L|--help)$/u },
  { names: ['clang-format', 'autopep8', 'yapf'], when: /^(?:-i|--in-place)$/u, values: ['-style', '--style'] },
  { names: ['strip', 'gstrip'], unless: /^(?:-o|--help|-V|-v|--version).*$/u },
];

const inPlace: readonly Tool[] = IN_PLACE.map(({ names, when, unless, values, before = 0 }) => ({
  names,
  judge: ({ args }) => {
    if (unless !== undefined && args.some(({ text }) => unless.test(text))) return [];
    if (when !== undefined && !args.some(({ text }) => when.test(text))) return [];
    return onPaths(
      'edit',
      readOptions(args, { values, singleDash: names.includes('exiftool') }).operands.slice(before),
    );
  },
}));

/** rename(1) of perl (an expression comes first) and of util-linux (two texts come first). */
const rename: Tool = {
  names: ['rename', 'prename', 'file-rename', 'perl-rename', 'rename.ul', 'mmv', 'renameutils'],
  judge: ({ name, args }) => {
    const options = readOptions(args, { values: ['-e', '-E', '--expr'] });
    if (options.has('-n', '--nono', '--no-act', '--dry-run', '-h', '--help')) return [];
    const given = options.value('-e', '-E', '--expr');
    const isExpression =
      given !== undefined || /^(?:s|y|tr)\W/u.test(options.operands[0]?.text ?? '') || name === 'prename';
    const code = given ?? (isExpression ? options.operands[0] : undefined);
    const files = options.operands.slice(given !== undefined ? 0 : isExpression ? 1 : 2);
    const plain = /^(?:s|y|tr)\/[^`$@&(){}]*\/[gi]*$/u.test(knownText(code) ?? '');
    return [
      ...(code === undefined || plain ? [] : [{ kind: 'code', language: 'perl', text: code, by: name } as const]),
      ...onPaths('move', files),
    ];
  },
};

export const WRITE: readonly Tool[] = [tee, truncate, dd, split, patch, rename, ...inPlace];
