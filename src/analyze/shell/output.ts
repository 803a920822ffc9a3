/** What is known of the output of commands: of substitutions, and of what is piped on. */
import { type Argument, exactly, knownText, unknownArgument } from './argument.js';
import type { Input, Invocation } from './invocation.js';
import type { CommandNode, ParsedScript } from './parser.js';
import { aNumber, type Scope } from './scope.js';

/** What a command substitution gives. */
export function outputOf(started: readonly Invocation[], script: ParsedScript, scope: Scope): Argument {
  const [only, ...others] = started;
  const written = '$(...)';
  if (only === undefined || others.length > 0 || script.commands.length !== 1) {
    // Of a pipeline, the last word has it.
    const last = started.at(-1);
    if (script.commands.length === 1 && last !== undefined && COUNTING.has(last.name)) return aNumber(written);
    return unknownArgument(written);
  }
  const text = printed(only);
  if (text !== undefined) return { ...text, text: text.text.replace(/\n+$/u, '') };
  // It sets variables and functions up, and a shell is meant to run it.
  if (setsUp(only)) return exactly(':');
  const [first] = only.args.filter(({ text: word }) => !word.startsWith('-'));
  switch (only.name) {
    case 'pwd':
      return scope.folder === undefined ? unknownArgument(written) : exactly(scope.folder);
    case 'mktemp':
      return { text: '/tmp/tmp.*', certainty: 'pattern', expanded: true, written };
    case 'which':
    case 'command':
    case 'type':
      return first === undefined ? unknownArgument(written) : { ...first, written };
    case 'basename':
      return plainName(first);
    case 'git':
      return only.args[0]?.text === 'rev-parse' && only.args[1]?.text === '--show-toplevel' && only.args.length === 2
        ? { text: scope.folder ?? '', certainty: scope.folder === undefined ? 'unknown' : 'exact', written }
        : only.args[0]?.text === 'rev-parse' && /^--short/u.test(only.args[1]?.text ?? '')
          ? aNumber(written)
          : unknownArgument(written);
    default:
      return COUNTING.has(only.name) ? aNumber(written) : unknownArgument(written);
  }
}

/** `direnv hook bash`, `kubectl completion zsh`, `ssh-agent -s`: what a tool gives for a shell to run. */
export function setsUp({ name, args }: Pick<Invocation, 'name' | 'args'>): boolean {
  if (name === 'ssh-agent' || name === 'dircolors' || name === 'lesspipe') return true;
  if (/^(?:curl|wget|cat|echo|printf|base64|nc|ssh|python\d?|node|perl|ruby|bash|sh)$/u.test(name)) return false;
  return args.some(({ text }) =>
    /^(?:--?)?(?:init|env|hook|activate|shellenv|completions?|alias|docker-env|shell\.\w+)$/u.test(text),
  );
}

/** They print a number, a date or a name without slashes. */
const COUNTING = new Set([
  'date',
  'whoami',
  'hostname',
  'uname',
  'nproc',
  'wc',
  'uuidgen',
  'id',
  'arch',
  'sha256sum',
  'md5sum',
  'expr',
  'seq',
  'pgrep',
  'pidof',
  'lsof',
  'fuser',
]);

function plainName(path: Argument | undefined): Argument {
  const text = knownText(path)?.replace(/\/+$/u, '').split('/').at(-1);
  // A name without a slash, unless it is `..`.
  return text === undefined ? unknownArgument('$(basename ...)') : exactly(text);
}

/** The text that `echo` or `printf` prints; undefined for any other program. */
export function printed({ name, args }: Invocation): Argument | undefined {
  if (name === 'echo') {
    const options = args.findIndex(({ text }) => !/^-[neE]+$/u.test(text));
    const words = options < 0 ? [] : args.slice(options);
    const escapes = args.slice(0, Math.max(0, options)).some(({ text }) => text.includes('e'));
    const joined = words.map(({ text }) => text).join(' ');
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
    text += pattern.replace(/%(?:%|[^%]*?[sbqd])/gu, (hole) => (hole === '%%' ? '%' : (values[next++]?.text ?? '')));
  } while (holes > 0 && next < values.length);
  return { ...certainty, text };
}

function certaintyOf(words: readonly Argument[]): Omit<Argument, 'text'> {
  const unknown = words.some(({ certainty }) => certainty === 'unknown');
  return { certainty: unknown ? 'unknown' : 'exact', written: words.map(({ written }) => written).join(' ') };
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
  const [only] = started;
  if (command.type !== 'Command' || only === undefined || started.length > 1) return { kind: 'pipe', from };
  const text = printed(only);
  if (text !== undefined) return { kind: 'text', text };
  const operands = only.args.filter(({ text: word }) => !word.startsWith('-'));
  switch (only.name) {
    case 'cat':
      if (operands.length === 0) return only.input;
      return operands.length === 1 && operands[0] !== undefined
        ? { kind: 'file', path: operands[0] }
        : { kind: 'pipe', from };
    case 'tee':
      return only.input;
    case 'yes':
      return { kind: 'text', text: exactly('y\n') };
    case 'find':
    case 'fd':
    case 'fdfind': {
      const end = only.args.findIndex(({ text: word }) => /^[-(!]/u.test(word));
      const roots = only.name === 'find' ? only.args.slice(0, end < 0 ? undefined : end) : [];
      return { kind: 'pipe', from, lists: roots.length === 0 ? [exactly('.')] : roots };
    }
    case 'ls':
      return { kind: 'pipe', from, lists: operands.length === 0 ? [exactly('.')] : operands };
    case 'grep':
    case 'rg': {
      if (only.name === 'grep' && operands.length < 2 && input.kind === 'pipe') return { ...input, from };
      const lists = operands.slice(1);
      const names = only.args.some(({ text: word }) => /^-[a-zA-Z]*[lL]|^--files/u.test(word));
      return names
        ? { kind: 'pipe', from, lists: lists.length === 0 ? [exactly('.')] : lists }
        : { kind: 'pipe', from };
    }
    case 'git':
      return /^(?:ls-files|diff|status)$/u.test(only.args[0]?.text ?? '')
        ? { kind: 'pipe', from, lists: [exactly('.')] }
        : { kind: 'pipe', from };
    case 'sort':
    case 'uniq':
    case 'head':
    case 'tail':
    case 'tr':
      // They pass on some of the lines that they are given.
      return input.kind === 'pipe' && only.input === input ? { ...input, from } : { kind: 'pipe', from };
    default:
      return { kind: 'pipe', from };
  }
}
