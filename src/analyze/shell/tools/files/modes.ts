import type { Argument } from '../../argument.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onPaths } from './on-paths.js';

/** chmod(1). A mode such as `-x` looks like options; its letters tell it apart from `-R`, `-c`, `-f`, `-v`. */
export const chmod: Tool = {
  names: ['chmod'],
  judge: ({ args }) => {
    const isMode = ({ text }: Argument) => /^-[rwxXstugoa]+(?:[-+=,].*)?$/u.test(text);
    const dashed = args.some(isMode);
    const options = readOptions(
      args.filter((word) => !isMode(word)),
      { values: ['--reference'], abbreviations: true },
    );
    if (options.has('--help', '--version')) return [];
    const before = dashed || options.value('--reference') !== undefined ? 0 : 1;
    // To make something executable takes nothing away.
    if (before === 1 && /^[ugoa]*\+[xX]+$/u.test(options.operands[0]?.text ?? '')) return [];
    return onPaths('modes', options.operands.slice(before), {
      recursive: options.has('-R', '--recursive') || options.uncertain,
    });
  },
};

export const chown: Tool = {
  names: ['chown', 'chgrp', 'chcon', 'chflags'],
  judge: ({ args }) => {
    const options = readOptions(args, {
      values: ['--reference', '--from', '-u', '-r', '-t', '-l', '--user', '--role', '--type', '--range'],
      abbreviations: true,
    });
    if (options.has('--help', '--version')) return [];
    const context = options.value('--reference', '--type', '--user', '--role', '--range', '-t', '-u') !== undefined;
    return onPaths('modes', options.operands.slice(context ? 0 : 1), {
      recursive: options.has('-R', '--recursive') || options.uncertain,
    });
  },
};

/** chattr(1): `+i`, `-i`, `=a` stand before the files. */
const chattr: Tool = {
  names: ['chattr'],
  judge: ({ args }) => {
    const files = readOptions(
      args.filter(({ text }) => !/^[-+=][aAcCdDeFijmPsStTux]+$/u.test(text)),
      { values: ['-v', '-p'] },
    );
    return onPaths('modes', files.operands, {
      recursive: files.has('-R') || files.uncertain,
      explain: 'changes attributes',
    });
  },
};

const setfacl: Tool = {
  names: ['setfacl', 'nfs4_setfacl', 'xattr', 'setfattr', 'restorecon', 'attr'],
  judge: ({ name, args }) => {
    const options = readOptions(args, {
      values: [
        '-m',
        '-M',
        '-x',
        '-X',
        '--modify',
        '--remove',
        '--set',
        '--set-file',
        '--restore',
        '-n',
        '-v',
        '-s',
        '-V',
      ],
      abbreviations: true,
    });
    const reads = name === 'xattr' ? !options.has('-w', '-d', '-c') : options.has('--test', '-l', '-g', '-q');
    if (options.has('--help', '--version') || reads) return [];
    const before = name === 'xattr' ? (options.has('-c') ? 0 : options.has('-d') ? 1 : 2) : 0;
    return onPaths('modes', options.operands.slice(before), {
      recursive: options.has('-R', '-r', '--recursive') || options.uncertain,
      explain: 'changes attributes',
    });
  },
};

export const MODES: readonly Tool[] = [chmod, chown, chattr, setfacl];
