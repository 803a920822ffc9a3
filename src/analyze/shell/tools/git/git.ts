import { type Argument, knownText } from '../../argument.js';
import { DESTROYING } from '../../cli-tool.js';
import type { Finding, GitFinding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { inside, onPaths } from '../files/on-paths.js';
import { CONFIG } from './config.js';
import { EXTRAS } from './extras.js';
import type { GitCommand, GitJudge } from './git-command.js';
import { touchesOwnRefs } from './git-command.js';
import { HISTORY } from './history.js';
import { REFS } from './refs.js';
import { REMOTE } from './remote.js';
import { RUNNING } from './running.js';
import { SEQUENCES } from './sequences.js';
import { settingsOf, settingsRun, variablesRun } from './settings.js';
import { STASH } from './stash.js';
import { WORKTREE } from './worktree.js';

const JUDGES: ReadonlyMap<string, GitJudge> = new Map(
  [WORKTREE, STASH, SEQUENCES, REFS, HISTORY, REMOTE, RUNNING, CONFIG, EXTRAS].flatMap((family) =>
    Object.entries(family),
  ),
);

/** Options that stand before the command (git(1), "OPTIONS"). */
const GLOBAL_VALUES = [
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--config-env',
  '--attr-source',
  '--super-prefix',
];

/** Aliases lead to aliases; more steps than this lead nowhere. */
const MOST_ALIASES = 5;

export const git: Tool = {
  names: ['git', 'git.exe', 'hub', 'yadm', 'vcsh'],
  judge: (invocation) => judged(invocation, invocation.args),
};

/** `git-reset`, `git-push`: the same commands under their own names (gitcli(7)). */
export const dashed: Tool = {
  names: [...JUDGES.keys()].map((name) => `git-${name}`),
  judge: (invocation) => {
    const name = invocation.name.replace(/^git-/u, '');
    return judged(invocation, [{ ...invocation.program, text: name, written: name }, ...invocation.args]);
  },
};

function judged(invocation: Invocation, args: readonly Argument[]): readonly Finding[] {
  const options = readOptions(args, { values: GLOBAL_VALUES, stopAtOperand: true });
  const [word, ...rest] = options.operands;
  const settings = settingsOf(options, invocation.variables);
  const found = [...settingsRun(settings), ...variablesRun(invocation.variables)];
  const elsewhere = options.values('--exec-path').find(({ text }) => text !== '');
  if (elsewhere !== undefined)
    found.push({ kind: 'opaque', explain: `has git run its commands from ${elsewhere.written}` });
  if (word === undefined || options.has('--help', '-h', '--version', '-v', '--html-path', '--man-path', '--info-path'))
    return found;
  const folder = folderOf(options, invocation);
  const done = commanded({ name: word.text, args: rest, folder, invocation, settings }, word, 0);
  return [...found, ...done.map((one) => (one.kind === 'git' && isApart(options, invocation) ? apart(one) : one))];
}

/** The files and the repository are named apart: a copy of the one says nothing of the other. */
function isApart(options: ReturnType<typeof readOptions>, { variables }: Invocation): boolean {
  const files = options.value('--work-tree') ?? variables.get('GIT_WORK_TREE');
  const directory = options.value('--git-dir') ?? variables.get('GIT_DIR');
  const here = (path: Argument | undefined, own: RegExp) => path === undefined || own.test(path.text);
  return !here(files, /^(?:\.\/?)?$/u) || !here(directory, /^(?:\.\/)?\.git\/?$/u);
}

function apart(finding: GitFinding): Finding {
  if (finding.loses.every((part) => part === 'refs')) return finding;
  return {
    kind: 'effect',
    verb: 'destroy',
    resource: { kind: 'git', name: 'repository' },
    place: 'local',
    explain: `${finding.explain}, of files that lie apart from the repository`,
  };
}

function commanded(command: GitCommand, word: Argument, depth: number): readonly Finding[] {
  if (word.certainty === 'unknown')
    return [{ kind: 'opaque', explain: `runs a command of git that is not known: ${word.written}` }];
  const judge = JUDGES.get(command.name);
  if (judge !== undefined) {
    if (command.args.some(({ text }) => text === '--help' || (text === '-h' && command.args.length === 1))) return [];
    const own: readonly Finding[] = WRITES_REFS.has(command.name) && touchesOwnRefs(command) ? [OWN] : [];
    const done = judge(command);
    const touches = done.some((one) => one.kind === 'git' && one.loses.some((part) => part !== 'refs'));
    return [...own, ...(touches ? ownFiles(command) : []), ...done];
  }
  const alias = knownText(command.settings.get(`alias.${command.name.toLowerCase()}`));
  if (alias !== undefined && depth < MOST_ALIASES) return aliased(command, alias, depth);
  return unknownCommand(command);
}

/** `-c alias.x='!command'` runs a shell; other aliases are words of git's own (git-config(1), "alias.*"). */
function aliased(command: GitCommand, alias: string, depth: number): readonly Finding[] {
  if (alias.startsWith('!')) return [];
  const [name, ...words] = alias.trim().split(/\s+/u);
  if (name === undefined) return [];
  const exact = (text: string): Argument => ({ text, certainty: 'exact', written: text });
  return commanded({ ...command, name, args: [...words.map(exact), ...command.args] }, exact(name), depth + 1);
}

/** Files that make agents obey Firebreak, named among what is put back, taken out or cleaned up. */
function ownFiles({ args }: GitCommand): readonly Finding[] {
  return onPaths(
    'edit',
    args.filter(({ text }) =>
      /(?:^|[/:])(?:\.(?:claude|codex|gemini|opencode|cursor)(?:\/[\w.]*)?|firebreak\.yaml|opencode\.jsonc?)$/u.test(
        text,
      ),
    ),
    { recursive: true },
  );
}

/** Nobody knows an alias of the user's; one that is called after destroying, or given such a word, waits. */
function unknownCommand({ name, args }: GitCommand): readonly Finding[] {
  const words = [name, ...args.slice(0, 2).map(({ text }) => text)];
  const telling = words.some((word) => word.split('-').some((part) => DESTROYING.test(part) || UNDOING.test(part)));
  return telling && !KNOWN.has(name)
    ? [{ kind: 'opaque', explain: `runs git ${name}, which is no command of git's own` }]
    : [];
}

const UNDOING = /^(?:nuke|undo|discard|unstage-all|hard-reset|force-push|pushf|reset|hard|pristine|abort|wip-drop)$/u;

/** Commands of git that destroy nothing, whatever words they are given. */
const KNOWN = new Set(
  (
    'add annotate archimport blame bugreport cat-file check-attr check-ignore check-mailmap check-ref-format cherry ' +
    'citool clone column commit-graph commit-tree count-objects cvsimport describe diff-files diff-index diff-tree diff ' +
    'difftool fast-export fetch-pack fmt-merge-msg for-each-ref format-patch fsck get-tar-commit-id gitk gitweb gui ' +
    'hash-object help index-pack init init-db interpret-trailers last-modified log ls-files ls-remote ls-tree mailinfo ' +
    'mailsplit merge merge-base merge-file merge-tree mktag mktree multi-pack-index name-rev pack-objects pack-redundant ' +
    'pack-refs patch-id pull quiltimport range-diff remote request-pull rerere rev-list rev-parse revert shortlog show ' +
    'show-branch show-index show-ref sparse-checkout status stripspace unpack-file unpack-objects update-index ' +
    'update-server-info var verify-commit verify-pack verify-tag version whatchanged write-tree cherry-pick am'
  ).split(' '),
);

/** Commands that write refs: none of them may name Firebreak's. */
const WRITES_REFS = new Set(
  'update-ref push fetch pull branch tag symbolic-ref reflog replace notes filter-branch fast-import send-pack refs'.split(
    ' ',
  ),
);

const OWN: Finding = {
  kind: 'effect',
  verb: 'destroy',
  resource: { kind: 'firebreak', name: 'refs/firebreak' },
  place: 'local',
  reversible: 'no',
  explain: 'changes the refs under which Firebreak keeps lost work',
};

/** `-C` adds up; `--work-tree` names the files; a `--git-dir` of `x/.git` belongs to `x`. */
function folderOf(options: ReturnType<typeof readOptions>, { variables }: Invocation): Argument | undefined {
  const [first, ...more] = options.values('-C').filter(({ text }) => text !== '');
  const changed = more.reduce<Argument | undefined>(
    (before, next) => (before === undefined || next.text.startsWith('/') ? next : inside(before, next)),
    first,
  );
  const below = (path: Argument) => (changed === undefined || path.text.startsWith('/') ? path : inside(changed, path));
  const files = options.value('--work-tree') ?? variables.get('GIT_WORK_TREE');
  if (files !== undefined) return below(files);
  const directory = options.value('--git-dir') ?? variables.get('GIT_DIR');
  if (directory === undefined) return changed;
  const owner = directory.text.replace(/(?:^|\/)\.git\/?$/u, '');
  return below({ ...directory, text: owner === '' ? '.' : owner });
}
