import type { Answers, Question } from '#action/question';
import { questionKey } from '#action/question';
import { type Finding, type Findings, parsed, unforeseen } from './findings.js';
import { judgeCall, unknownCall } from './functions.js';
import { dotted, nameParts } from './names.js';
import { parseSql } from './parser.js';
import { DEFINITION_READERS } from './read-definitions.js';
import { DROP_READERS } from './read-drops.js';
import { RIGHTS_READERS } from './read-rights.js';
import { ROW_READERS } from './read-rows.js';
import { SESSION_READERS } from './read-session.js';
import { TABLE_READERS } from './read-tables.js';
import type { Page, Reader } from './reader.js';
import { readOf } from './relations.js';
import { bare, children, isNode, type Node, type Tree, text, unwrap } from './tree.js';

const READERS: ReadonlyMap<string, Reader> = new Map([
  ...ROW_READERS,
  ...TABLE_READERS,
  ...DROP_READERS,
  ...RIGHTS_READERS,
  ...SESSION_READERS,
  ...DEFINITION_READERS,
]);

/** What holds for everything below a node. */
interface Surroundings {
  /** Names that WITH has given to queries: no tables. */
  readonly queries: ReadonlySet<string>;
  readonly when: 'now' | 'planned' | 'later';
  /** Prepared statements that are being run, against one that runs itself. */
  readonly running: ReadonlySet<string>;
}

const OUTERMOST: Surroundings = { queries: new Set(), when: 'now', running: new Set() };

/** Commands that may do nothing but compute a result. */
const COMPUTING = new Set(['SelectStmt', 'ExecuteStmt', 'ExplainStmt', 'CopyStmt']);

interface Place {
  readonly value: unknown;
  /** The type of a bare member that is spoken for like a wrapped one. */
  readonly type?: string;
  readonly around: Surroundings;
}

/**
 * Goes through the whole tree of each command. INVARIANT: every node is visited, except members that a reader said it had
 * spoken for; so a command in whatever place (WITH, a cursor, a rule, EXPLAIN ANALYZE) is seen as what it is.
 * It keeps its own stack: trees may be deeper than the interpreter's.
 */
export class Walk {
  readonly #findings: Findings;
  readonly #answers: Answers;
  readonly #prepared = new Map<string, Tree>();
  #around = OUTERMOST;
  #readingChanged = false;

  constructor(findings: Findings, answers: Answers) {
    this.#findings = findings;
    this.#answers = answers;
  }

  /** True once something may make the server read later texts differently. */
  get readingChanged(): boolean {
    return this.#readingChanged;
  }

  command(command: Tree): void {
    const before = this.#findings.added;
    if (!READERS.has(command.type)) this.#unknownCommand(command.type);
    this.#visitAll({ value: { [command.type]: command.node }, around: OUTERMOST });
    if (this.#findings.added > before) return;
    // FAIL-CLOSED: a command that nothing was said of is unknown, unless it is one that only computes.
    if (COMPUTING.has(command.type))
      this.#findings.add(parsed('read', this.#findings.database, 'yes', 'reads no table'));
    else this.#unknownCommand(command.type);
  }

  #visitAll(start: Place): void {
    const waiting: Place[] = [start];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      const { value, around } = place;
      if (Array.isArray(value)) {
        for (let index = value.length - 1; index >= 0; index -= 1) waiting.push({ value: value[index], around });
      } else if (isNode(value)) {
        if ('String' in value || 'A_Const' in value) continue;
        const tree = place.type === undefined ? unwrap(value) : { type: place.type, node: value };
        this.#visit(tree?.type ?? guessType(value), tree?.node ?? value, around, waiting);
      }
    }
  }

  #visit(type: string | undefined, node: Node, around: Surroundings, waiting: Place[]): void {
    this.#around = around;
    const reader = type === undefined ? undefined : READERS.get(type);
    if (reader === undefined && type?.endsWith('Stmt') === true && type !== 'RawStmt') this.#unknownCommand(type);
    const directions = reader?.(node, this.#page);
    if (type === 'RangeVar') this.#relation(node);
    else if (type === 'FuncCall') this.#call(node);
    else if (type === 'RangeTableSample') this.#samplingMethod(node);

    const below: Surroundings = directions?.below === undefined ? around : { ...around, when: directions.below };
    const inner = withQueries(node, below);
    const first = waiting.length;
    for (const member in node) {
      const value = node[member];
      if (typeof value !== 'object' || value === null || directions?.skip?.includes(member)) continue;
      if (member === 'withClause' && inner !== below) waiting.push(...queriesOf(node, below, inner));
      else if (type === 'SelectStmt' && (member === 'larg' || member === 'rarg')) {
        waiting.push({ value, type: 'SelectStmt', around: inner });
      } else waiting.push({ value, around: inner });
    }
    // The last one pushed is the next one visited: effects are told in the order of the text.
    reverseFrom(waiting, first);
    if (directions?.run !== undefined) this.#run(directions.run.name, directions.run.commands, below, waiting);
  }

  #run(name: string, commands: readonly Tree[], around: Surroundings, waiting: Place[]): void {
    if (around.running.has(name)) {
      this.#tell(unforeseen({ kind: 'prepared statement', name }, `runs a prepared statement that runs itself`));
      return;
    }
    const inside = { ...around, running: new Set([...around.running, name]) };
    for (const { type, node } of commands) waiting.push({ value: { [type]: node }, around: inside });
  }

  #relation(relation: Node): void {
    const unqualified = text(relation, 'schemaname') === '' && text(relation, 'catalogname') === '';
    if (unqualified && this.#around.queries.has(text(relation, 'relname'))) return;
    this.#tell(readOf(relation, this.#around.when === 'later'));
  }

  #call(call: Node): void {
    const { finding, whenPlanned, changesReading } = judgeCall(call);
    const { when } = this.#around;
    if (changesReading && when === 'now') this.#readingChanged = true;
    if (finding === undefined) return;
    // Planning already calls what is declared immutable, and anyone may declare that of his own function.
    if (when === 'planned' && !whenPlanned) return;
    if (when === 'later' && finding.evidence === 'parsed') return;
    this.#findings.add(when === 'later' ? prefixed(finding, 'stores for later: ') : finding);
  }

  #samplingMethod(node: Node): void {
    const method = nameParts(node, 'method');
    const known = dotted(method).replace(/^pg_catalog\./, '');
    const { finding } = unknownCall(method);
    if (known !== 'system' && known !== 'bernoulli' && finding !== undefined) this.#tell(finding);
  }

  /** FAIL-CLOSED: a kind of command that nobody here knows is unknown. */
  #unknownCommand(type: string): void {
    this.#tell(unforeseen(this.#findings.database, `runs a command of a kind that is not known here (${type})`));
  }

  #tell(finding: Finding): void {
    switch (this.#around.when) {
      case 'now':
        this.#findings.add(finding);
        return;
      case 'planned':
        // Of what is only planned, the names of what it would read stay true.
        if (finding.resource.kind === 'table' ? finding.verb === 'read' : finding.evidence === 'unknown')
          this.#findings.add(finding);
        return;
      case 'later':
        this.#findings.add(finding.verb === 'read' ? finding : prefixed(finding, 'stores for later: '));
    }
  }

  readonly #page: Page = ((walk: Walk) => ({
    get database() {
      return walk.#findings.database;
    },
    tell: (finding: Finding) => walk.#tell(finding),
    changesReading: () => {
      if (walk.#around.when === 'now') walk.#readingChanged = true;
    },
    prepare: (name: string, command: Tree) => {
      walk.#prepared.set(name, command);
    },
    prepared: (name: string) => walk.#preparedAs(name),
  }))(this);

  #preparedAs(name: string): readonly Tree[] | undefined {
    const here = this.#prepared.get(name);
    if (here !== undefined) return [here];
    const question: Question = { kind: 'prepared-statement', name };
    const answer = this.#answers.get(questionKey(question));
    if (answer?.kind !== 'prepared-statement') {
      this.#findings.ask(question);
      return undefined;
    }
    const answered = parseSql(answer.text);
    if (answered.kind === 'refused') return undefined;
    // The server keeps the whole text that PREPARE came in (prepare.c, `p_sourcetext`); a protocol-level statement is itself.
    const named = answered.commands.filter(({ type, node }) => type === 'PrepareStmt' && text(node, 'name') === name);
    const inner = named.flatMap(({ node }) => unwrap(node['query']) ?? []);
    if (inner.length > 0) return inner;
    return answered.commands.length === 1 && answered.commands[0]?.type !== 'PrepareStmt'
      ? answered.commands
      : undefined;
  }
}

/** Of the bare members only a relation matters by itself; nothing else has a member of this name. */
function guessType(node: Node): string | undefined {
  return typeof node['relname'] === 'string' ? 'RangeVar' : undefined;
}

function queryNames(node: Node): readonly string[] {
  const clause = bare(node, 'withClause');
  return clause === undefined ? [] : children(clause, 'ctes').map((query) => text(query.node, 'ctename'));
}

function withQueries(node: Node, around: Surroundings): Surroundings {
  const names = queryNames(node);
  return names.length === 0 ? around : { ...around, queries: new Set([...around.queries, ...names]) };
}

/** The queries of a WITH clause, each with the names that it may use. */
function queriesOf(node: Node, outside: Surroundings, inside: Surroundings): Place[] {
  const clause = bare(node, 'withClause') ?? {};
  const recursive = clause['recursive'] === true;
  const queries = children(clause, 'ctes');
  // A set for each would be quadratic; beyond what people write, names of queries are told as if they were tables.
  const few = queries.length <= 100;
  const seen = new Set(outside.queries);
  return queries.map((query): Place => {
    const around = recursive ? inside : few ? { ...outside, queries: new Set(seen) } : outside;
    seen.add(text(query.node, 'ctename'));
    return { value: { [query.type]: query.node }, around };
  });
}

function reverseFrom(places: Place[], first: number): void {
  for (let low = first, high = places.length - 1; low < high; low += 1, high -= 1) {
    const [a, b] = [places[low], places[high]];
    if (a !== undefined && b !== undefined) [places[low], places[high]] = [b, a];
  }
}

function prefixed(finding: Finding, prefix: string): Finding {
  const { explain } = finding;
  return {
    ...finding,
    explain: typeof explain === 'string' ? `${prefix}${explain}` : (count) => `${prefix}${explain(count)}`,
  };
}
