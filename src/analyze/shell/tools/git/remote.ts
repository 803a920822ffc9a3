import { type Argument, knownText, UNKNOWN_PART } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { after, type GitCommand, type GitJudge, listed, onRemote, optionsOf, runs, takes } from './git-command.js';
import { pushes, settingRuns } from './settings.js';

const PUSH_VALUES = ['-o', '--push-option', '--receive-pack', '--exec', '--repo', '--signed'];

/** Options after which the remote lacks, or has otherwise, what it had (git-push(1)). */
const FORCING = ['-f', '--force', '--force-with-lease', '-d', '--delete', '--mirror', '--prune'];

const SHARED = /(?:^|[/:+])(?:main|master|trunk|develop|prod|production|release[^/]*|stable)$|^\+/u;

/** git-push(1): a refspec with `+` overwrites, one that begins with `:` deletes. */
const push: GitJudge = (command) => {
  const options = optionsOf(command, PUSH_VALUES);
  if (options.has('-n', '--dry-run')) return [];
  const [remote, ...refspecs] = options.operands;
  const name = remote === undefined ? 'the default remote' : remote.written;
  const executed = options.values('--receive-pack', '--exec').flatMap((text) => runs(text, 'git push --receive-pack'));
  const said = listed(refspecs);
  const standing = [...command.settings].flatMap(([key, value]) => pushes(key, value));
  if (standing.length > 0) return [...standing, ...executed];
  const told = (explain: string) => [...onRemote('destroy', name, explain, { reversible: 'no' }), ...executed];
  if (options.has('-d', '--delete')) return told(`deletes ${said} at ${name}`);
  if (options.has('--mirror', '--prune')) return told(`deletes at ${name} every branch that is not here`);
  const deleted = refspecs.filter(({ text }) => /^\+?:./u.test(text));
  if (deleted.length > 0) return told(`deletes ${listed(deleted)} at ${name}`);
  const isForced = options.has(...FORCING) || refspecs.some(({ text }) => text.startsWith('+'));
  if (isForced) {
    const explain = `overwrites the history of ${said === '' ? 'the branch' : said} at ${name}`;
    const isLeased = options.has('--force-with-lease') && !options.has('-f', '--force');
    // With a lease, what is overwritten is what was fetched last: it is here, is kept, and can be pushed back. Branches on
    // which others build are asked about all the same.
    if (isLeased && !refspecs.some(({ text }) => SHARED.test(text)))
      return [...takes(command, ['refs'], explain), ...executed];
    return [...onRemote('destroy', name, explain, { reversible: isLeased ? 'yes' : 'no' }), ...executed];
  }
  if ([...command.args].some(mayForce)) return told(`may overwrite history at ${name}`);
  return [
    ...onRemote('write', name, `pushes ${said === '' ? 'the branch' : said} to ${name}`, { count: 1 }),
    ...executed,
  ];
};

/**
 * An unknown word may be `--force`, `+main` or `:main`. One that is named after what stands at its place (`$BRANCH`,
 * `$(git branch --show-current)`) is taken for that.
 */
function mayForce({ text, certainty, written }: Argument): boolean {
  const at = text.indexOf(UNKNOWN_PART);
  if (certainty !== 'unknown' || at < 0 || !/^[-+:]?$/u.test(text.slice(0, at))) return false;
  if (at > 0) return true;
  return !/branch|ref|remote|tag|version|release|origin|upstream|head|repo|url|commit|sha/iu.test(written);
}

/** git-fetch(1): `+` and `--force` move branches here; remote-tracking ones come again. */
const fetched: GitJudge = (command) => {
  const options = optionsOf(command, [
    '--upload-pack',
    '--depth',
    '-o',
    '-j',
    '--jobs',
    '--refmap',
    '--shallow-since',
    '--shallow-exclude',
    '--negotiation-tip',
    '--filter',
    '-s',
    '-X',
  ]);
  const into = options.operands.slice(1).filter(({ text }) => /:(?!refs\/remotes\/|$)/u.test(text));
  const forced = into.filter(({ text }) => text.startsWith('+') || options.has('-f', '--force'));
  return [
    ...transports(command, options.operands),
    ...options.values('--upload-pack').flatMap((text) => runs(text, `git ${command.name} --upload-pack`)),
    ...(forced.length > 0 || (options.has('--update-head-ok', '-u') && into.length > 0)
      ? takes(command, ['refs'], `moves branches (${listed(into)}) to what the remote has`)
      : []),
  ];
};

/** git-clone(1) and others that talk to a remote: the program at its other end may be named, here or there. */
const talking: GitJudge = (command) => {
  const options = optionsOf(command, [
    '--upload-pack',
    '-u',
    '--exec',
    '-c',
    '--config',
    '--template',
    '-b',
    '--branch',
    '-o',
    '--origin',
    '--depth',
    '--remote',
    '--output',
    '--reference',
    '-j',
  ]);
  const isClone = command.name === 'clone';
  const settings = isClone ? options.values('-c', '--config') : [];
  const programs = options.values('--upload-pack', '--exec', ...(isClone ? ['-u'] : []));
  return [
    ...transports(command, options.operands),
    ...programs.flatMap((text) => runs(text, `git ${command.name} --upload-pack`)),
    ...settings.flatMap((word) => {
      const equals = word.text.indexOf('=');
      return equals < 0 ? [] : settingRuns(word.text.slice(0, equals).toLowerCase(), after(word, equals + 1));
    }),
  ];
};

/** `ext::command`: a transport that is a command of its own (git-remote-ext(1)). */
function transports(command: GitCommand, words: readonly Argument[]): readonly Finding[] {
  return words
    .filter(({ text }) => text.startsWith('ext::'))
    .flatMap((word): readonly Finding[] => {
      // `% ` is a blank inside of one word, `%%` a percent sign.
      const texts = word.text.slice('ext::'.length).match(/(?:%.|[^\s%])+/gsu) ?? [];
      const words = texts.map((text) => ({ ...word, text: text.replace(/%(.)/gsu, '$1') }));
      return words.length === 0 ? [] : [{ kind: 'command', words, by: `git ${command.name} ext::` }];
    });
}

/** git-send-email(1), git-svn(1), git-p4(1), git-subtree(1): they send commits elsewhere. */
const sending: GitJudge = (command) => {
  const verb = knownText(optionsOf(command).operands[0]) ?? '';
  if (optionsOf(command).has('--dry-run', '-n')) return [];
  const sends =
    command.name === 'send-email' || command.name === 'send-pack' || /^(?:dcommit|submit|push|set-tree)$/u.test(verb);
  const forced = command.name === 'send-pack' && optionsOf(command).has('--force', '--mirror');
  if (forced) return onRemote('destroy', 'remote', 'overwrites history at a remote', { reversible: 'no' });
  return sends ? onRemote('write', 'remote', `sends commits (git ${command.name})`, { count: 1 }) : [];
};

export const REMOTE: Readonly<Record<string, GitJudge>> = {
  push,
  fetch: fetched,
  pull: (command) => [
    ...fetched(command).filter(({ kind }) => kind !== 'git'),
    ...takes(command, ['refs'], 'moves the branch (git pull)'),
  ],
  clone: talking,
  'ls-remote': talking,
  'fetch-pack': talking,
  'send-email': sending,
  'send-pack': sending,
  svn: sending,
  p4: sending,
  subtree: sending,
};
