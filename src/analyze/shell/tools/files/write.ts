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

export const WRITE: readonly Tool[] = [tee, truncate, dd, split, patch];
