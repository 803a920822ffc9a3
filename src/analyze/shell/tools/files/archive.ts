import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { HERE, onPaths } from './on-paths.js';

/** zip(1): `-m` moves files into the archive, `-d` deletes entries of it. */
const zip: Tool = {
  names: ['zip'],
  judge: ({ args }) => {
    // `-TT` is one option, and its value a command.
    const test = args.findIndex(({ text }) => text === '-TT');
    const command = test < 0 ? undefined : args[test + 1];
    const rest = test < 0 ? args : [...args.slice(0, test), ...args.slice(test + 2)];
    const options = readOptions(rest, {
      values: ['-b', '-n', '-t', '-s', '-P', '-O', '--out', '-i', '-x', '--unzip-command', '--temp-path'],
    });
    if (options.has('-h', '-h2', '--help', '-v', '--version', '-sf') && options.operands.length < 2) return [];
    const [archive, ...files] = options.operands;
    if (archive === undefined || archive.text === '-') return [];
    return [
      ...onPaths('read', files, { recursive: true }),
      ...onPaths(options.has('-d', '--delete') ? 'edit' : 'place', [options.value('-O', '--out') ?? archive]),
      ...(options.has('-m', '--move') ? onPaths('move', files, { recursive: true, explain: 'packs and removes' }) : []),
      ...[command, ...options.values('--unzip-command')].flatMap((text): readonly Finding[] =>
        text === undefined ? [] : [{ kind: 'shell', text, by: 'zip -TT' }],
      ),
    ];
  },
};

/** unzip(1) asks before it replaces a file, and nobody answers; `-o` does not ask. */
const unzip: Tool = {
  names: ['unzip'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: ['-d', '-P', '-x'] });
    const reads = options.has('-l', '-t', '-v', '-p', '-c', '-z', '-Z', '-h');
    if (reads || options.has('-n') || !(options.has('-o') || options.uncertain)) return [];
    return unpacked(options.value('-d') ?? HERE);
  },
};

/** 7z: a command word, then options whose values are attached: `-oFOLDER`, `-sdel`, `-y`, `-aoa`. */
const sevenZip: Tool = {
  names: ['7z', '7za', '7zr', '7zz', 'p7zip'],
  judge: ({ args }) => {
    const options = readOptions(args, { singleDash: true });
    const [command, archive, ...files] = options.operands;
    const given = (pattern: RegExp) => args.find(({ text }) => pattern.test(text));
    switch (command?.text) {
      case 'a':
      case 'u':
        return [
          ...onPaths('place', archive === undefined ? [] : [archive]),
          ...(given(/^-sdel$/u) ? onPaths('move', files, { recursive: true, explain: 'packs and removes' }) : []),
        ];
      case 'd':
      case 'rn':
        return onPaths('edit', archive === undefined ? [] : [archive]);
      case 'x':
      case 'e': {
        const folder = given(/^-o./u);
        if (given(/^-(?:y|aoa)$/u) === undefined) return [];
        return unpacked(folder === undefined ? HERE : { ...folder, text: folder.text.slice(2) });
      }
      default:
        return [];
    }
  },
};

/** rar and unrar: `m` and `-df` remove what was packed; `-o+` and `-y` replace what is there. */
const rar: Tool = {
  names: ['rar', 'unrar'],
  judge: ({ args }) => {
    const options = readOptions(args, { singleDash: true });
    const [command, archive, ...files] = options.operands.map((word) => word);
    if (command === undefined || archive === undefined) return [];
    if (/^[xe]$/u.test(command.text)) {
      if (!options.has('-o+', '-y')) return [];
      return unpacked(files.find(({ text }) => text.endsWith('/')) ?? HERE);
    }
    if (/^mf?$/u.test(command.text) || (command.text === 'a' && options.has('-df', '-dw')))
      return [
        ...onPaths('place', [archive]),
        ...onPaths('move', files, { recursive: true, explain: 'packs and removes' }),
      ];
    return /^[aufd]$/u.test(command.text) ? onPaths('edit', [archive]) : [];
  },
};

/** cpio(1) and pax(1): `-i -u` and `-r` unpack over what is there. */
const cpio: Tool = {
  names: ['cpio', 'pax', 'ditto'],
  judge: ({ name, args }) => {
    if (name === 'ditto') return onPaths('place', readOptions(args).operands.slice(-1), { recursive: true });
    const options = readOptions(args, { values: ['-D', '--directory', '-F', '--file', '-f', '-s', '-H', '-O', '-I'] });
    if (options.has('-t', '--list')) return [];
    const replaces = options.has('-u', '--unconditional');
    const unpacks =
      name === 'cpio' ? options.has('-i', '--extract') && replaces : options.has('-r') && !options.has('-k');
    if (unpacks) return unpacked(options.value('-D', '--directory') ?? HERE);
    const copies = options.has('-p', '--pass-through') && replaces;
    return copies ? onPaths('place', options.operands.slice(-1), { recursive: true }) : [];
  },
};

function unpacked(folder: Argument): readonly Finding[] {
  return onPaths('place', [folder], { recursive: true, explain: 'unpacks an archive over what is there' });
}

export const ARCHIVE: readonly Tool[] = [zip, unzip, sevenZip, rar, cpio];
