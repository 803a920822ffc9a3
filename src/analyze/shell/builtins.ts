/** The shell's own commands (bash(1), "Shell Builtin Commands"): what they change in the shell, and what they run. */
import { type Argument, exactly, knownText, unknownArgument } from './argument.js';
import type { Invocation } from './invocation.js';
import { pathIn } from './paths.js';
import type { Scope } from './scope.js';
import type { Via } from './via.js';
import type { Walk } from './walk.js';

interface Surroundings {
  readonly walk: Walk;
  readonly scope: Scope;
  readonly via: Via;
  readonly opaque: (explain: string) => void;
}

/** @returns false when it is no builtin. */
export function runBuiltin(invocation: Invocation, around: Surroundings): boolean {
  const { name, program, args, input } = invocation;
  if (program.text.includes('/')) return false;
  const { walk, scope, via, opaque } = around;
  switch (name) {
    case 'cd':
    case 'pushd':
    case 'chdir':
      scope.folder = walk.entered(changed(scope, args));
      return true;
    case 'popd':
      scope.folder = undefined;
      return true;
    case 'export':
    case 'declare':
    case 'typeset':
    case 'local':
    case 'readonly':
      for (const one of args) declared(one, scope);
      return true;
    case 'unset':
      for (const { text } of args) if (!text.startsWith('-')) scope.assign(text, [exactly('')]);
      if (args[0]?.text.startsWith('-f') === true || args.length === 1)
        for (const { text } of args) scope.doubtFunctions(text);
      return true;
    case 'set':
      if (args[0]?.text === '--') scope.parameters = [scope.parameters?.[0] ?? exactly('sh'), ...args.slice(1)];
      return true;
    case 'shift': {
      const by = Number(args[0]?.text ?? 1);
      const [first = exactly('sh'), ...rest] = scope.parameters ?? [];
      if (scope.parameters !== undefined) scope.parameters = [first, ...rest.slice(Math.max(by, 0))];
      return true;
    }
    case 'read':
    case 'mapfile':
    case 'readarray': {
      const value = readable(invocation);
      for (const one of args) if (/^[A-Za-z_]\w*$/u.test(one.text)) scope.assign(one.text, [value]);
      scope.assign('REPLY', [value]);
      return true;
    }
    case 'getopts':
      for (const one of args.slice(1, 2)) scope.forget(one.text);
      return true;
    case 'alias':
      for (const one of args) {
        const equals = one.text.indexOf('=');
        if (equals > 0) scope.aliases.set(one.text.slice(0, equals), { ...one, text: one.text.slice(equals + 1) });
      }
      return true;
    case 'unalias':
      for (const { text } of args) scope.aliases.delete(text);
      return true;
    case 'eval': {
      const words = args[0]?.text === '--' ? args.slice(1) : args;
      const text = words.map((one) => one.text).join(' ');
      const certainty = words.some((one) => one.certainty === 'unknown') ? 'unknown' : 'exact';
      walk.text({ text, certainty, written: words.map(({ written }) => written).join(' ') }, scope, via, input);
      return true;
    }
    case 'exec':
    case 'command':
    case 'builtin': {
      const rest = args.slice(args.findIndex(({ text }) => !text.startsWith('-')));
      const asks = name === 'command' && /^-[a-z]*[vV]/u.test(args[0]?.text ?? '');
      if (!asks && args.some(({ text }) => !text.startsWith('-')))
        walk.start(rest, { scope, via, input, external: true });
      return true;
    }
    case 'trap': {
      const [action] = args[0]?.text === '--' ? args.slice(1) : args;
      if (action !== undefined && args.length > 1 && !/^-|^$/u.test(action.text)) walk.text(action, scope.copy(), via);
      return true;
    }
    case '.':
    case 'source':
      if (args[0] === undefined) return true;
      return false; // As a script, which the knowledge of shells follows.
    case 'printf': {
      const into = args.findIndex(({ text }) => text === '-v');
      const target = into < 0 ? undefined : args[into + 1];
      if (target !== undefined) scope.forget(target.text);
      return true;
    }
    case 'enable':
      // `-f` loads code from a file.
      if (args.some(({ text }) => /^-[a-z]*f/u.test(text))) opaque(`loads code with ${name}`);
      return true;
    default:
      return QUIET.has(name);
  }
}

/** They say, test or wait, and nothing more. */
const QUIET = new Set(
  (
    ': [ bg bind break caller compgen complete compopt continue dirs disown echo exit false fc fg hash help history jobs ' +
    'let logout pwd return shopt suspend test times true type ulimit umask wait'
  ).split(' '),
);

function changed(scope: Scope, args: readonly Argument[]): string | undefined {
  const [target] = args.filter(({ text }) => !/^-[LPe@n]*$/u.test(text) || text === '-');
  if (target === undefined) return scope.home;
  if (target.text === '-' || target.certainty !== 'exact') return undefined;
  return pathIn(scope.folder, target.text);
}

function declared(word: Argument, scope: Scope): void {
  const found = /^([A-Za-z_]\w*)(\+?)=/u.exec(word.text);
  if (found === null) return;
  const [all, name = '', plus] = found;
  if (plus === '+') {
    scope.forget(name);
    return;
  }
  scope.assign(name, [{ ...word, text: word.text.slice(all.length) }]);
}

/** What `read` may give: a line of a known text, one of the paths that are listed, or nobody knows what. */
function readable({ input }: Invocation): Argument {
  if (input.kind === 'text') {
    const lines = (knownText(input.text) ?? '').split('\n').filter((line) => line !== '');
    if (lines.length === 1 && lines[0] !== undefined) return exactly(lines[0]);
  }
  if (input.kind === 'pipe' && input.lists?.length === 1 && input.lists[0] !== undefined) return listed(input.lists[0]);
  return unknownArgument('what it reads');
}

/** One of the paths below a folder, whichever. */
export function listed(root: Argument): Argument {
  if (root.certainty === 'unknown') return root;
  return {
    text: `${root.text.replace(/\/+$/u, '')}/*`,
    certainty: 'pattern',
    expanded: true,
    written: `what is in ${root.written}`,
  };
}
