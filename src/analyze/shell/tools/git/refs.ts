import { knownText } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { type GitJudge, listed, optionsOf, takes } from './git-command.js';

/** git-branch(1). */
const branch: GitJudge = (command) => {
  const options = optionsOf(command, [
    '-u',
    '--set-upstream-to',
    '--contains',
    '--no-contains',
    '--merged',
    '--no-merged',
    '--points-at',
    '--format',
    '--sort',
  ]);
  const { operands } = options;
  if (options.has('-D', '-d', '--delete')) return takes(command, ['refs'], `deletes the branch ${listed(operands)}`);
  if (options.has('-M', '-C') || (options.has('-f', '--force') && operands.length > 0))
    return takes(command, ['refs'], `moves the branch ${listed(operands)} over what it was`);
  return options.uncertain && operands.length > 1 ? takes(command, ['refs'], 'may delete a branch') : [];
};

/** git-tag(1). */
const tag: GitJudge = (command) => {
  const options = optionsOf(command, [
    '-m',
    '--message',
    '-F',
    '--file',
    '-u',
    '--local-user',
    '-n',
    '--sort',
    '--format',
    '--contains',
    '--points-at',
    '--cleanup',
  ]);
  if (options.has('-d', '--delete')) return takes(command, ['refs'], `deletes the tag ${listed(options.operands)}`);
  return options.has('-f', '--force') ? takes(command, ['refs'], `moves the tag ${listed(options.operands)}`) : [];
};

/** git-update-ref(1): refs by name, or a list of orders on the standard input. */
const updateRef: GitJudge = (command) => {
  const options = optionsOf(command, ['-m']);
  if (options.has('--stdin')) return fromInput(command);
  const [name] = options.operands;
  // FAIL-CLOSED: a ref that nobody knows may be one under which lost work is kept.
  if (name?.certainty === 'unknown' && !/^refs\/(?:heads|tags|remotes|stash)\b/u.test(name.text))
    return [{ kind: 'opaque', explain: `changes a ref that is not known: ${name.written}` }];
  return takes(
    command,
    ['refs'],
    `${options.has('-d') ? 'deletes' : 'moves'} the ref ${listed(options.operands.slice(0, 1))}`,
  );
};

function fromInput(command: Parameters<GitJudge>[0]): readonly Finding[] {
  const { input } = command.invocation;
  const text = input.kind === 'text' ? knownText(input.text) : undefined;
  if (text === undefined) return [{ kind: 'opaque', explain: 'changes refs by a list that is not known' }];
  const own = /refs\/firebreak/u.test(text);
  if (own) {
    return [
      {
        kind: 'effect',
        verb: 'destroy',
        resource: { kind: 'firebreak', name: 'refs/firebreak' },
        place: 'local',
        reversible: 'no',
        explain: 'changes the refs under which Firebreak keeps lost work',
      },
    ];
  }
  return takes(command, ['refs'], 'changes refs by a list');
}

const symbolicRef: GitJudge = (command) =>
  optionsOf(command, ['-m']).has('-d', '--delete') ? takes(command, ['refs'], 'deletes a symbolic ref') : [];

const replace: GitJudge = (command) =>
  optionsOf(command).has('-d', '--delete', '-f', '--force')
    ? takes(command, ['refs'], 'changes what stands for a commit')
    : [];

const notes: GitJudge = (command) => {
  const options = optionsOf(command, ['--ref', '-m', '-F', '-C', '-c']);
  const verb = options.operands[0]?.text ?? '';
  const overwrites = /^(?:add|copy)$/u.test(verb) && options.has('-f', '--force');
  return /^(?:remove|prune)$/u.test(verb) || overwrites ? takes(command, ['refs'], 'takes away notes') : [];
};

/** git-remote(1): what a remote's branches were called here comes back with a fetch; its pushes are gone for nobody. */
const remote: GitJudge = () => [];

export const REFS: Readonly<Record<string, GitJudge>> = {
  branch,
  tag,
  'update-ref': updateRef,
  'symbolic-ref': symbolicRef,
  replace,
  notes,
  remote,
};
