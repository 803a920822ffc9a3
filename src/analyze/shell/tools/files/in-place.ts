import { knownText } from '../../argument.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onPaths } from './on-paths.js';

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
  { names: ['xmlstarlet', 'xml'], when: /^(?:-L|--inplace)$/u, before: 1 },
  { names: ['plutil'], when: /^-(?:convert|insert|replace|remove|create)$/u },
  { names: ['detox'], unless: /^(?:-n|--dry-run|-L|--help)$/u },
  { names: ['clang-format', 'autopep8', 'yapf'], when: /^(?:-i|--in-place)$/u, values: ['-style', '--style'] },
  { names: ['exiv2'], when: /^(?:-d|rm|delete|-M.*|-m|mo|modify|in|insert|-i)$/u, values: ['-d', '-M', '-m', '-i'] },
  { names: ['metaflac'], when: /^--(?:remove|set|import|add|dont-use-padding)/u },
  {
    names: ['id3v2', 'eyeD3', 'mid3v2', 'mkvpropedit', 'vorbiscomment'],
    when: /^-(?!l$|L$|f$|h$|v$|-list|-help|-version)/u,
  },
  {
    names: ['mogrify', 'jpegoptim', 'optipng', 'convmv'],
    unless: /^(?:--help|-version|-n|--noaction|-simulate|--stdout)$/u,
  },
  { names: ['qpdf'], when: /^--replace-input$/u },
  { names: ['htpasswd'], when: /^-[a-zA-Z]*[Dc]/u },
  { names: ['strip', 'gstrip'], unless: /^(?:-o|--help|-V|-v|--version).*$/u },
];

const inPlace: readonly Tool[] = IN_PLACE.map(({ names, when, unless, values, before = 0 }) => ({
  names,
  judge: ({ args }) => {
    if (unless !== undefined && args.some(({ text }) => unless.test(text))) return [];
    if (when !== undefined && !args.some(({ text }) => when.test(text))) return [];
    // Of these, options take values that only their manual tells from files: a file has a suffix.
    const isLoose = /^(?:exiftool|mogrify)$/u.test(names[0] ?? '');
    const files = readOptions(args, { values, singleDash: isLoose }).operands.slice(before);
    return onPaths(
      'edit',
      files.filter(({ text, certainty }) => !isLoose || certainty !== 'exact' || /\.[A-Za-z]\w*$|\/$/u.test(text)),
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

/** Converters that replace their output without asking when told `-y`. */
const converter: Tool = {
  names: ['ffmpeg', 'sox', 'pandoc'],
  judge: ({ name, args }) => {
    const options = readOptions(args, { values: ['-o', '--output'], singleDash: name === 'ffmpeg' });
    if (name === 'pandoc') return onPaths('overwrite', options.values('-o', '--output'));
    return name === 'ffmpeg' && options.has('-y') ? onPaths('overwrite', options.operands.slice(-1)) : [];
  },
};

export const IN_PLACE_TOOLS: readonly Tool[] = [...inPlace, rename, converter];
