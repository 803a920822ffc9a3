/** Package managers of languages: installing and removing is nothing of note; publishing and taking back is. */
import { type Argument, knownText } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onMachine, saying } from '../system/on-machine.js';
import { onRegistry } from './registries.js';

interface Manager {
  readonly names: readonly string[];
  readonly values?: readonly string[];
  /** Commands by what they do; each is the first word, or the first two. */
  readonly deploys?: RegExp;
  readonly destroys?: RegExp;
  readonly grants?: RegExp;
  /** Deletes an environment that was made by hand, or a project of one's own. */
  readonly removes?: RegExp;
  /** `run` starts a program. */
  readonly starts?: RegExp;
}

const MANAGERS: readonly Manager[] = [
  { names: ['pip', 'pip3', 'pipx', 'easy_install'] },
  { names: ['twine'], deploys: /^upload\b/u },
  {
    names: ['uv', 'rye', 'pdm', 'hatch', 'flit'],
    values: [
      '-n',
      '--project',
      '--directory',
      '--python',
      '-p',
      '--with',
      '--env-file',
      '--extra',
      '--group',
      '--package',
      '--index',
    ],
    deploys: /^publish\b/u,
    removes: /^(?:env (?:remove|prune)|self uninstall)\b/u,
    starts: /^run$/u,
  },
  {
    names: ['poetry', 'pipenv'],
    values: ['-C', '--directory', '-P', '--project'],
    deploys: /^publish\b/u,
    starts: /^run$/u,
  },
  {
    names: ['conda', 'mamba', 'micromamba', 'pixi'],
    values: ['-n', '--name', '-p', '--prefix', '--file', '-f', '-c', '--channel'],
    deploys: /^upload\b/u,
    removes: /^(?:env remove)\b/u,
    starts: /^run$/u,
  },
  { names: ['anaconda'], deploys: /^(?:upload|copy|move)\b/u, destroys: /^remove\b/u },
  {
    names: ['cargo'],
    values: ['--manifest-path', '-p', '--package', '--features', '--target', '--color', '-Z', '-j', '--config', '-C'],
    deploys: /^publish\b/u,
    destroys: /^yank\b/u,
    grants: /^owner\b/u,
  },
  { names: ['gem'], deploys: /^push\b/u, destroys: /^yank\b/u, grants: /^owner\b/u },
  {
    names: [
      'composer',
      'go',
      'pecl',
      'pear',
      'cabal',
      'stack',
      'opam',
      'luarocks',
      'cpan',
      'cpanm',
      'raco',
      'nimble',
      'shards',
      'pub',
      'pod',
      'swift',
      'carthage',
      'conan',
      'vcpkg',
      'bower',
      'volta',
      'rustup',
      'rbenv',
      'pyenv',
      'nodenv',
      'asdf',
      'gleam',
      'elm',
      'lein',
      'pio',
      'sbt',

      'rebar3',
    ],
    deploys: /^(?:upload|publish|deploy|hex\.publish|trunk push|pkg publish)\b/u,
    destroys: /^(?:hex\.retire|hex\.publish --revert|trunk delete|unpublish|retire|pkg unpublish)\b/u,
  },
  { names: ['dart', 'flutter'], deploys: /^pub (?:publish|lish)\b/u },
  { names: ['jsr'], deploys: /^publish\b/u },
  { names: ['vsce', 'ovsx', 'lerna'], deploys: /^publish\b/u, destroys: /^unpublish\b/u },
  { names: ['dotnet', 'nuget'], deploys: /^(?:nuget )?push\b/u, destroys: /^(?:nuget )?delete\b/u },
  {
    names: ['mvn', 'mvnw', 'gradle', 'gradlew'],
    deploys:
      /(?:^|\s)(?:\S*:)?(?:deploy(?::deploy)?|publish|publishAllPublicationsTo\w+|release:perform|uploadArchives|closeAndReleaseRepository|publishTo(?!MavenLocal)\w+)\b/u,
  },
];

function managed(manager: Manager): Tool['judge'] {
  return (invocation: Invocation): readonly Finding[] => {
    const { name, args, input } = invocation;
    const options = readOptions(args, { values: manager.values, singleDash: /^(?:mvn|gradle)/u.test(name) });
    const [first, ...rest] = options.operands;
    if (manager.starts?.test(first?.text ?? '') === true) return started(args, manager, name, input);
    if (options.has('--dry-run', '--help', '-h', '-n') && !options.has('--yes')) return [];
    const said = options.operands.map((word) => knownText(word) ?? '').join(' ');
    if (manager.destroys?.test(said) === true)
      return onRegistry('destroy', name, 'takes a published version back', saying(rest));
    if (manager.deploys?.test(said) === true) return onRegistry('deploy', name, 'publishes a package', saying(rest));
    if (manager.grants?.test(said) === true) {
      const changes = options.has('-a', '--add', '-r', '--remove');
      return changes ? onRegistry('grant', name, 'changes who may publish', saying(rest)) : [];
    }
    return manager.removes?.test(said) === true
      ? onMachine('destroy', 'package', `removes an environment: ${name} ${said}`, { reversible: 'yes' })
      : [];
  };
}

/** `uv run --with x python a.py`: the words after `run` and its options. */
function started(
  args: readonly Argument[],
  manager: Manager,
  by: string,
  input: Invocation['input'],
): readonly Finding[] {
  const at = args.findIndex(({ text }) => text === 'run');
  const words = readOptions(args.slice(at + 1), { values: manager.values, stopAtOperand: true }).operands;
  return words.length === 0 ? [] : [{ kind: 'command', words, by: `${by} run`, input }];
}

export const LANGUAGES: readonly Tool[] = MANAGERS.map((manager) => ({
  names: manager.names,
  judge: managed(manager),
}));
