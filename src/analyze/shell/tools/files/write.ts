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

/** Programs that write their output to a file named by an option, or by their last word. Source: each one's manual page. */
const OUTPUTS: Readonly<
  Record<string, { readonly values: readonly string[]; readonly output: readonly string[]; readonly operand?: number }>
> = {
  shuf: { values: ['-n', '-e', '-i', '--head-count', '--input-range', '--random-source'], output: ['-o', '--output'] },
  uniq: {
    values: ['-f', '-s', '-w', '--skip-fields', '--skip-chars', '--check-chars', '--group', '--all-repeated'],
    output: [],
    operand: 1,
  },
  script: {
    values: ['-c', '-o', '-O', '-I', '-B', '-T', '-m', '-E', '--command'],
    output: ['-O', '-I', '-B', '-T', '--log-out', '--log-io'],
    operand: 0,
  },
  strace: { values: ['-e', '-p', '-s', '-u', '-E', '-P', '-a', '-S', '-O', '-b', '-I'], output: ['-o', '--output'] },
  ltrace: { values: ['-e', '-p', '-s', '-u', '-a', '-l', '-n'], output: ['-o', '--output'] },
  time: { values: ['-f', '--format'], output: ['-o', '--output'] },
  tcpdump: {
    values: ['-i', '-c', '-s', '-r', '-C', '-G', '-W', '-z', '-F', '-B', '-E', '-T', '-y', '-Z'],
    output: ['-w'],
  },
  convert: { values: [], output: [], operand: -1 },
  magick: { values: [], output: [], operand: -1 },
};

const outputs: Tool = {
  names: Object.keys(OUTPUTS),
  judge: ({ name, args }) => {
    const given = OUTPUTS[name];
    if (given === undefined) return [];
    const stops = /^(?:strace|ltrace|time)$/u.test(name);
    const options = readOptions(args, {
      values: [...given.values, ...given.output],
      abbreviations: true,
      stopAtOperand: stops,
    });
    const run = name === 'tcpdump' ? options.values('-z') : [];
    const last = given.operand === undefined ? undefined : options.operands.at(given.operand);
    const isNew = given.operand === -1 ? options.operands.length > 1 : true;
    return [
      ...onPaths('overwrite', options.values(...given.output)),
      ...(last === undefined || !isNew || /^-$|^\w+:/u.test(last.text) ? [] : onPaths('overwrite', [last])),
      ...run.map((text) => ({ kind: 'shell', text, by: name }) as const),
    ];
  },
};

/** xxd(1): `-r` writes what a dump says. */
const xxd: Tool = {
  names: ['xxd'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: ['-c', '-g', '-l', '-s', '-o', '-n', '-R'] });
    return onPaths(options.has('-r', '-revert') ? 'edit' : 'overwrite', options.operands.slice(1, 2));
  },
};

/** fallocate(1): holes and cut ranges lose what was there. */
const fallocate: Tool = {
  names: ['fallocate'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: ['-o', '--offset', '-l', '--length'], abbreviations: true });
    const loses = options.has(
      '-p',
      '--punch-hole',
      '-c',
      '--collapse-range',
      '-z',
      '--zero-range',
      '-i',
      '--insert-range',
    );
    return onPaths(loses ? 'edit' : 'append', options.operands);
  },
};

/** mmv(1): renames by patterns, over what is there. */
const mmv: Tool = {
  names: ['mmv', 'mcp', 'mad'],
  judge: ({ args }) => {
    const { operands } = readOptions(args);
    return onPaths(
      'move',
      operands.slice(0, 1).map((one) => ({ ...one, certainty: 'pattern' as const })),
      { recursive: true },
    );
  },
};

/** For programs that are known for something else as well. */
/** Compilers: what they write in the work is made anew, elsewhere it is somebody's file. */
const compilers: Tool = {
  names: [
    'gcc',
    'g++',
    'cc',
    'c++',
    'clang',
    'clang++',
    'ld',
    'rustc',
    'ar',
    'tsc',
    'esbuild',
    'swc',
    'dart2js',
    'nasm',
    'as',
  ],
  judge: ({ args }) => {
    const files = args.flatMap((one, at) => {
      const attached = /^--(?:output|outfile|outFile|out)=(.+)$/su.exec(one.text)?.[1];
      if (attached !== undefined) return [{ ...one, text: attached }];
      const next = args[at + 1];
      return /^(?:-o|--output|--outfile|--outFile|--out)$/u.test(one.text) && next !== undefined ? [next] : [];
    });
    return onPaths(
      'overwrite',
      files.filter(({ text }) => /^[/~]|(?:^|\/)\.\.(?:\/|$)/u.test(text)),
    );
  },
};

export const MORE_OUTPUTS: readonly Tool[] = [outputs, xxd, compilers];

export const WRITE: readonly Tool[] = [tee, truncate, dd, split, patch, fallocate, mmv];
