/** Programs that run their words again and again, or once for each word that they read. */
import { type Argument, exactly, knownText, UNKNOWN_PART, unknownArgument } from '../argument.js';
import { listed } from '../builtins.js';
import type { Finding } from '../finding.js';
import type { Input } from '../invocation.js';
import { readOptions } from '../options.js';
import type { Tool } from '../tool.js';

/** More values than these are not gone through one by one. */
const MOST_VALUES = 20;

/** They run their words, or texts, with a shell again and again. */
const repeating: Tool = {
  names: ['watch', 'hyperfine', 'concurrently', 'npm-run-all', 'run-p', 'run-s', 'viddy'],
  judge: ({ name, args }) => {
    const options = readOptions(args, {
      values: [
        '-n',
        '--interval',
        '-w',
        '--warmup',
        '-r',
        '--runs',
        '-m',
        '-M',
        '-p',
        '--prepare',
        '-s',
        '--setup',
        '-c',
        '--cleanup',
        '--names',
        '-L',
        '-P',
        '--export-json',
        '--export-markdown',
      ],
      stopAtOperand: name === 'watch' || name === 'viddy',
    });
    const texts =
      name === 'hyperfine'
        ? [...options.operands, ...options.values('-p', '--prepare', '-s', '--setup', '-c', '--cleanup')]
        : options.operands;
    if (name === 'watch' || name === 'viddy') {
      if (texts.length === 0) return [];
      return [{ kind: 'shell', text: together(texts), by: name }];
    }
    return texts.map((text): Finding => {
      // `npm:dev:*`: scripts of package.json.
      const task = /^(?:npm|pnpm|yarn|bun):(.+)$/u.exec(text.text)?.[1];
      return task === undefined || task.includes('*')
        ? { kind: 'shell', text: task === undefined ? text : exactly('npm run'), by: name }
        : { kind: 'task', runner: 'npm', task: exactly(task), args: [] };
    });
  },
};

const xargs: Tool = {
  names: ['xargs', 'gxargs'],
  judge: ({ args, input }) => {
    const options = readOptions(args, {
      values: [
        '-I',
        '-n',
        '-P',
        '-L',
        '-s',
        '-d',
        '-E',
        '-a',
        '--max-args',
        '--max-procs',
        '--max-lines',
        '--delimiter',
        '--arg-file',
        '--max-chars',
        '-J',
        '-R',
        '-S',
      ],
      stopAtOperand: true,
    });
    if (options.operands.length === 0) return [];
    const separator = options.has('-0', '--null')
      ? '\0'
      : (options.value('-d', '--delimiter')?.text ?? (options.has('-I', '-i', '--replace', '-L') ? '\n' : undefined));
    const given = options.has('-a', '--arg-file')
      ? [unknownArgument('the words of a file')]
      : wordsOf(input, separator === '\\n' ? '\n' : separator);
    // `-i` and `--replace` take a value only when it is attached.
    const attached = args.map(({ text }) => /^-i(.+)$/u.exec(text)?.[1]).find((one) => one !== undefined);
    const hole =
      options.value('-I', '--replace', '-J')?.text ?? attached ?? (options.has('-i', '--replace') ? '{}' : undefined);
    // With these it starts the program anew for each word, or line.
    const anew = hole !== undefined || options.has('-n', '--max-args', '-L', '--max-lines');
    const turns: readonly (readonly Argument[])[] = !anew
      ? [given]
      : given.length > MOST_VALUES
        ? [[unknownArgument('its many words')]]
        : given.length === 0
          ? [[]]
          : given.map((one) => [one]);
    return turns.map((one): Finding => {
      const words =
        hole === undefined
          ? [...options.operands, ...one]
          : options.operands.flatMap((word) => filled(word, hole, one));
      return { kind: 'command', words, by: 'xargs' };
    });
  },
};

const parallel: Tool = {
  names: ['parallel', 'rush', 'sem'],
  judge: ({ args, input, name }) => {
    const marks = args.findIndex(({ text }) => /^:::/u.test(text));
    const before = marks < 0 ? args : args.slice(0, marks);
    const options = readOptions(before, {
      values: [
        '-j',
        '--jobs',
        '-S',
        '--sshlogin',
        '-N',
        '-n',
        '-d',
        '-a',
        '--arg-file',
        '-I',
        '--colsep',
        '-C',
        '--joblog',
        '--results',
        '--timeout',
        '--delay',
        '--retries',
        '-L',
        '-X',
        '--tmpdir',
        '--workdir',
        '--wd',
      ],
      stopAtOperand: true,
    });
    const elsewhere = options.has('-S', '--sshlogin') ? 'on other machines' : undefined;
    const values = marks < 0 ? wordsOf(input) : args.slice(marks + 1).filter(({ text }) => !/^:::/u.test(text));
    const texts = options.operands;
    if (texts.length === 0 && options.has('-a', '--arg-file'))
      return [{ kind: 'opaque', explain: `has ${name} run the lines of a file` }];
    if (texts.length === 0) {
      // Without a command the values are the commands.
      return values.map((text): Finding => ({ kind: 'shell', text, by: name, elsewhere }));
    }
    const whole = together(texts);
    const one = values.length === 1 ? values[0] : undefined;
    const value = one ?? (values.length === 0 ? unknownArgument('what it reads') : undefined);
    const all =
      value !== undefined ? [value] : values.length > MOST_VALUES ? [unknownArgument('its many values')] : values;
    // Its words become one text; whoever quoted a word may have meant it to stay one, and that is judged as well.
    const kept = together(
      texts.map((word) => (/\s/u.test(word.text) ? { ...word, text: shellQuoted(word.text) } : word)),
    );
    return [...new Set([whole.text, kept.text])].flatMap((line) =>
      all.map((each): Finding => {
        const has = /\{[^{}]*\}/u.test(line);
        const word = each.certainty === 'exact' && line === whole.text ? shellQuoted(each.text) : each.text;
        const text = has ? line.replace(/\{[^{}\s]*\}/gu, () => word) : `${line} ${word}`;
        const certainty = each.certainty === 'unknown' ? 'unknown' : whole.certainty;
        return { kind: 'shell', text: { ...whole, text, certainty }, by: name, elsewhere };
      }),
    );
  },
};

/** The words that a program takes from its input. */
function wordsOf(input: Input, separator?: string): readonly Argument[] {
  switch (input.kind) {
    case 'inherited':
      return [];
    case 'text': {
      const known = knownText(input.text);
      if (known === undefined) return [unknownArgument('what it reads')];
      // What prints them may have been given a pattern.
      const named = (word: string): Argument =>
        input.text.certainty === 'pattern' && /[*?[]/u.test(word)
          ? { text: word, certainty: 'pattern', expanded: true, written: word }
          : exactly(word);
      if (separator !== undefined)
        return known
          .split(separator === '\0' ? /\\0|\0/u : separator)
          .map((word) => (separator === '\0' ? word : word.replace(/^\s+|\n$/gu, '')))
          .filter((word) => word !== '')
          .map(named);
      return (known.match(/(?:"[^"\n]*"|'[^'\n]*'|\\[\s\S]|[^\s"'\\])+/gu) ?? []).map((word) =>
        named(word.replace(/"([^"]*)"|'([^']*)'|\\([\s\S])/gu, '$1$2$3')),
      );
    }
    case 'file':
      return [unknownArgument(`the words of ${input.path.written}`)];
    case 'pipe':
      return input.lists?.map(listed) ?? [unknownArgument('what it reads')];
  }
}

function filled(word: Argument, hole: string, values: readonly Argument[]): readonly Argument[] {
  if (hole === '' || !word.text.includes(hole)) return [word];
  if (word.text === hole) return values;
  return values.map((value) => ({
    ...value,
    text: word.text.replaceAll(hole, () => value.text),
    certainty: value.certainty,
    written: word.written,
  }));
}

function together(words: readonly Argument[]): Argument {
  return {
    text: words.map(({ text }) => text).join(' '),
    certainty: words.some(({ text }) => text.includes(UNKNOWN_PART)) ? 'unknown' : 'exact',
    written: words.map(({ written }) => written).join(' '),
  };
}

function shellQuoted(text: string): string {
  return /^[\w./:=@%+-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export const repeatingTools: readonly Tool[] = [repeating, xargs, parallel];
