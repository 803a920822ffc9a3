/** What is known of the output of commands: of substitutions, and of what is piped on. */
import { type Argument, exactly, knownText, UNKNOWN_PART, unknownArgument } from './argument.js';
import type { Input, Invocation } from './invocation.js';
import { readOptions } from './options.js';
import type { CommandNode, ParsedScript } from './parser.js';
import { perhapsANumber, type Scope } from './scope.js';

/** What a command substitution gives. */
export function outputOf(
  started: readonly Invocation[],
  script: ParsedScript,
  scope: Scope,
  machine: { rootOf(folder: string): string | undefined },
): Argument {
  const [only, ...others] = started;
  const written = '$(...)';
  if (only === undefined || others.length > 0 || script.commands.length !== 1) {
    // Of a pipeline, the last word has it.
    const last = started.at(-1);
    return script.commands.length === 1 && last !== undefined && counts(last)
      ? perhapsANumber(written)
      : unknownArgument(written);
  }
  const text = printed(only);
  if (text !== undefined) return { ...text, text: text.text.replace(/\n+$/u, '') };
  // It sets variables and functions up, and a shell is meant to run it.
  if (setsUp(only)) return exactly(':');
  switch (only.name) {
    case 'pwd':
      return scope.folder === undefined ? unknownArgument(written) : exactly(scope.folder);
    case 'mktemp':
      return temporaryName(only, scope, written);
    case 'which':
    case 'command':
    case 'type': {
      // The path of a program, or nothing when there is none of this name.
      const [first] = only.args.filter(({ text: word }) => !word.startsWith('-'));
      const name = knownText(first)?.split('/').at(-1);
      return name === undefined
        ? unknownArgument(written)
        : { text: `${UNKNOWN_PART}/${name}`, certainty: 'unknown', written };
    }
    case 'basename':
      return plainName(only.args);
    case 'git': {
      const words = only.args.map((one) => one.text).join(' ');
      if (words === 'rev-parse --show-toplevel') {
        const root = scope.folder === undefined ? undefined : machine.rootOf(scope.folder);
        return root === undefined ? unknownArgument(written) : exactly(root);
      }
      return /^rev-parse --short\b/u.test(words) ? perhapsANumber(written) : unknownArgument(written);
    }
    default:
      return counts(only) ? perhapsANumber(written) : unknownArgument(written);
  }
}

/** mktemp(1) in the folder for short-lived files. Elsewhere, or when it may fail, nobody knows the name. */
function temporaryName({ args }: Invocation, scope: Scope, written: string): Argument {
  const options = readOptions(args, { values: ['-p', '--suffix', '-t'], abbreviations: true });
  const plain = args.every(({ text }) => /^(?:-[duqt]+|--directory|--quiet|--suffix=[\w.-]*|[^-].*)$/su.test(text));
  const [template] = [...options.operands, ...options.values('-t')];
  const short = { text: '/tmp/tmp.*', certainty: 'pattern', expanded: true, written } as const;
  if (!plain) return unknownArgument(written);
  if (template === undefined) return short;
  const known = knownText(template);
  const name = known === undefined ? undefined : /^\/tmp\/([\w.-]+)$/u.exec(known)?.[1];
  if (name !== undefined && /X{3,}/u.test(name)) return { ...short, text: `/tmp/${name.replace(/X{3,}/u, '*')}` };
  if (options.has('-t') && /^[\w.-]+$/u.test(known ?? '')) return { ...short, text: '/tmp/*' };
  if (scope.folder === undefined || !/^[\w.-]*X{3,}[\w.-]*$/u.test(known ?? '')) return unknownArgument(written);
  return { ...short, text: (known ?? '').replace(/X{3,}/u, '*') };
}

/** `direnv hook bash`, `kubectl completion zsh`, `ssh-agent -s`: what a tool gives for a shell to run. */
export function setsUp({ name, args }: Pick<Invocation, 'name' | 'args'>): boolean {
  if (name === 'ssh-agent' || name === 'dircolors' || name === 'lesspipe') return true;
  if (/^(?:curl|wget|cat|echo|printf|base64|nc|ssh|python\d?|node|perl|ruby|bash|sh)$/u.test(name)) return false;
  return args.some(({ text }) =>
    /^(?:--?)?(?:init|env|hook|activate|shellenv|completions?|alias|docker-env|shell\.\w+)$/u.test(text),
  );
}

/** Whether it prints a number, a date or a name without slashes, or nothing at all. */
function counts({ name, args }: Invocation): boolean {
  const words = args.map(({ text }) => text);
  switch (name) {
    case 'date':
      return (
        words.every(
          (word) =>
            !word.startsWith('+') || /^\+(?!.*\.\.)(?:%[-_0]?[YmdHMSsFTjyNzZaAbBeIpuVGUW]|[\w:.-])*$/u.test(word),
        ) && words.every((word) => !word.startsWith('+') || word.includes('%'))
      );
    case 'whoami':
    case 'hostname':
    case 'uname':
    case 'nproc':
    case 'uuidgen':
    case 'id':
    case 'arch':
      return true;
    case 'wc':
      // Without a file it says no name.
      return words.every((word) => word.startsWith('-'));
    case 'expr':
      return words.length === 3 && /^(?:[-+*/%]|\\\*)$/u.test(words[1] ?? '');
    case 'seq':
      return words.every((word) => /^[-+]?[\d.]+$|^-w$/u.test(word));
    case 'pgrep':
      return !words.some((word) => /^-[a-z]*[al]|^--list/u.test(word));
    case 'pidof':
    case 'fuser':
      return true;
    case 'lsof':
      return words.some((word) => /^-[a-z]*t/u.test(word));
    default:
      return false;
  }
}

function plainName(args: readonly Argument[]): Argument {
  const [path, suffix, ...others] = args;
  const text = knownText(path)?.replace(/\/+$/u, '').split('/').at(-1);
  const end = suffix === undefined ? '' : knownText(suffix);
  // A name without a slash, unless it is `..`.
  if (text === undefined || end === undefined || others.length > 0 || args.some((one) => one.text.startsWith('-')))
    return unknownArgument('$(basename ...)');
  return exactly(end !== '' && text !== end && text.endsWith(end) ? text.slice(0, -end.length) : text);
}

/** The text that `echo` or `printf` prints; undefined for any other program. */
export function printed({ name, args }: Invocation): Argument | undefined {
  if (name === 'echo') {
    const options = args.findIndex(({ text }) => !/^-[neE]+$/u.test(text));
    const words = options < 0 ? [] : args.slice(options);
    const escapes = args.slice(0, Math.max(0, options)).some(({ text }) => text.includes('e'));
    const joined = words.map(({ text }) => text).join(' ');
    // Some shells read escapes without being told to.
    if (!escapes && /\\(?:0|x)[0-9a-f]|\\[1-7][0-7]{2}/iu.test(joined)) return unknownArgument(joined);
    return { ...certaintyOf(words), text: `${escapes ? unescaped(joined) : joined}\n` };
  }
  if (name !== 'printf' || args[0] === undefined || args[0].text === '-v') return undefined;
  const [format, ...values] = args[0].text === '--' ? args.slice(1) : args;
  if (format === undefined) return undefined;
  const certainty = certaintyOf(args);
  const pattern = unescaped(format.text);
  if (!/%/u.test(pattern)) return { ...certainty, text: pattern };
  if (/%(?![sbq%]|\d*d|-?\d*s)/u.test(pattern)) return unknownArgument(format.written);
  const holes = pattern.match(/%[^%]*?[sbqd]/gu)?.length ?? 0;
  let text = '';
  let next = 0;
  do {
    text += pattern.replace(/%(?:%|[^%]*?[sbqd])/gu, (hole) =>
      hole === '%%' ? '%' : hole.endsWith('b') ? unescaped(values[next++]?.text ?? '') : (values[next++]?.text ?? ''),
    );
  } while (holes > 0 && next < values.length);
  return { ...certainty, text };
}

function certaintyOf(words: readonly Argument[]): Omit<Argument, 'text'> {
  const written = words.map((one) => one.written).join(' ');
  if (words.some(({ certainty }) => certainty === 'unknown')) return { certainty: 'unknown', written };
  // It prints the names that fit.
  return words.some(({ certainty }) => certainty === 'pattern')
    ? { certainty: 'pattern', expanded: true, written }
    : { certainty: 'exact', written };
}

function unescaped(text: string): string {
  return text.replace(/\\(?:n|t|\\|0?[0-7]{1,3}|x[0-9a-fA-F]{1,2})/gu, (sequence) => {
    if (sequence === '\\n') return '\n';
    if (sequence === '\\t') return '\t';
    if (sequence === '\\\\') return '\\';
    const code = sequence[1] === 'x' ? Number.parseInt(sequence.slice(2), 16) : Number.parseInt(sequence.slice(1), 8);
    return String.fromCharCode(code & 255);
  });
}

/** What the next part of a pipeline reads. */
export function pipedFrom(
  command: CommandNode,
  started: readonly Invocation[],
  before: readonly Invocation[],
  input: Input,
): Input {
  const from = before.map(({ name }) => name);
  const said = before.flatMap(({ name, args }) => [name, ...args.map(({ text: word }) => word)]).join(' ');
  const [only] = started;
  if (command.type !== 'Command' || only === undefined || started.length > 1) return { kind: 'pipe', from, said };
  const text = printed(only);
  if (text !== undefined) return { kind: 'text', text };
  const operands = only.args.filter(({ text: word }) => !word.startsWith('-'));
  switch (only.name) {
    case 'cat':
      if (operands.length === 0) return only.input;
      return operands.length === 1 && operands[0] !== undefined
        ? { kind: 'file', path: operands[0] }
        : { kind: 'pipe', from, said };
    case 'tee':
      return only.input;
    case 'yes':
      return { kind: 'text', text: exactly('y\n') };
    case 'find':
    case 'fd':
    case 'fdfind': {
      // What it is told to print may be anything.
      if (
        only.args.some(({ text: word }) =>
          /^-(?:f?printf|exec(?:dir)?|ok(?:dir)?|ls|files0-from)$|^-[xX]$|^--(?:exec|format)/u.test(word),
        )
      )
        return { kind: 'pipe', from, said };
      const end = only.args.findIndex(({ text: word }) => /^[-(!]/u.test(word));
      const roots = only.name === 'find' ? only.args.slice(0, end < 0 ? undefined : end) : [];
      return { kind: 'pipe', from, said, lists: roots.length === 0 ? [exactly('.')] : roots };
    }
    case 'ls':
      // Of a folder it says the names alone, which are other paths from here.
      return {
        kind: 'pipe',
        from,
        said,
        lists: operands.every(({ text: word }) => word.startsWith('-') || word === '.')
          ? [exactly('./*')]
          : [exactly('.'), ...operands],
      };
    case 'grep':
    case 'rg': {
      if (only.name === 'grep' && operands.length < 2 && input.kind === 'pipe') return { ...input, from, said };
      const given = only.args.some(({ text: word }) => /^-[a-zA-Z]*[ef]|^--(?:regexp|file)|^--files$/u.test(word));
      const lists = given ? operands : operands.slice(1);
      const names = only.args.some(({ text: word }) => /^-[a-zA-Z]*[lL]|^--files/u.test(word));
      return names
        ? { kind: 'pipe', from, said, lists: lists.length === 0 ? [exactly('.')] : lists }
        : { kind: 'pipe', from, said };
    }
    case 'git':
      return /^(?:ls-files|diff|status)$/u.test(only.args[0]?.text ?? '') &&
        !only.args.some(({ text: word }) => word.startsWith('--format')) &&
        (only.args[0]?.text !== 'diff' || only.args.some(({ text: word }) => word === '--name-only'))
        ? { kind: 'pipe', from, said, lists: [exactly('.')] }
        : { kind: 'pipe', from, said };
    case 'sort':
    case 'uniq':
    case 'head':
    case 'tail':
      // They pass on some of the lines that they are given.
      return input.kind === 'pipe' && only.input === input ? { ...input, from, said } : { kind: 'pipe', from, said };
    case 'tr':
      return input.kind === 'pipe' &&
        only.input === input &&
        only.args.every(({ text: word }) => /^(?:-d|(?:\\[n0r]|\n|\0|\s)+)$/u.test(word))
        ? { ...input, from, said }
        : { kind: 'pipe', from, said };
    default:
      return { kind: 'pipe', from, said };
  }
}
