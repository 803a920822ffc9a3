/**
 * Over 300 lines: the shell's grammar is one switch, and its cases call each other.
 *
 * Goes through a script as a shell would, in the order of execution, and hands on every start of a program. What only may
 * run counts as run. INVARIANT: no command of the tree is left out: `unvisited` finds any that was.
 */
import { type Argument, positions, UNKNOWN_PART, unknownArgument } from './argument.js';
import { assign, assignmentWord, scalar } from './assignments.js';
import { runBuiltin } from './builtins.js';
import { expandValue, expandWord, expandWords, type Outputs } from './expand.js';
import type { Input, Invocation } from './invocation.js';
import { outputOf, pipedFrom, printed } from './output.js';
import {
  type Assignment,
  assignedIn,
  type Command,
  type CommandNode,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type PipelineNode,
  readScript,
  type Statement,
  type SyntaxNode,
  scriptOf,
} from './parser.js';
import { redirected } from './redirections.js';
import { type FunctionBody, OUTSIDE, type Scope } from './scope.js';
import type { Via } from './via.js';

/** What the walk hands on. */
export interface WalkEvents {
  /** A program is started. */
  started(invocation: Invocation, scope: Scope, via: Via): void;
  /** Where this folder really is, with links followed, as far as anybody can tell; undefined: it is not there. */
  landing(folder: string, pattern?: 'pattern'): string | undefined;
  /** The root of the repository that this folder lies in; undefined when nobody knows. */
  rootOf(folder: string): string | undefined;
  /** Output goes to a file, or a file is read. */
  redirected(redirect: RedirectEvent, scope: Scope, via: Via): void;
  /** A variable gets a value, for the shell or for one program. */
  assigned(name: string, value: Argument, scope: Scope, via: Via): void;
  /** Something is run that nobody can tell. */
  opaque(explain: string, via: Via): void;
  /** A text that is no script, and why. */
  unreadable(text: string, why: string, via: Via): void;
}

export interface RedirectEvent {
  readonly kind: 'overwrite' | 'append' | 'read';
  readonly target: Argument;
  /** What is written, when that is known. */
  readonly content?: Argument | undefined;
  /** The words of what writes it. */
  readonly by: string;
}

/** More starts of programs and turns of loops than this are a riddle. */
const MOST_STEPS = 3_000;
const MOST_TURNS = 40;
const DEEPEST = 12;

const INHERITED: Input = { kind: 'inherited' };

export class Walk {
  private readonly events: WalkEvents;
  private readonly visited = new WeakSet<SyntaxNode>();
  private steps = 0;
  /** Last names of paths that commands were given which make folders. */
  private readonly mentioned = new Set<string>();
  private readonly traps: { readonly action: Argument; readonly scope: Scope; readonly via: Via }[] = [];

  constructor(events: WalkEvents) {
    this.events = events;
  }

  /** A text that a shell runs. */
  text(text: Argument, scope: Scope, via: Via, input: Input = INHERITED): void {
    if (via.depth > DEEPEST) {
      this.events.opaque('runs scripts within scripts, too deep to follow', via);
      return;
    }
    // What nobody knows becomes a variable that nobody set: an unknown command there is found as one.
    const source = text.text.replaceAll(UNKNOWN_PART, `\${${OUTSIDE}}`);
    const read = readScript(source);
    if (read.kind === 'unreadable') {
      this.events.unreadable(source, read.why, via);
      return;
    }
    this.script(read.script, scope, { ...via, depth: via.depth + 1 }, input);
  }

  /** To be called when the whole text was walked: a trap runs with what is known at the end. */
  finish(): void {
    for (const { action, scope, via } of this.traps.splice(0)) this.text(action, scope.copy(), via);
  }

  trap(action: Argument, scope: Scope, via: Via): void {
    this.text(action, scope.copy(), via);
    this.traps.push({ action, scope, via });
  }

  private script(script: ParsedScript, scope: Scope, via: Via, input: Input): void {
    for (const statement of script.commands) this.statement(statement, scope, via, input);
    // FAIL-CLOSED: a command of the tree that the walk did not come by is one that nobody judged.
    if (this.unvisited(script)) this.events.opaque('holds a command that cannot be followed', via);
  }

  private list(list: CompoundList, scope: Scope, via: Via, input: Input): void {
    this.visited.add(list);
    for (const statement of list.commands) this.statement(statement, scope, via, input);
  }

  private statement({ command, background }: Statement, scope: Scope, via: Via, input: Input): void {
    this.chain(command, background === true ? scope.copy() : scope, via, input);
  }

  private chain(node: Statement['command'], scope: Scope, via: Via, input: Input): void {
    if (node.type !== 'AndOr') {
      this.pipeline(node, scope, via, input);
      return;
    }
    /** What is known if the chain stops at one of its `&&`. */
    const stops: Scope[] = [];
    node.commands.forEach((command, index) => {
      const before = node.commands[index - 1];
      if (before === undefined || node.operators[index - 1] === '&&') {
        if (before !== undefined && !cannotFail(before)) stops.push(scope.copy());
        this.pipeline(command, scope, via, input);
        return;
      }
      // After `||` it may not run at all.
      const branch = scope.copy();
      this.pipeline(command, branch, via, input);
      if (!leaves(command)) scope.merge(branch);
    });
    for (const stop of stops) scope.merge(stop);
  }

  private pipeline(node: PipelineNode, scope: Scope, via: Via, input: Input): void {
    if (node.type !== 'Pipeline') {
      this.command(node, scope, via, input);
      return;
    }
    let next = input;
    const from: Invocation[] = [];
    node.commands.forEach((command, index) => {
      // Each part of a pipeline runs in a shell of its own.
      const inner = node.commands.length === 1 ? scope : scope.copy();
      const started = this.watching(() => this.command(command, inner, via, next));
      from.push(...started);
      if (index + 1 < node.commands.length) next = pipedFrom(command, started, from, next);
    });
  }

  private command(node: CommandNode, scope: Scope, via: Via, input: Input): void {
    this.steps += 1;
    if (this.steps > MOST_STEPS) {
      // FAIL-CLOSED: what is too long to follow waits for a person; it is said once.
      if (this.steps === MOST_STEPS + 1) this.events.opaque('runs more commands than can be followed', via);
      this.see(node);
      return;
    }
    this.visited.add(node);
    switch (node.type) {
      case 'Command':
        this.simple(node, scope, via, input);
        return;
      case 'Redirected': {
        const outputs = this.substitutions(node.redirects, scope, via);
        const by = textOf(node.command);
        const inner = redirected(node.redirects, scope, outputs, input, (kind, target) =>
          this.events.redirected({ kind, target, by }, scope, via),
        );
        this.command(node.command, scope, via, inner);
        return;
      }
      case 'Function':
        scope.define(node.name.value, node.body);
        // Its body is judged where it is called; `unvisited` leaves it out.
        this.see(node.body);
        return;
      case 'Subshell':
        this.list(node.body, scope.copy(), via, input);
        return;
      case 'BraceGroup':
        this.list(node.body, scope, via, input);
        return;
      case 'If':
        this.branches(
          [[node.clause, node.then], ...node.elif.map((one) => [one.clause, one.then] as const)],
          node.else,
          scope,
          via,
          input,
        );
        return;
      case 'While': {
        this.forgetAll(node, scope);
        const body = scope.copy();
        this.turns([node.clause, node.body], body, via, input);
        scope.merge(body);
        return;
      }
      case 'ArithmeticFor': {
        this.substitutions([node], scope, via);
        this.forgetAll(node, scope);
        this.turns([node.body], scope, via, input);
        return;
      }
      case 'For':
      case 'Select':
        this.loop(node, scope, via, input);
        return;
      case 'Case': {
        const outputs = this.substitutions([node.word, ...node.items.flatMap(({ pattern }) => pattern)], scope, via);
        expandValue(node.word, scope, outputs);
        const branches = node.items.map(({ body }) => {
          const branch = scope.copy();
          this.list(body, branch, via, input);
          return branch;
        });
        for (const branch of branches) scope.merge(branch);
        return;
      }
      case 'TestCommand':
      case 'ArithmeticCommand':
        this.substitutions([node], scope, via);
        for (const word of wordsIn(node)) this.subscripts(word, scope, via);
        return;
      case 'Coproc': {
        const inner = scope.copy();
        node.body.type === 'CompoundList'
          ? this.list(node.body, inner, via, INHERITED)
          : this.command(node.body, inner, via, INHERITED);
        return;
      }
    }
  }

  private branches(
    tests: readonly (readonly [CompoundList, CompoundList])[],
    otherwise: CompoundList | undefined,
    scope: Scope,
    via: Via,
    input: Input,
  ): void {
    const ends: Scope[] = [];
    for (const [clause, then] of tests) {
      this.list(clause, scope, via, input);
      const branch = scope.copy();
      this.list(then, branch, via, input);
      if (!endsEarly(then)) ends.push(branch);
    }
    if (otherwise !== undefined) {
      const branch = scope.copy();
      this.list(otherwise, branch, via, input);
      if (!endsEarly(otherwise)) ends.push(branch);
    }
    for (const end of ends) scope.merge(end);
  }

  private loop(node: Extract<CommandNode, { type: 'For' | 'Select' }>, scope: Scope, via: Via, input: Input): void {
    const outputs = this.substitutions(node.wordlist ?? [], scope, via);
    const values =
      node.wordlist === undefined
        ? (scope.parameters?.slice(1) ?? [unknownArgument('$@')])
        : expandWords(node.wordlist, scope, outputs);
    const name = node.name.value;
    if (values.length === 0) {
      this.see(node.body);
      return;
    }
    const turns = values.length > MOST_TURNS ? [unknownArgument(`$${name}`)] : values;
    if (turns.length === 1 && turns[0]?.certainty !== 'exact') this.forgetAll(node, scope);
    for (const value of turns) {
      const one = value.certainty === 'pattern' ? { ...value, expanded: true as const } : value;
      scope.assign(name, [one]);
      if (one.certainty === 'exact') this.list(node.body, scope, via, input);
      else this.turns([node.body], scope, via, input);
    }
  }

  /** What runs an unknown number of times: when it changes folder, the next turn begins elsewhere. */
  private turns(lists: readonly CompoundList[], scope: Scope, via: Via, input: Input): void {
    const before = scope.folder;
    for (const list of lists) this.list(list, scope, via, input);
    if (scope.folder === before) return;
    scope.go(undefined);
    scope.folderPattern = undefined;
    for (const list of lists) this.list(list, scope, via, input);
  }

  /** A command inside of the subscript of an array, as arithmetic and some builtins read it out of a plain text. */
  subscripts(text: string, scope: Scope, via: Via): void {
    if (/\w\[.*(?:\$\(|`)/su.test(text))
      this.text({ text: `: ${text}`, certainty: 'exact', written: text }, scope, via);
  }

  private simple(node: Command, scope: Scope, via: Via, input: Input): void {
    const outputs = this.substitutions(
      [...(node.name === undefined ? [] : [node.name]), ...node.prefix, ...node.suffix],
      scope,
      via,
    );
    const redirects: Pick<RedirectEvent, 'kind' | 'target'>[] = [];
    const inner = redirected(node.redirects, scope, outputs, input, (kind, target) => redirects.push({ kind, target }));
    const words: Argument[] = [
      ...(node.name === undefined ? [] : expandWord(node.name, scope, outputs)),
      ...node.args.flatMap((one) =>
        one.type === 'Word' ? expandWord(one, scope, outputs) : [assignmentWord(one, scope, outputs)],
      ),
    ];
    const content = writtenBy(words, inner);
    const by = [...words.map(({ text }) => text), ...(inner.kind === 'pipe' ? inner.from : [])].join(' ');
    for (const one of redirects) this.events.redirected({ ...one, content, by }, scope, via);
    const assignments = node.prefix.filter((one): one is Assignment => one.type === 'Assignment');
    if (words.length === 0) {
      for (const one of assignments) {
        const of = one.index?.value;
        // `BASH_ALIASES[name]=text`: another way to say alias, and where a command lies.
        if (of !== undefined && /^BASH_(?:ALIASES|CMDS)$/u.test(one.name))
          scope.aliases.set(of, scalar(one, scope, outputs));
        assign(one, scope, outputs);
        this.assigned(one.name, scope.valueOf(one.name), scope, via);
      }
      return;
    }
    const variables = new Map(assignments.map((one) => [one.name, scalar(one, scope, outputs)]));
    for (const [name, value] of variables) this.assigned(name, value, scope, via);
    this.start(words, { scope, via, input: inner, variables });
  }

  assigned(name: string, value: Argument, scope: Scope, via: Via): void {
    if (name === 'GLOBIGNORE') scope.widePatterns = true;
    for (const { text } of scope.isSet(name) ? scope.elementsOf(name) : [value]) this.subscripts(text, scope, via);
    this.events.assigned(name, value, scope, via);
  }

  /** Starts what these words say: a function, a builtin, or a program. */
  start(
    words: readonly Argument[],
    given: {
      readonly scope: Scope;
      readonly via: Via;
      readonly input: Input;
      readonly variables?: ReadonlyMap<string, Argument> | undefined;
      /** Another program starts it, which knows no functions and no aliases. */
      readonly external?: boolean | undefined;
    },
  ): void {
    const { scope, via, input, variables = new Map<string, Argument>() } = given;
    const [program, ...args] = words;
    if (program === undefined) return;
    if (program.certainty === 'unknown' && !/\/[\w.-]+$/u.test(program.text)) {
      // FAIL-CLOSED: a command whose name nobody knows waits for a person.
      this.events.opaque(
        `runs ${program.written.includes(OUTSIDE) ? 'a computed command' : program.written}, and what that is nobody can tell`,
        via,
      );
      return;
    }
    // Zsh: `=rm` is the program that `rm` is.
    const name = program.text
      .replace(/^.*[/\\](?=[^/\\])/su, '')
      .replace(/\.exe$/iu, '')
      .replace(/^=(?=\w)/u, '');
    if (program.certainty === 'pattern' && (program.expanded !== true || !/\w/u.test(name))) {
      // FAIL-CLOSED: which of the files that fit a pattern is run waits for a person.
      this.events.opaque(`runs whatever fits ${program.written}`, via);
      return;
    }
    const definition = given.external === true ? undefined : scope.functionOf(program.text);
    if (definition !== undefined) {
      const [only, other] = definition.bodies;
      if (definition.certain && only !== undefined && other === undefined) {
        this.call(only, words, given);
        return;
      }
      for (const body of definition.bodies) {
        const branch = scope.copy();
        this.call(body, words, { ...given, scope: branch });
        scope.merge(branch);
      }
      if (definition.certain) return;
    }
    const alias = given.external === true ? undefined : scope.aliases.get(program.text);
    if (alias !== undefined && !via.aliases.includes(program.text)) {
      const rest = args.map(({ text, certainty, written }) => (certainty === 'exact' ? quotedWord(text) : written));
      const text = [alias.text, ...rest].join(' ');
      this.text({ ...alias, text }, scope, { ...via, aliases: [...via.aliases, program.text] }, input);
    }
    if (MAKES_FOLDERS.test(name)) for (const { text } of args) this.mentioned.add(lastName(text));
    const invocation: Invocation = { name, program, args, folder: scope.folder, input, variables };
    this.seen?.push(invocation);
    if (runBuiltin(invocation, { walk: this, scope, via, opaque: (explain) => this.events.opaque(explain, via) }))
      return;
    this.events.started({ ...invocation, variables: new Map([...scope.exports(), ...variables]) }, scope, via);
  }

  /** Goes to a folder; nobody knows where, when that may fail and everything after it would happen where we are. */
  enter(target: Argument | undefined, scope: Scope, physical: boolean): void {
    const folder = target?.certainty === 'exact' ? target.text : undefined;
    scope.folderPattern = target?.certainty === 'pattern' ? this.events.landing(target.text, 'pattern') : undefined;
    const landed = folder === undefined ? undefined : this.events.landing(folder);
    scope.linked = !physical && landed !== undefined && landed !== folder;
    scope.go(landed ?? (folder !== undefined && this.mentioned.has(lastName(folder)) ? folder : undefined));
  }

  private call(
    body: FunctionBody,
    words: readonly Argument[],
    {
      scope,
      via,
      input,
      variables = new Map(),
    }: {
      readonly scope: Scope;
      readonly via: Via;
      readonly input: Input;
      readonly variables?: ReadonlyMap<string, Argument> | undefined;
    },
  ): void {
    if (via.depth > DEEPEST) {
      this.events.opaque('calls functions within functions, too deep to follow', via);
      return;
    }
    const outer = scope.parameters;
    scope.parameters = positions(words);
    const deeper = { ...via, depth: via.depth + 1 };
    scope.during(variables, () =>
      scope.inFunction(() => {
        if (body.type === 'CompoundList') this.list(body, scope, deeper, input);
        else this.command(body, scope, deeper, input);
      }),
    );
    scope.parameters = outer;
  }

  /** What was started directly while this ran. */
  private seen: Invocation[] | undefined;
  private watching(run: () => void): readonly Invocation[] {
    const outer = this.seen;
    const mine: Invocation[] = [];
    this.seen = mine;
    run();
    this.seen = outer;
    return mine;
  }

  /** Walks every substitution in these nodes, and tells what each gives. */
  private substitutions(nodes: readonly SyntaxNode[], scope: Scope, via: Via): Outputs {
    const outputs = new Map<SyntaxNode, Argument>();
    const visit = (node: SyntaxNode): void => {
      if (node.type === 'ParameterExpansion') this.asPrompt(node, scope, via);
      // FAIL-CLOSED: arithmetic expands what is in single quotes too, and the tree does not show it.
      const arithmetic =
        node.type === 'ArithmeticCommand' ? node.body : node.type === 'ArithmeticExpansion' ? node.text : '';
      if (/'[^']*(?:\$\(|`)/u.test(arithmetic)) this.events.opaque('computes with a command inside of quotes', via);
      if (
        node.type !== 'CommandExpansion' &&
        node.type !== 'ProcessSubstitution' &&
        node.type !== 'ArithmeticCommandExpansion'
      ) {
        // Bodies of compound commands have their own turn.
        if (node.type !== 'CompoundList') forEachChild(node, visit);
        return;
      }
      const read = scriptOf(node);
      if (read.kind === 'unreadable') {
        this.events.opaque(`runs a command that ${read.why}`, via);
        return;
      }
      const inner = scope.copy();
      const started = this.watching(() => this.script(read.script, inner, { ...via, depth: via.depth + 1 }, INHERITED));
      outputs.set(node, { ...outputOf(started, read.script, inner, this.events), written: node.text });
    };
    for (const node of nodes) visit(node);
    return outputs;
  }

  /** `${name@P}`: the value is expanded as a prompt is, with the commands in it. */
  private asPrompt(node: Extract<SyntaxNode, { type: 'ParameterExpansion' }>, scope: Scope, via: Via): void {
    if (node.operation?.type !== 'Transform' || node.operation.operand.text !== 'P') return;
    const value = scope.valueOf(node.parameter);
    if (value.certainty === 'unknown') this.events.opaque(`runs what is in ${node.text}`, via);
    else if (/\$\(|`/u.test(value.text)) this.text({ ...value, text: `: "${value.text}"` }, scope, via);
  }

  private forgetAll(node: SyntaxNode, scope: Scope): void {
    for (const name of assignedIn(node)) scope.forget(name);
  }

  /** Marks what is not to be walked now. */
  private see(node: SyntaxNode): void {
    this.visited.add(node);
    forEachChild(node, (child) => this.see(child));
  }

  private unvisited(node: SyntaxNode): boolean {
    if (node.type === 'Command' && !this.visited.has(node)) return true;
    let found = false;
    forEachChild(node, (child) => {
      found ||= this.unvisited(child);
    });
    return found;
  }
}

/** Programs that make the folders that they are given, or are about to. */
const MAKES_FOLDERS =
  /^(?:mkdir|md|git|gh|glab|hg|svn|tar|unzip|7z|cp|mv|ln|rsync|scp|install|curl|wget|cmake|meson|virtualenv|uv|poetry|cargo|npm|npx|pnpm|yarn|bun|bunx|deno|degit|rails|django-admin|python[\d.]*|go|dotnet|flutter|mix|composer|terraform|docker|zig|stack|cookiecutter|create-\S+)$/u;

function lastName(path: string): string {
  return (path.replace(/\/+$/u, '').split('/').at(-1) ?? '').replace(/\.(?:git|tgz|zip|tar(?:\.\w+)?)$/u, '');
}

/** Assignments, and what only says something. */
function cannotFail(node: PipelineNode): boolean {
  if (node.type !== 'Command') return false;
  if (node.name === undefined) return !node.prefix.some((one) => /\$\(|`/u.test('text' in one ? one.text : '$('));
  return /^(?::|true|echo|printf|export|cd|pushd|mkdir|git|set|unset|alias|shopt|source|\.|trap)$/u.test(
    node.name.value,
  );
}

/** `|| exit 1`: what comes after did not go through it. */
function leaves(node: PipelineNode): boolean {
  return node.type === 'Command' && /^(?:exit|return|break|continue)$/u.test(node.name?.value ?? '');
}

function endsEarly({ commands }: CompoundList): boolean {
  const last = commands.at(-1)?.command;
  return last !== undefined && last.type !== 'AndOr' && leaves(last);
}

/** What a command prints: the words of `echo`, or what it passes on. */
function writtenBy(words: readonly Argument[], input: Input): Argument | undefined {
  const [program, ...args] = words;
  if (program === undefined || program.certainty === 'unknown') return undefined;
  const invocation: Invocation = { name: program.text, program, args, folder: undefined, input, variables: new Map() };
  const passes = (program.text === 'cat' && args.every(({ text }) => text === '-')) || program.text === 'tee';
  return printed(invocation) ?? (passes && input.kind === 'text' ? input.text : undefined);
}

/** Every word in a part of a script, as written there. */
function wordsIn(node: SyntaxNode): readonly string[] {
  const found: string[] = [];
  const visit = (one: SyntaxNode): void => {
    if (one.type === 'Word') found.push(one.value);
    forEachChild(one, visit);
  };
  visit(node);
  return found;
}

function textOf(node: SyntaxNode): string {
  return wordsIn(node).join(' ');
}

export function quotedWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
