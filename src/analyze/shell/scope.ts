import { type Argument, exactly, unknownArgument } from './argument.js';
import type { CommandNode, CompoundList } from './parser.js';

export type FunctionBody = CommandNode | CompoundList;

export interface Definition {
  /** More than one when nobody knows which of them counts. */
  readonly bodies: readonly FunctionBody[];
  /** False: it may not be defined, so that a program of its name would run. */
  readonly certain: boolean;
}

/** What a shell knows at one point of a script. Subshells and branches work on a copy. */
export class Scope {
  private readonly variables: Map<string, readonly Argument[]>;
  private readonly functions: Map<string, Definition>;
  readonly aliases: Map<string, Argument>;
  /** `$0`, `$1`, ...; undefined when nobody knows them. */
  parameters: readonly Argument[] | undefined;
  /** See `Invocation.folder`. */
  folder: string | undefined;
  readonly home: string;

  private constructor(
    variables: Map<string, readonly Argument[]>,
    functions: Map<string, Definition>,
    aliases: Map<string, Argument>,
    parameters: readonly Argument[] | undefined,
    folder: string | undefined,
    home: string,
  ) {
    this.variables = variables;
    this.functions = functions;
    this.aliases = aliases;
    this.parameters = parameters;
    this.folder = folder;
    this.home = home;
  }

  static begin(given: {
    readonly folder: string | undefined;
    readonly home: string;
    readonly parameters?: readonly Argument[] | undefined;
    readonly variables?: ReadonlyMap<string, Argument> | undefined;
  }): Scope {
    const variables = [...(given.variables ?? [])].map(([name, value]): [string, Argument[]] => [name, [value]]);
    return new Scope(new Map(variables), new Map(), new Map(), given.parameters, given.folder, given.home);
  }

  copy(): Scope {
    return new Scope(
      new Map(this.variables),
      new Map(this.functions),
      new Map(this.aliases),
      this.parameters,
      this.folder,
      this.home,
    );
  }

  /** @param values more than one, or none, for an array. */
  assign(name: string, values: readonly Argument[]): void {
    this.variables.set(name, values);
  }

  forget(name: string): void {
    this.variables.set(name, [unknownArgument(`$${name}`)]);
  }

  /** The value of a variable; one that the script never set comes from outside, and nobody knows it. */
  valueOf(name: string): Argument {
    const own = this.variables.get(name);
    if (own !== undefined) return own[0] ?? exactly('');
    if (name === 'HOME') return exactly(this.home);
    if (name === 'PWD') return this.folder === undefined ? unknownArgument('$PWD') : exactly(this.folder);
    if (name === 'TMPDIR' || name === 'TMP' || name === 'TEMP') return exactly('/tmp');
    if (NUMBERS.has(name)) return aNumber(`$${name}`);
    return unknownArgument(`$${name}`);
  }

  /** All elements of an array. */
  elementsOf(name: string): readonly Argument[] {
    return this.variables.get(name) ?? [this.valueOf(name)];
  }

  define(name: string, body: FunctionBody): void {
    this.functions.set(name, { bodies: [body], certain: true });
  }

  functionOf(name: string): Definition | undefined {
    return this.functions.get(name);
  }

  /** A function of this name, or any when none is given, may not be there: what else has the name may run. */
  doubtFunctions(only?: string): void {
    for (const [name, { bodies }] of this.functions) {
      if (only === undefined || only === name) this.functions.set(name, { bodies, certain: false });
    }
  }

  isSet(name: string): boolean {
    return this.variables.has(name);
  }

  /** After a branch that may or may not have run: what it changed is known no more, unless both agree. */
  merge(branch: Scope, what: 'all' | 'but the folder' = 'all'): void {
    for (const [name, values] of branch.variables) {
      if (!alike(this.variables.get(name), values)) this.forget(name);
    }
    // A variable that only one of them has set may still be what came from outside.
    for (const name of this.variables.keys()) if (!branch.variables.has(name)) this.forget(name);
    for (const name of new Set([...this.functions.keys(), ...branch.functions.keys()])) {
      const bodies = new Set([
        ...(this.functions.get(name)?.bodies ?? []),
        ...(branch.functions.get(name)?.bodies ?? []),
      ]);
      const certain = [this, branch].every((scope) => scope.functions.get(name)?.certain === true);
      this.functions.set(name, { bodies: [...bodies], certain });
    }
    for (const [name, text] of branch.aliases) this.aliases.set(name, text);
    if (what === 'all' && branch.folder !== this.folder) this.folder = undefined;
    if (branch.parameters !== this.parameters) this.parameters = undefined;
  }
}

/** Numbers, whatever they are: in a path they name no other folder. */
const NUMBERS = new Set([
  '$',
  'RANDOM',
  'SRANDOM',
  'SECONDS',
  'EPOCHSECONDS',
  'BASHPID',
  'PPID',
  'UID',
  'EUID',
  'LINENO',
  '?',
  '#',
  '!',
]);

export function aNumber(written: string): Argument {
  return { text: '*', certainty: 'pattern', expanded: true, written };
}

function alike(own: readonly Argument[] | undefined, other: readonly Argument[]): boolean {
  return (
    own?.length === other.length &&
    own.every(({ text, certainty }, index) => text === other[index]?.text && certainty === other[index].certainty)
  );
}
