import { type Argument, exactly, UNKNOWN_PART, unknownArgument } from '../../argument.js';
import type { FilesFinding, Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { ownFinding } from '../firebreak.js';
import { CHANGERS } from './changers.js';
import { HERE, inside, onPaths } from './on-paths.js';

/** Names of files that every build makes anew: deleting all of them is tidying up. */
const MADE_ANEW =
  /^(?:\*\.(?:pyc|pyo|o|obj|class|swp|tsbuildinfo)|\*\.py\[c?o?d?\]|__pycache__|\.DS_Store|node_modules|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.turbo|\.parcel-cache|Thumbs\.db)$/u;

/** What follows one of these, up to `;` or `+`, is a command. */
const EXECUTING = /^-(?:exec|execdir|ok|okdir)$/u;

/** find(1): an expression that deletes, or runs commands on, what it finds below the folders. */
const find: Tool = {
  names: ['find', 'bfs'],
  judge: ({ name, args }) => {
    const begins = args.findIndex(
      ({ text }, at) => /^(?:-(?![HLPOD])|[(!])/u.test(text) && args[at - 1]?.text !== '-D',
    );
    const before = begins < 0 ? args : args.slice(0, begins);
    // With `-L` it goes through links, to wherever they lead.
    const listed = args.some(({ text }) => text === '-files0-from');
    const follows = listed || args.some(({ text }, at) => /^-(?:L|follow)$/u.test(text) && !isValue(args[at - 1]));
    if (follows && args.some(({ text }) => /^-(?:delete|exec|execdir|ok|okdir)$/u.test(text)))
      return searched([unknownArgument('what the links lead to')], begins < 0 ? [] : args.slice(begins), name);
    const folders = before.filter(({ text }) => !/^-/u.test(text));
    const expression = begins < 0 ? [] : args.slice(begins);
    return searched(folders.length === 0 ? [HERE] : folders, expression, name);
  },
};

/** Names by which the files that make agents obey Firebreak are looked for. */
const OWN_NAMES = /(?:^|[*/.])(?:claude|codex|gemini|opencode|cursor|firebreak)(?:$|[*/.])/iu;

function searched(folders: readonly Argument[], expression: readonly Argument[], by: string): readonly Finding[] {
  const found: Finding[] = [];
  const own = expression.find(({ text }, at) => OWN_NAMES.test(text) && isValue(expression[at - 1]));
  const harms = expression.some(({ text }) => /^(?:-delete|rm|shred|truncate|sed|mv|tee|cp)$/u.test(text));
  if (own !== undefined && harms) found.push(ownFinding(`changes files named ${own.written} wherever they are`));
  const narrowed = narrowing(expression);
  for (let at = 0; at < expression.length; at += 1) {
    const word = expression[at];
    if (word === undefined) break;
    if (word.text === '-delete' || (word.certainty === 'unknown' && word.text.startsWith(UNKNOWN_PART))) {
      if (!isValue(expression[at - 1]) && narrowed?.anew !== true)
        found.push(
          ...onPaths('delete', folders, {
            recursive: true,
            explain: `deletes ${narrowed?.said ?? 'all that it finds'}`,
          }),
        );
    } else if (/^-(?:fprint|fprint0|fls)$/u.test(word.text) || word.text === '-fprintf') {
      const file = expression[at + 1];
      if (file !== undefined) found.push(...onPaths('overwrite', [file]));
    } else if (EXECUTING.test(word.text)) {
      const end = expression.findIndex(
        ({ text }, index) =>
          index > at && (text === ';' || text === '\\;' || (text === '+' && expression[index - 1]?.text === '{}')),
      );
      const words = expression.slice(at + 1, end < 0 ? undefined : end);
      found.push(...ranOn(words, folders, `${by} ${word.text}`, narrowed));
      at = end < 0 ? expression.length : end;
    }
  }
  return found;
}

interface Narrowed {
  readonly said: string;
  /** Nothing but what is made anew is found. */
  readonly anew: boolean;
  readonly name: Argument;
}

/** The one name that everything found has, when the expression has one and no alternatives. */
function narrowing(expression: readonly Argument[]): Narrowed | undefined {
  if (expression.some(({ text }) => /^(?:-o|-or|,|!|-not)$/u.test(text))) return undefined;
  const at = expression.findIndex(({ text }) => /^-i?name$/u.test(text));
  const name = at < 0 ? undefined : expression[at + 1];
  if (name === undefined || name.certainty === 'unknown') return undefined;
  return { said: `everything named ${name.text}`, anew: MADE_ANEW.test(name.text), name };
}

/** Tests of find(1) whose value may look like anything. */
function isValue(before: Argument | undefined): boolean {
  return /^-(?:i?name|i?path|i?wholename|i?regex|i?lname|newer\w*|size|type|xtype|[acm](?:time|min)|user|group|uid|gid|perm|maxdepth|mindepth|printf|fstype|inum|links|regextype|samefile|used|context)$/u.test(
    before?.text ?? '',
  );
}

/**
 * A command run on what was found. Programs that change the files that they are given are judged here: they get files
 * below the folder, so that the folder and all in it counts.
 */
export function ranOn(
  words: readonly Argument[],
  folders: readonly Argument[],
  by: string,
  narrowed?: Narrowed,
): readonly Finding[] {
  const [program, ...args] = words;
  if (program === undefined) return [];
  const name = program.text.slice(program.text.lastIndexOf('/') + 1);
  const changer = program.certainty === 'exact' ? CHANGERS.find(({ names }) => names.includes(name)) : undefined;
  if (changer === undefined) {
    const filled = words.map((word) => (word.text.includes('{}') ? someFile(word, folders) : word));
    return [{ kind: 'command', words: filled, by }];
  }
  const hole = exactly('{}');
  const found = changer.judge({
    name,
    program,
    args: args.map((word) => (word.text.includes('{}') ? hole : word)),
    folder: '.',
    input: { kind: 'inherited' },
    variables: new Map(),
  });
  return found.flatMap((finding) =>
    finding.kind === 'files' && finding.path.text.includes('{}') ? everywhere(finding, folders, narrowed) : [finding],
  );
}

function everywhere(
  finding: FilesFinding,
  folders: readonly Argument[],
  narrowed: Narrowed | undefined,
): readonly Finding[] {
  if (narrowed?.anew === true)
    return onPaths(
      finding.act,
      folders.map((folder) => inside(folder, exactly(narrowed.name.text.replace(/^\*\./u, 'x.')))),
      finding,
    );
  return onPaths(finding.act, folders, {
    recursive: true,
    explain: finding.explain ?? `${SAID[finding.act]} ${narrowed?.said ?? 'all that it finds'}`,
  });
}

const SAID: Readonly<Record<FilesFinding['act'], string>> = {
  delete: 'deletes',
  empty: 'removes the empty folders among',
  overwrite: 'overwrites',
  edit: 'changes',
  append: 'appends to',
  modes: 'changes the modes of',
  move: 'moves',
  place: 'replaces',
  read: 'reads',
};

/** One of the files found: below a folder, under a name that nobody knows. */
function someFile(word: Argument, folders: readonly Argument[]): Argument {
  const folder = folders.length === 1 ? folders[0]?.text : undefined;
  const file = folder === undefined ? UNKNOWN_PART : `${folder.replace(/\/$/u, '')}/${UNKNOWN_PART}`;
  return { text: word.text.replaceAll('{}', file), certainty: 'unknown', written: word.written };
}

/** fd: `-x` and `-X` run what follows on each of, or all, that it finds. */
const fd: Tool = {
  names: ['fd', 'fdfind'],
  judge: ({ args }) => {
    const at = args.findIndex(
      ({ text }) => /^(?:-[a-zA-Z]*[xX]|--exec|--exec-batch)$/u.test(text) && !/^-[tedESc].+/u.test(text),
    );
    const attached = args.find(({ text }) => /^--exec(?:-batch)?=/u.test(text));
    if (at < 0 && attached === undefined) return [];
    const options = readOptions(at < 0 ? args : args.slice(0, at), {
      values: [
        '-e',
        '--extension',
        '-t',
        '--type',
        '-d',
        '--max-depth',
        '--min-depth',
        '-E',
        '--exclude',
        '-S',
        '--size',
        '-c',
        '--color',
        '-j',
        '--threads',
        '--changed-within',
        '--changed-before',
        '-o',
        '--owner',
        '--base-directory',
        '-C',
        '--search-path',
        '--max-results',
        '--exact-depth',
        '--and',
      ],
    });
    const paths = [...options.operands.slice(1), ...options.values('--search-path', '--base-directory', '-C')];
    const end = args.findIndex(({ text }, index) => index > at && (text === ';' || text === '\\;'));
    const given =
      at < 0 && attached !== undefined
        ? [{ ...attached, text: attached.text.replace(/^[^=]*=/u, '') }]
        : args.slice(at + 1, end < 0 ? undefined : end);
    const words = given.map((word) => ({ ...word, text: word.text.replaceAll(/\{(?:\/|\/\/|\.|\/\.)\}/gu, '{}') }));
    const complete = words.some(({ text }) => text.includes('{}')) ? words : [...words, exactly('{}')];
    const [name] = options.operands;
    const extension = options.value('-e', '--extension');
    const pattern = extension === undefined ? name?.text.replace(/^\^|\$$/gu, '') : `*.${extension.text}`;
    const anew = pattern !== undefined && MADE_ANEW.test(pattern);
    return ranOn(
      complete,
      paths.length === 0 ? [HERE] : paths,
      'fd -x',
      anew ? { said: pattern, anew, name: exactly(pattern) } : undefined,
    );
  },
};

export const FIND: readonly Tool[] = [find, fd];
