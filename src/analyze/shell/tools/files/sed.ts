import { type Argument, exactly, knownText } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onPaths } from './on-paths.js';

/** sed(1): `-i` changes the files; GNU's commands `e` and `w` run commands and write files. */
const sed: Tool = {
  names: ['sed', 'ssed'],
  judge: ({ args }) => {
    const options = readOptions(
      args.filter(({ text }) => !/^-i?E?$/u.test(text) || text === '-'),
      {
        values: ['-e', '--expression', '-f', '--file', '-l', '--line-length'],
        abbreviations: true,
      },
    );
    // A suffix may be attached (`-i.bak`), and a Mac's sed takes it as a word of its own (`-i ''`).
    const inPlace = args.some(({ text }) => /^(?:-[nErsuz]*i|--in?(?:-|$)|--i$)/u.test(text));
    if (options.has('--help', '--version')) return [];
    const scripts = options.values('-e', '--expression');
    const hasFile = options.value('-f', '--file') !== undefined;
    const operands = options.operands.filter(({ text }) => text !== '');
    const script = scripts.length === 0 && !hasFile ? operands.slice(0, 1) : scripts;
    const files = scripts.length === 0 && !hasFile ? operands.slice(1) : operands;
    return [
      ...script.flatMap((one) => done(one, options.has('--sandbox'))),
      ...(inPlace || (options.uncertain && files.length > 0 && scripts.length + script.length === 0)
        ? onPaths('edit', files)
        : []),
    ];
  },
};

/** What the program text does besides printing. */
function done(script: Argument, sandboxed: boolean): readonly Finding[] {
  const text = knownText(script);
  if (text === undefined || sandboxed) return [];
  const found: Finding[] = [];
  for (const command of commandsOf(text)) {
    if (command.letter === 'e') {
      found.push(
        command.rest === ''
          ? { kind: 'opaque', explain: 'runs the lines of its input as commands' }
          : { kind: 'shell', text: exactly(command.rest), by: 'sed' },
      );
    } else if (command.letter === 'w' || command.letter === 'W') {
      found.push(...onPaths('overwrite', command.rest === '' ? [] : [exactly(command.rest)]));
    }
  }
  return found;
}

/** The commands `e` and `w` of a program, and those that are flags of `s`. Others are passed over. */
function commandsOf(text: string): readonly { readonly letter: string; readonly rest: string }[] {
  const found: { letter: string; rest: string }[] = [];
  let at = 0;
  const lineEnd = () => {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  };
  /** Past the next `delimiter` that no backslash precedes. */
  const pass = (delimiter: string) => {
    while (at < text.length && text[at] !== delimiter) at += text[at] === '\\' ? 2 : 1;
    at += 1;
  };
  while (at < text.length) {
    const letter = text[at] ?? '';
    at += 1;
    if (letter === '/') pass('/');
    else if (letter === '\\') {
      const delimiter = text[at] ?? '';
      at += 1;
      pass(delimiter);
    } else if (letter === 's' || letter === 'y') {
      const delimiter = text[at] ?? '';
      at += 1;
      pass(delimiter);
      pass(delimiter);
      const flags = /^[gpIiMm\d]*([ew]?)/u.exec(text.slice(at, lineEnd()))?.[0] ?? '';
      at += flags.length;
      if (flags.endsWith('w')) {
        found.push({ letter: 'w', rest: text.slice(at, lineEnd()).trim() });
        at = lineEnd();
      } else if (flags.endsWith('e')) found.push({ letter: 'e', rest: '' });
    } else if ('ewW'.includes(letter)) {
      found.push({ letter, rest: text.slice(at, lineEnd()).trim() });
      at = lineEnd();
    } else if ('aicrR#:btT'.includes(letter)) {
      at = 'btT:'.includes(letter) ? until(text, at, /[;\n}]/gu) : lineEnd();
    }
  }
  return found;
}

function until(text: string, from: number, stop: RegExp): number {
  stop.lastIndex = from;
  return stop.exec(text)?.index ?? text.length;
}

export const SED: readonly Tool[] = [sed];
