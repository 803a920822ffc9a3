/** Ruby and Perl, which can also go through files line by line and change them in place. */
import { type Argument, exactly } from '../../argument.js';
import { analyzeAwk } from '../../code/awk.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { type Interpreter, judgeInterpreter } from './interpreter.js';

const RUBY: Interpreter = {
  names: ['ruby', 'irb', 'jruby', 'truffleruby'],
  language: 'ruby',
  code: ['-e'],
  values: ['-I', '-r', '-C', '-E', '-K', '-T', '--encoding', '--external-encoding', '--internal-encoding'],
  shows: ['-v', '-h', '-c'],
};

const PERL: Interpreter = {
  names: ['perl', 'perl5'],
  language: 'perl',
  code: ['-e', '-E'],
  values: ['-I', '-M', '-m', '-D'],
  shows: ['-v', '-V', '-h', '-c'],
};

function lineTool(given: Interpreter): Tool {
  return {
    names: given.names,
    judge: (invocation) => {
      const [program, ...rest] = invocation.args;
      if (program !== undefined && /(?:^|\/)bin\/(?:rails|rake)$/u.test(program.text)) {
        const words = [exactly(program.text.replace(/^.*\//su, '')), ...rest];
        return [{ kind: 'command', words, input: invocation.input, by: invocation.name }];
      }
      const args = expanded(invocation.args);
      const loaded = invocation.args.flatMap(({ text }): readonly Finding[] => {
        const path = given.language === 'ruby' ? /^-r(\.{0,2}\/.+)$/u.exec(text)?.[1] : undefined;
        return path === undefined
          ? []
          : [
              {
                kind: 'script',
                path: exactly(path.endsWith('.rb') ? path : `${path}.rb`),
                language: 'ruby',
                args: [],
                by: `${invocation.name} -r`,
              },
            ];
      });
      // `ruby -run -e rm_r -- x`: Ruby's own `rm -r x`.
      const at = invocation.args.findIndex(({ text }) => text === '-run' || text === '-run.rb');
      const verb =
        at < 0
          ? undefined
          : /^(rm|mv|cp|ln|install|chmod|touch|mkdir|rmdir)(_r)?f?$/u.exec(invocation.args[at + 2]?.text ?? '');
      if (verb?.[1] !== undefined) {
        const rest = invocation.args.slice(at + 3).filter(({ text }) => text !== '--');
        return [
          {
            kind: 'command',
            words: [exactly(verb[1]), ...(verb[2] === undefined ? [] : [exactly('-r')]), ...rest],
            by: 'ruby -run',
          },
        ];
      }
      return [...loaded, ...judgeInterpreter(given, { ...invocation, args }), ...inPlace(invocation.args, args, given)];
    },
  };
}

/** What `-l`, `-F`, `-0` and `-i` take is the rest of their own word: `-pi.bak`, `-l012`, `-0777`. */
function expanded(args: readonly Argument[]): readonly Argument[] {
  return args.flatMap((word): readonly Argument[] => {
    const [, before = '', rest = ''] = /^-([a-zA-Z]*?)([lF0i]\S*)$/u.exec(word.text) ?? [];
    if (word.certainty !== 'exact' || rest === '' || /[eEMmIrCx]/u.test(before)) return [word];
    // In `-pie` the `e` is a suffix, and no code follows.
    const taken = /^(?:l[0-7]*|0[0-7xA-Fa-f]*|i.*|F.*)/u.exec(rest)?.[0] ?? rest;
    const kept = `${before}${rest.slice(taken.length)}`;
    return kept === '' ? [] : [exactly(`-${kept}`)];
  });
}

/** `-i`: the files behind the code are changed in place. */
function inPlace(
  args: readonly Argument[],
  without: readonly Argument[],
  { code, values = [] }: Interpreter,
): readonly Finding[] {
  if (!args.some(({ text }) => /^-(?:[acnpswW0-9]*)i/u.test(text))) return [];
  const { operands } = readOptions(without, { values: [...code, ...values], stopAtOperand: true });
  return operands.map((path): Finding => ({ kind: 'files', act: 'edit', path, recursive: false }));
}

/** awk(1): the first operand is the program, unless `-f` names its file. */
const awk: Tool = {
  names: ['awk', 'gawk', 'mawk', 'nawk', 'busybox-awk', 'goawk'],
  judge: ({ args, name }) => {
    const options = readOptions(args, {
      values: [
        '-F',
        '-v',
        '-f',
        '-i',
        '-e',
        '-l',
        '--file',
        '--source',
        '--assign',
        '--field-separator',
        '--include',
        '--load',
      ],
      stopAtOperand: true,
    });
    if (options.has('--version', '--help', '-V', '-h')) return [];
    const files = options.values('-f', '--file');
    const texts = options.values('-e', '--source');
    const named = files.length > 0 || texts.length > 0;
    const [program] = options.operands;
    const inputs = named ? options.operands : options.operands.slice(1);
    const findings = [
      ...files.map((path): Finding => ({ kind: 'script', path, language: 'awk', args: inputs, by: name })),
      ...(named ? texts : program === undefined ? [] : [program]).flatMap((text) => awkText(text, name)),
    ];
    // `-i inplace` (gawk): its input files are changed.
    if (!options.values('-i', '--include').some(({ text }) => text === 'inplace')) return findings;
    return [...findings, ...inputs.map((path): Finding => ({ kind: 'files', act: 'edit', path, recursive: false }))];
  },
};

function awkText(text: Argument, by: string): readonly Finding[] {
  // What comes out of the shell's variables is data to it far more often than a call of system().
  return analyzeAwk(text.text, by);
}

export const LINE_LANGUAGES: readonly Tool[] = [lineTool(RUBY), lineTool(PERL), awk];
