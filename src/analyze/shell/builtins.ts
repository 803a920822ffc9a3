/** The shell's own commands (bash(1), "Shell Builtin Commands"): what they change in the shell, and what they run. */
import { type Argument, exactly, knownText, positions, UNKNOWN_PART, unknownArgument } from './argument.js';
import type { Invocation } from './invocation.js';
import { readOptions } from './options.js';
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
  if (READS_SUBSCRIPTS.has(name)) for (const { text } of args) walk.subscripts(text, scope, via);
  switch (name) {
    case 'cd':
    case 'pushd':
    case 'chdir':
      walk.enter(changed(scope, invocation), scope, flagged(args, 'P'));
      return true;
    case 'popd':
      scope.go(undefined);
      scope.folderPattern = undefined;
      return true;
    case 'export':
    case 'declare':
    case 'typeset':
    case 'local':
    case 'readonly':
      declare(invocation, around);
      return true;
    case 'unset':
      for (const { text } of args) if (!text.startsWith('-')) scope.assign(text, [exactly('')], true);
      if (args[0]?.text.startsWith('-f') === true || args.length === 1)
        for (const { text } of args) scope.doubtFunctions(text);
      return true;
    case 'set':
      scope.parameters = setParameters(scope, args);
      return true;
    case 'setopt':
    case 'shopt':
      if (flagged(args, 's') || name === 'setopt') scope.widePatterns ||= args.some(({ text }) => WIDENS.test(text));
      return true;
    case 'shift': {
      const by = args[0] === undefined ? 1 : /^\d+$/u.test(args[0].text) ? Number(args[0].text) : undefined;
      const [first = exactly('sh'), ...rest] = scope.parameters ?? [];
      if (scope.parameters !== undefined) scope.parameters = by === undefined ? undefined : [first, ...rest.slice(by)];
      return true;
    }
    case 'read':
    case 'mapfile':
    case 'readarray': {
      for (const [variable, value] of readInto(invocation)) {
        scope.assign(variable, [value]);
        walk.assigned(variable, value, scope, via);
      }
      // `-C` names a command that is run for the lines.
      if (name !== 'read') for (const text of optionText(args, 'C')) walk.text(text, scope, via);
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
      const written = words.map((one) => one.written).join(' ');
      if (certainty === 'unknown' && /\$\(|`/u.test(written)) {
        // FAIL-CLOSED: what another command prints may hold more commands than the words around it.
        opaque(`runs what ${written} comes to`);
        return true;
      }
      scope.during(invocation.variables, () => walk.text({ text, certainty, written }, scope, via, input));
      return true;
    }
    case 'exec':
    case 'command':
    case 'builtin': {
      const { operands } = readOptions(args, { values: name === 'exec' ? ['-a'] : [], stopAtOperand: true });
      const asks = name === 'command' && /^-[a-z]*[vV]/u.test(args[0]?.text ?? '');
      if (!asks && operands.length > 0)
        scope.during(invocation.variables, () => walk.start(operands, { scope, via, input, external: true }));
      return true;
    }
    case 'hash': {
      // `-p PATH NAME`: from now on NAME is that program.
      const at = args.findIndex(({ text }) => /^-[a-z]*p$/u.test(text));
      const [path, ...names] = at < 0 ? [] : args.slice(at + 1);
      if (path !== undefined) for (const { text } of names) scope.aliases.set(text, path);
      return true;
    }
    case 'compgen':
    case 'complete':
      for (const text of optionText(args, 'C')) walk.text(text, scope, via);
      for (const text of optionText(args, 'W')) walk.text({ ...text, text: `: ${text.text}` }, scope, via);
      return true;
    case 'bind':
      for (const text of optionText(args, 'x'))
        walk.text({ ...text, text: text.text.replace(/^[^:]*:/u, '') }, scope, via);
      return true;
    case 'trap': {
      const [action] = args[0]?.text === '--' ? args.slice(1) : args;
      if (action !== undefined && args.length > 1 && !/^-|^$/u.test(action.text)) walk.trap(action, scope, via);
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
    ': [ bg break caller compopt continue dirs disown echo exit false fc fg help history jobs ' +
    'let logout pwd return suspend test times true type ulimit umask wait'
  ).split(' '),
);

/** They take the name of a variable, and run what is in its subscript. */
const READS_SUBSCRIPTS = new Set(
  'let test [ read printf unset declare typeset local export readonly mapfile readarray wait'.split(' '),
);

/** Options of the shell with which a pattern fits more than it says. */
const WIDENS = /^(?:dotglob|nocaseglob|globstar|glob_?dots|no_?case_?glob|extended_?glob)$/iu;

function flagged(args: readonly Argument[], letter: string): boolean {
  return args.some(({ text }) => /^-[A-Za-z]+$/u.test(text) && text.includes(letter));
}

/** The values of an option of one letter, attached or not. */
function optionText(args: readonly Argument[], letter: string): readonly Argument[] {
  return args.flatMap((one, at) => {
    const attached = new RegExp(`^-${letter}(.+)$`, 'su').exec(one.text)?.[1];
    if (attached !== undefined) return [{ ...one, text: attached }];
    const next = args[at + 1];
    return new RegExp(`^-[a-z]*${letter}$`, 'u').test(one.text) && next !== undefined ? [next] : [];
  });
}

function changed(scope: Scope, { name, args, variables }: Invocation): Argument | undefined {
  const [target, more] = args.filter(({ text }) => !/^-[LPe@n]*$|^--$/u.test(text) || text === '-');
  // With more than one it fails, and everything after it would happen where we are.
  if (more !== undefined) return undefined;
  if (target === undefined) {
    const home = scope.valueOf('HOME');
    return name === 'pushd' ? undefined : home;
  }
  if (target.text === '-' || target.certainty === 'unknown') return undefined;
  const listed = variables.get('CDPATH') ?? (scope.isSet('CDPATH') ? scope.valueOf('CDPATH') : exactly(''));
  // With CDPATH it may be another folder of that name.
  if (listed.text !== '' && !/^\.{0,2}(?:\/|$)/u.test(target.text)) return undefined;
  // The shell goes back the way it came, and programs see the folder above the one it leads to.
  if (scope.linked && /(?:^|\/)\.\.(?:\/|$)/u.test(target.text)) return undefined;
  const path = pathIn(scope.folder, target.text);
  return path === undefined ? undefined : { ...target, text: path };
}

/** `set -- a b`, `set a b`, `set -e - a`: the parameters; options alone leave them. */
function setParameters(scope: Scope, args: readonly Argument[]): readonly Argument[] | undefined {
  if (
    args.some(
      ({ certainty, text }) => certainty === 'unknown' && text.startsWith(UNKNOWN_PART) && args[0]?.text !== '--',
    )
  )
    return undefined;
  const { operands } = readOptions(args, { values: ['-o'], stopAtOperand: true });
  const dashes = args.findIndex(({ text }) => text === '--' || text === '-');
  if (operands.length === 0 && dashes < 0) return scope.parameters;
  const words = operands[0]?.text === '-' ? operands.slice(1) : operands;
  return [scope.parameters?.[0] ?? exactly('sh'), ...positions(words)];
}

/** `declare`, `export`, `local`, `readonly`: what they assign, and what becomes of the variables. */
function declare({ name, args }: Invocation, { walk, scope, via }: Surroundings): void {
  const letters = args.flatMap(({ text }) => (/^[-+][A-Za-z]+$/u.test(text) ? [...text.slice(1)] : []));
  for (const one of args) {
    const [variable] = /^[A-Za-z_]\w*/u.exec(one.text) ?? [];
    if (variable === undefined) continue;
    if (/^(?:local|declare|typeset)$/u.test(name) && !letters.includes('g')) scope.makeLocal(variable);
    // A name of another one, a number, or of one letter case: what it holds is something else than what is assigned.
    if (letters.some((letter) => 'niulc'.includes(letter))) scope.makeOdd(variable);
    // Assigned to a name of another one, that one changes.
    const other = letters.includes('n') ? /^[A-Za-z_]\w*=([A-Za-z_]\w*)$/u.exec(one.text)?.[1] : undefined;
    if (other !== undefined) scope.makeOdd(other);
    else if (letters.includes('n') && one.text.includes('=')) scope.doubtVariables();
    const equals = /^[A-Za-z_]\w*(\+?)=/u.exec(one.text);
    if (equals?.[1] === '+') scope.forget(variable);
    else if (equals !== null) {
      scope.assign(variable, [{ ...one, text: one.text.slice(equals[0].length) }]);
      walk.assigned(variable, scope.valueOf(variable), scope, via);
    }
    // Outside of functions Bash refuses it, and other shells do not.
    if (name === 'local' && !scope.isInFunction) scope.forget(variable);
    if (name === 'readonly' || letters.includes('r')) scope.makeOdd(variable, 'from now on');
    if (name === 'export' || letters.includes('x')) scope.export(variable);
  }
  if (!letters.includes('f') || !(name === 'export' || letters.includes('x'))) return;
  // A function for shells that are started from here: it takes the place of the program of its name.
  for (const { text } of args)
    if (scope.functionOf(text) !== undefined)
      walk.start([exactly(text)], { scope: scope.copy(), via, input: { kind: 'inherited' } });
}

/** What each variable of `read` gets: a field of a known line, one of the paths that are listed, or nobody knows what. */
function readInto(invocation: Invocation): readonly (readonly [string, Argument])[] {
  const { name, args, variables } = invocation;
  const values = name === 'read' ? '-p -t -u -d -n -N -i -a' : '-C -c -d -n -O -s -u';
  const options = readOptions(args, { values: values.split(' ') });
  const names = [...options.operands, ...options.values('-a')].flatMap(
    ({ text }) => /^[A-Za-z_]\w*$/u.exec(text) ?? [],
  );
  const all = names.length === 0 ? [name === 'read' ? 'REPLY' : 'MAPFILE'] : names;
  const nothing = unknownArgument('what it reads');
  const odd = options.has('-d', '-n', '-N', '-u', '-a', '-i', '-O', '-s') && name !== 'mapfile';
  const value = odd ? nothing : readable(invocation);
  const whole = all.length === 1 && (options.has('-r') || !value.text.includes('\\'));
  const separators = variables.get('IFS');
  if (whole && (separators === undefined || separators.text === ''))
    return all.map((one) => [one, trimmed(value, separators)]);
  // A known line in several fields; what lists paths has one a line.
  if (value.certainty !== 'exact' || separators !== undefined || value.text.includes('\\'))
    return all.map((one) => [one, nothing]);
  const fields = value.text.trim().split(/[ \t]+/u);
  return all.map((one, index) => [
    one,
    exactly((index === all.length - 1 ? fields.slice(index) : fields.slice(index, index + 1)).join(' ')),
  ]);
}

function trimmed(value: Argument, separators: Argument | undefined): Argument {
  return value.certainty === 'exact' && separators === undefined ? { ...value, text: value.text.trim() } : value;
}

function readable({ input }: Invocation): Argument {
  if (input.kind === 'text') {
    const lines = (knownText(input.text) ?? '').split('\n').filter((line) => line !== '');
    if (lines.length === 1 && lines[0] !== undefined && !input.text.perhapsEmpty)
      return { ...input.text, text: lines[0] };
  }
  if (input.kind === 'pipe' && input.lists?.length === 1 && input.lists[0] !== undefined) return listed(input.lists[0]);
  return unknownArgument('what it reads');
}

/** One of the paths at or below a path, whichever: what happens to it may happen to all of them. */
export function listed(root: Argument): Argument {
  if (root.certainty === 'unknown') return root;
  return {
    text: root.text,
    certainty: 'pattern',
    expanded: true,
    written: `what is in ${root.written}`,
  };
}
