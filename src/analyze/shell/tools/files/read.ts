import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { HERE, onPaths } from './on-paths.js';

/** Programs that show what is in the files that they are given, with the options that take a value. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  cat: [],
  tac: ['-s'],
  nl: ['-b', '-d', '-f', '-h', '-i', '-l', '-n', '-s', '-v', '-w'],
  head: ['-n', '-c', '--lines', '--bytes'],
  tail: ['-n', '-c', '-s', '--lines', '--bytes', '--pid', '--sleep-interval'],
  less: ['-b', '-h', '-j', '-k', '-o', '-p', '-P', '-t', '-T', '-x', '-y', '-z'],
  more: ['-n'],
  most: [],
  zcat: [],
  zless: [],
  bzcat: [],
  xzcat: [],
  bat: ['-l', '--language', '-H', '-m', '-r', '--line-range', '--theme', '--style', '--pager', '--paging', '--wrap'],
  batcat: ['-l', '--language', '-r', '--line-range', '--theme', '--style', '--pager', '--paging'],
  xxd: ['-c', '-g', '-l', '-s', '-o'],
  od: ['-A', '-j', '-N', '-S', '-t', '-w'],
  hexdump: ['-e', '-f', '-n', '-s'],
  hd: ['-e', '-f', '-n', '-s'],
  hexyl: ['-n', '-s', '-c'],
  strings: ['-n', '-t', '-e'],
  base64: ['-w', '-i', '-o'],
  base32: ['-w'],
  cut: ['-d', '-f', '-c', '-b', '--delimiter', '--fields', '--output-delimiter'],
  fold: ['-w'],
  fmt: ['-w'],
  rev: [],
  paste: ['-d'],
  column: ['-c', '-s', '-t', '-N', '-o'],
  uniq: ['-f', '-s', '-w'],
  diff: ['-U', '-C', '-W', '-x', '-X', '-I', '-F', '--exclude', '--color', '--label'],
  colordiff: ['-U', '-C'],
  cmp: ['-i', '-n'],
  comm: [],
  join: ['-1', '-2', '-t', '-o', '-e', '-a', '-v', '-j'],
  expand: ['-t'],
  unexpand: ['-t'],
  view: [],
  glow: [],
};

const reader: Tool = {
  names: Object.keys(READERS),
  judge: ({ name, args }) => {
    const { operands } = readOptions(args, { values: READERS[name] ?? READERS[name.replace(/^g/u, '')] });
    return onPaths(
      'read',
      operands.filter(({ text }) => text !== '-'),
    );
  },
};

/** Searchers: a pattern comes first unless an option gives it. */
const searcher: Tool = {
  names: ['grep', 'egrep', 'fgrep', 'rg', 'ag', 'ack', 'zgrep', 'ugrep', 'ripgrep'],
  judge: ({ name, args }) => {
    const isRipgrep = /^(?:rg|ripgrep)$/u.test(name);
    const options = readOptions(args, {
      values: [
        '-e',
        '-f',
        '-m',
        '-A',
        '-B',
        '-C',
        '-d',
        '-D',
        '--regexp',
        '--file',
        '--include',
        '--exclude',
        '--exclude-dir',
        '--max-count',
        '--after-context',
        '--before-context',
        '--context',
        '--color',
        '--label',
        '--pre',
        '--pre-glob',
        ...(isRipgrep
          ? [
              '-g',
              '--glob',
              '--iglob',
              '-t',
              '--type',
              '-T',
              '--type-not',
              '-r',
              '--replace',
              '-j',
              '--sort',
              '--max-depth',
              '-M',
            ]
          : []),
      ],
    });
    const given = options.values('-e', '--regexp', '-f', '--file').length > 0 || options.has('--files', '--type-list');
    const files = options.operands.slice(given ? 0 : 1);
    const wholeFolder =
      files.length === 0 && (isRipgrep || /^(?:ag|ack)$/u.test(name) || options.has('-r', '-R', '--recursive'));
    const listsOnly = options.has('-l', '-L', '-c', '-q', '--files', '--files-with-matches', '--count', '--quiet');
    return [
      ...preprocessor(isRipgrep ? options.value('--pre') : undefined),
      ...(listsOnly ? [] : onPaths('read', wholeFolder ? [HERE] : files, { recursive: true })),
    ];
  },
};

function preprocessor(program: Argument | undefined): readonly Finding[] {
  if (program === undefined || program.text === '') return [];
  return [{ kind: 'command', words: [program], by: 'rg --pre' }];
}

/** sort(1): `-o` writes its output to a file, often to the one that it reads. */
const sort: Tool = {
  names: ['sort'],
  judge: ({ args }) => {
    const options = readOptions(args, {
      values: [
        '-k',
        '-t',
        '-o',
        '-S',
        '-T',
        '--key',
        '--field-separator',
        '--output',
        '--buffer-size',
        '--parallel',
        '--compress-program',
        '--files0-from',
        '--batch-size',
        '--sort',
        '--temporary-directory',
      ],
      abbreviations: true,
    });
    return [
      ...onPaths('overwrite', options.values('-o', '--output')),
      ...onPaths('read', options.operands),
      ...options
        .values('--compress-program')
        .map((program) => ({ kind: 'command', words: [program], by: 'sort' }) as const),
    ];
  },
};

export const READ: readonly Tool[] = [reader, searcher, sort];
