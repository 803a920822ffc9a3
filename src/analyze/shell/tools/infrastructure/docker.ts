import { type Argument, exactly, knownText } from '../../argument.js';
import { cliTool, isGiven } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import type { Input, Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { downloaded } from '../cloud/downloads.js';
import {
  COMPOSE_RULES,
  COMPOSE_VALUES,
  ENGINE_RULES,
  ENGINE_VALUES,
  EXEC_VALUES,
  RUN_VALUES,
} from './docker-commands.js';
import { isPrecious, mountsOf, onHost } from './docker-mounts.js';

const ENGINES = ['docker', 'podman', 'nerdctl', 'finch'];
const COMPOSERS = ['docker-compose', 'podman-compose'];

/** Options of the commands of the tables that take a value. */
const COMMAND_VALUES = [
  '--filter',
  '--time',
  '-t',
  '--timeout',
  '--signal',
  '-s',
  '--rmi',
  '--scale',
  '--wait-timeout',
  '--until',
  '--format',
];

const engine = cliTool({
  names: ENGINES,
  values: COMMAND_VALUES,
  resource: 'docker',
  place: 'local',
  rules: ENGINE_RULES,
});
const composer = cliTool({
  names: COMPOSERS,
  values: COMMAND_VALUES,
  resource: 'compose',
  place: 'local',
  rules: COMPOSE_RULES,
});

export const docker: Tool = {
  names: ENGINES,
  judge: (invocation) => {
    const before = readOptions(invocation.args, { values: ENGINE_VALUES, stopAtOperand: true });
    const elsewhere = engineElsewhere(
      before.value('-H', '--host', '--url'),
      before.value('-c', '--context', '--connection'),
      invocation,
    );
    const [first, ...args] = before.operands;
    if (first === undefined || before.has('--help')) return [];
    if (first.text === 'compose') return placed(compose(args, { ...invocation, args }), elsewhere);
    const { command, rest } = normal(first, args);
    return placed(judgeCommand(command, rest, { ...invocation, args: [command, ...rest] }), elsewhere);
  },
};

export const dockerCompose: Tool = {
  names: COMPOSERS,
  judge: (invocation) =>
    placed(compose(invocation.args, invocation), engineElsewhere(undefined, undefined, invocation)),
};

/** `docker container rm` is `docker rm`, `docker image rm` is `docker rmi`. */
function normal(
  first: Argument,
  args: readonly Argument[],
): { readonly command: Argument; readonly rest: readonly Argument[] } {
  const [second, ...others] = args;
  if (second === undefined || second.text === 'prune' || (first.text !== 'container' && first.text !== 'image'))
    return { command: first, rest: args };
  const removes = second.text === 'rm' || second.text === 'remove';
  if (first.text === 'image') return { command: removes ? exactly('rmi') : second, rest: others };
  return { command: removes ? exactly('rm') : second, rest: others };
}

function judgeCommand(command: Argument, rest: readonly Argument[], invocation: Invocation): readonly Finding[] {
  const by = `${invocation.name} ${command.text}`;
  switch (knownText(command)) {
    case undefined:
      return [{ kind: 'opaque', explain: `runs ${invocation.name} with a command that is computed` }];
    case 'exec':
      return inContainer(rest, EXEC_VALUES, by, invocation.input);
    case 'run':
    case 'create':
      return started(rest, by, invocation.input);
    case 'cp':
      return copiedOut(rest);
    case 'unshare':
      return [{ kind: 'command', words: readOptions(rest, { stopAtOperand: true }).operands, by }];
    case 'save':
    case 'export':
      return writes(readOptions(rest, { values: ['-o', '--output'] }).value('-o', '--output'));
    case 'stop':
    case 'kill':
      return rest.some(({ written }) => /\bps\b/u.test(written)) || isGiven(readOptions(rest), ['-a', '--all'])
        ? [local(command.text, 'stops every container of this machine, also those of other work')]
        : [];
    default:
      return engine.judge(invocation);
  }
}

function compose(args: readonly Argument[], invocation: Invocation): readonly Finding[] {
  const before = readOptions(args, { values: COMPOSE_VALUES, stopAtOperand: true });
  const [command, ...rest] = before.operands;
  if (command === undefined || before.has('--help', '-h', '--dry-run')) return [];
  const name = knownText(command);
  if (name === undefined) return [{ kind: 'opaque', explain: 'runs compose with a command that is computed' }];
  if (name === 'exec') return inContainer(rest, EXEC_VALUES, 'compose exec', invocation.input);
  if (name === 'run') return started(rest, 'compose run', invocation.input);
  if (name === 'cp') return copiedOut(rest);
  return composer.judge({ ...invocation, args: [command, ...rest] });
}

function inContainer(
  args: readonly Argument[],
  values: readonly string[],
  by: string,
  input: Input,
): readonly Finding[] {
  const options = readOptions(args, { values, stopAtOperand: true });
  const [container, ...words] = options.operands;
  if (container === undefined || words.length === 0 || options.has('--help')) return [];
  return [{ kind: 'command', words, input, elsewhere: `in the container ${container.written}`, by }];
}

/** A container that is started: what it runs, and what of this machine it can reach. */
function started(args: readonly Argument[], by: string, input: Input): readonly Finding[] {
  const options = readOptions(args, { values: RUN_VALUES, stopAtOperand: true });
  const [image, ...given] = options.operands;
  if (options.has('--help')) return [];
  const mounts = mountsOf(options);
  const findings: Finding[] = [];
  if (isGiven(options, ['--privileged'])) findings.push(opaque('with every right on this machine (--privileged)'));
  const precious = mounts.find(isPrecious);
  if (precious !== undefined) findings.push(opaque(`that can write to ${precious.host} of this machine`));
  if (image === undefined) return findings;
  const entry = options.value('--entrypoint');
  const words = [...(entry === undefined || entry.text === '' ? [] : [entry]), ...given];
  if (words.length === 0) return findings;
  const mapped = onHost(words, mounts);
  if (mapped !== undefined) return [...findings, { kind: 'command', words: mapped, input, by }];
  return [...findings, { kind: 'command', words, input, elsewhere: `in a container of ${image.written}`, by }];
}

/** FAIL-CLOSED: what such a container does to this machine cannot be told from the command. */
function opaque(explain: string): Finding {
  return { kind: 'opaque', explain: `starts a container ${explain}` };
}

function copiedOut(args: readonly Argument[]): readonly Finding[] {
  const [source, target] = readOptions(args, { values: ['--index'] }).operands;
  return source === undefined || target === undefined || target.text === '-' || /^[\w.-]+:/u.test(target.text)
    ? []
    : [downloaded(source, target, false)];
}

function writes(path: Argument | undefined): readonly Finding[] {
  return path === undefined ? [] : [{ kind: 'files', act: 'overwrite', path, recursive: false }];
}

function local(name: string, explain: string): Finding {
  return { kind: 'effect', verb: 'destroy', resource: { kind: `docker:${name}`, name }, place: 'local', explain };
}

/** Whether the engine is another machine's: `-H ssh://...`, a context, DOCKER_HOST. */
function engineElsewhere(
  host: Argument | undefined,
  context: Argument | undefined,
  { variables }: Invocation,
): boolean {
  const address = host ?? variables.get('DOCKER_HOST') ?? variables.get('CONTAINER_HOST');
  if (address !== undefined) return !/^(?:unix|npipe|fd):|^$/u.test(address.text);
  const named = context ?? variables.get('DOCKER_CONTEXT');
  return named !== undefined && !/^(?:default|desktop-linux|colima.*|orbstack|rancher-desktop)$/u.test(named.text);
}

function placed(findings: readonly Finding[], elsewhere: boolean): readonly Finding[] {
  if (!elsewhere) return findings;
  return findings.map((one) => (one.kind === 'effect' ? { ...one, place: 'remote' } : one));
}
