import { type Argument, exactly, unknownArgument } from './argument.js';
import type { CommandNode, CompoundList } from './parser.js';

/** A variable that no script can set: it stands for what nobody knows. */
export const OUTSIDE = 'FIREBREAK_UNKNOWN';

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
  /** Variables that programs started from here see. */
  private readonly exported: Set<string>;
  /** Variables that are names of others, numbers, of one letter case or constant: what is assigned is not what they hold. */
  private readonly odd: Set<string>;
  /** What the variables of the function that runs were outside of it. */
  private locals: Map<string, readonly Argument[] | undefined> | undefined;
  /** Patterns fit more than they say: hidden names, any letter case (`shopt -s dotglob`). */
  widePatterns = false;
  /** When `folder` is in doubt: folders that it may be, as far as anybody can tell. */
  maybe: readonly string[] = [];
  /** When `folder` is not known: it is one of those that fit this pattern. */
  folderPattern: string | undefined;
  /** The folder was reached through a link, so that `..` is not the folder above it. */
  linked = false;
  /** `$0`, `$1`, ...; undefined when nobody knows them. */
  parameters: readonly Argument[] | undefined;
  /** See `Invocation.folder`. */
  folder: string | undefined;
  readonly home: string;

  private constructor(
    variables: Map<string, readonly Argument[]>,
    functions: Map<string, Definition>,
    aliases: Map<string, Argument>,
    exported: Set<string>,
    odd: Set<string>,
    parameters: readonly Argument[] | undefined,
    folder: string | undefined,
    home: string,
  ) {
    this.variables = variables;
    this.functions = functions;
    this.aliases = aliases;
    this.exported = exported;
    this.odd = odd;
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
    const exported = new Set(variables.map(([name]) => name));
    return new Scope(
      new Map(variables),
      new Map(),
      new Map(),
      exported,
      new Set(),
      given.parameters,
      given.folder,
      given.home,
    );
  }

  copy(): Scope {
    const copy = new Scope(
      new Map(this.variables),
      new Map(this.functions),
      new Map(this.aliases),
      new Set(this.exported),
      new Set(this.odd),
      this.parameters,
      this.folder,
      this.home,
    );
    copy.locals = this.locals;
    copy.widePatterns = this.widePatterns;
    copy.linked = this.linked;
    copy.folderPattern = this.folderPattern;
    copy.maybe = this.maybe;
    return copy;
  }

  /** What a shell of its own, started from here, knows: variables only as far as they are exported. */
  child(variables: ReadonlyMap<string, Argument> = new Map()): Scope {
    const child = this.copy();
    for (const [name, value] of variables) {
      child.assign(name, [value]);
      child.export(name);
    }
    // One that is not exported is empty there, unless it came from outside.
    for (const name of child.variables.keys()) if (!child.exported.has(name)) child.forget(name);
    child.doubtFunctions();
    child.widePatterns = false;
    return child;
  }

  export(name: string): void {
    this.exported.add(name);
  }

  /** Variables that the script has exported, with their values. */
  exports(): readonly (readonly [string, Argument])[] {
    return [...this.exported].flatMap((name) => {
      const [value] = this.variables.get(name) ?? [];
      return value === undefined ? [] : [[name, value] as const];
    });
  }

  /**
   * From now on nobody knows what this variable holds, whatever is assigned.
   *
   * @param since `from now on`: what it holds already is known.
   */
  makeOdd(name: string, since: 'always' | 'from now on' = 'always'): void {
    this.odd.add(name);
    if (since === 'always' && this.variables.has(name)) this.forget(name);
  }

  /** The folders in which something may be meant by a relative path. */
  places(): readonly string[] {
    return this.folder === undefined ? this.maybe : [...new Set([this.folder, ...this.maybe])];
  }

  /** From now on another folder, or nobody knows which. */
  go(folder: string | undefined): void {
    this.maybe = folder === undefined ? this.places() : [];
    this.folder = folder;
  }

  /** In `inFunction`: only there is it that `local` works. */
  get isInFunction(): boolean {
    return this.locals !== undefined;
  }

  /** Runs with these variables set, and sets them back. */
  during(variables: ReadonlyMap<string, Argument>, run: () => void): void {
    const before = new Map([...variables.keys()].map((name) => [name, this.variables.get(name)]));
    for (const [name, value] of variables) this.assign(name, [value]);
    run();
    this.restore(before);
  }

  /** Runs the body of a function, and sets its local variables back. */
  inFunction(run: () => void): void {
    const outer = this.locals;
    const mine = new Map<string, readonly Argument[] | undefined>();
    this.locals = mine;
    run();
    this.locals = outer;
    this.restore(mine);
  }

  makeLocal(name: string): void {
    if (this.locals?.has(name) === false) this.locals.set(name, this.variables.get(name));
  }

  private restore(before: ReadonlyMap<string, readonly Argument[] | undefined>): void {
    for (const [name, values] of before) {
      if (values === undefined) this.variables.delete(name);
      else this.variables.set(name, values);
    }
  }

  /** Something that nobody can read may have set any variable. */
  doubtVariables(): void {
    for (const name of this.variables.keys()) this.forget(name);
  }

  /**
   * @param values more than one, or none, for an array.
   * @param whole an array takes the place of what was there; one value alone is the first element of an array that is there.
   */
  assign(name: string, values: readonly Argument[], whole = false): void {
    // INVARIANT: a script that sets the variable which stands for the unknown makes nothing known.
    if (name === OUTSIDE) return;
    const others = whole || values.length !== 1 ? [] : (this.variables.get(name)?.slice(1) ?? []);
    this.variables.set(name, this.odd.has(name) ? [unknownArgument(`$${name}`)] : [...values, ...others]);
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
    if (NUMBERS.has(name))
      return /^[$?#]$|^(?:LINENO|PPID)$/u.test(name) ? aNumber(`$${name}`) : perhapsANumber(`$${name}`);
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
  merge(branch: Scope): void {
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
    if (branch.folder !== this.folder) {
      this.maybe = [...new Set([...this.places(), ...branch.places()])];
      this.folder = undefined;
    }
    if (branch.parameters !== this.parameters) this.parameters = undefined;
    for (const name of this.exported) if (!branch.exported.has(name)) this.exported.delete(name);
    for (const name of branch.odd) this.odd.add(name);
    this.widePatterns ||= branch.widePatterns;
    this.linked ||= branch.linked;
    if (branch.folderPattern !== this.folderPattern) this.folderPattern = undefined;
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

/** As `aNumber`, of a command that prints nothing when it fails. */
export function perhapsANumber(written: string): Argument {
  return { ...aNumber(written), perhapsEmpty: true };
}

function alike(own: readonly Argument[] | undefined, other: readonly Argument[]): boolean {
  return (
    own?.length === other.length &&
    own.every(({ text, certainty }, index) => text === other[index]?.text && certainty === other[index].certainty)
  );
}
