import type { Argument } from '../../argument.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onPaths, withSuffix } from './on-paths.js';

/** Compressors by the suffix that they add. gzip(1), bzip2(1), xz(1) replace the file; zstd(1), lz4(1), brotli(1) keep it. */
const SUFFIX: Readonly<Record<string, string>> = {
  gzip: '.gz',
  pigz: '.gz',
  bzip2: '.bz2',
  pbzip2: '.bz2',
  lbzip2: '.bz2',
  xz: '.xz',
  lzma: '.lzma',
  lzip: '.lz',
  lzop: '.lzo',
  compress: '.Z',
  zstd: '.zst',
  zstdmt: '.zst',
  pzstd: '.zst',
  lz4: '.lz4',
  brotli: '.br',
};

/** The names that take the suffix off. */
const UNPACKERS: Readonly<Record<string, string>> = {
  gunzip: 'gzip',
  unpigz: 'gzip',
  bunzip2: 'bzip2',
  unxz: 'xz',
  unlzma: 'lzma',
  uncompress: 'compress',
  unzstd: 'zstd',
  unlz4: 'lz4',
};

const KEEPERS = /^(?:zstd|zstdmt|pzstd|lz4|brotli|lzop)$/u;

const compressor: Tool = {
  names: [...Object.keys(SUFFIX), ...Object.keys(UNPACKERS)],
  judge: ({ name, args }) => {
    const program = UNPACKERS[name] ?? name;
    const suffix = SUFFIX[program] ?? '';
    const options = readOptions(args, {
      values: ['-S', '--suffix', '-o', '--output', '-q', '-w', '-T', '--threads', '-M', '--memory', '-D'],
      abbreviations: true,
    });
    if (
      options.has(
        '-c',
        '--stdout',
        '--to-stdout',
        '-l',
        '--list',
        '-t',
        '--test',
        '-h',
        '--help',
        '-H',
        '-V',
        '--version',
      )
    )
      return [];
    const output = options.value('-o', '--output');
    const unpacks = name !== program || options.has('-d', '--decompress', '--uncompress');
    const files = options.operands;
    const keeps = options.has('-k', '--keep') || (KEEPERS.test(program) && !options.has('--rm', '-j', '--remove'));
    const recursive = options.has('-r', '--recursive');
    const named = (file: Argument) => (unpacks ? without(file, suffix) : withSuffix(file, suffix));
    return [
      ...(keeps
        ? []
        : onPaths('move', files, { recursive, explain: unpacks ? 'unpacks and removes' : 'compresses and removes' })),
      ...onPaths('place', output === undefined ? (recursive ? files : files.map(named)) : [output], { recursive }),
    ];
  },
};

function without(file: Argument, suffix: string): Argument {
  if (!file.text.endsWith(suffix)) return file;
  return { ...file, text: file.text.slice(0, -suffix.length) };
}

export const COMPRESS: readonly Tool[] = [compressor];
