import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  Source,
  TokenKind,
  type ValueNode,
} from 'graphql';
import type { JsonObject, JsonValue } from '#action/action';

/** One root field that an operation would resolve, under its own name and never its alias. */
export interface RootField {
  readonly name: string;
  readonly arguments: ReadonlyMap<string, ArgumentValue>;
  /** The names of all fields selected below it, fragments included. */
  readonly below: ReadonlySet<string>;
}

/** An argument's value; unknown when a variable that it needs was not sent. */
type ArgumentValue = { readonly known: true; readonly value: JsonValue } | { readonly known: false };

export interface Operation {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly fields: readonly RootField[];
}

export type ParsedOperation =
  | { readonly ok: true; readonly operation: Operation }
  | { readonly ok: false; readonly why: string };

// The parser is the hottest path that an attacker controls: what is larger, longer or deeper is not parsed at all.
const MAX_LENGTH = 256 * 1024;
const MAX_TOKENS = 10_000;
const MAX_DEPTH = 64;
const MAX_ROOT_FIELDS = 100;
/** Selections looked at for one operation, those of fragments as often as they are spread. */
const MAX_SELECTIONS = 20_000;

const NO_VALUE: ArgumentValue = { known: false };

/**
 * The operation that a server would run for this document (GraphQL specification, October 2021, sections 6.1 and 6.3.2):
 * root fields by resolved name with fragments expanded. `@skip` and `@include` are ignored: a field counts whether or not
 * they would leave it out.
 */
export function parseOperation(
  query: string,
  operationName: string | undefined,
  variables: JsonObject | undefined,
): ParsedOperation {
  if (query.length > MAX_LENGTH) return refuse('its GraphQL document is too long');
  let document: DocumentNode;
  try {
    const excess = excessOf(query);
    if (excess !== undefined) return refuse(excess);
    document = parse(query, { noLocation: true, maxLexicalTokens: MAX_TOKENS });
  } catch {
    return refuse('its GraphQL document does not parse');
  }
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const named = operations.filter((operation) => operation.name?.value === operationName);
  const chosen = operationName === undefined ? operations : named;
  const [operation] = chosen;
  if (operation === undefined) return refuse('no operation of its GraphQL document has the name that it asks for');
  if (chosen.length > 1) return refuse('it does not say which of several GraphQL operations to run');
  return collect(document, operation, variables ?? {});
}

function refuse(why: string): ParsedOperation {
  return { ok: false, why };
}

function excessOf(query: string): string | undefined {
  const lexer = new Lexer(new Source(query));
  let depth = 0;
  for (let count = 0; lexer.advance().kind !== TokenKind.EOF; count += 1) {
    if (count >= MAX_TOKENS) return 'its GraphQL document has too many tokens';
    const { kind } = lexer.token;
    if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L) depth += 1;
    else if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R) depth -= 1;
    if (depth > MAX_DEPTH) return 'its GraphQL document is nested too deeply';
  }
  return undefined;
}

function collect(document: DocumentNode, operation: OperationDefinitionNode, sent: JsonObject): ParsedOperation {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    if (fragments.has(definition.name.value)) return refuse('it defines a GraphQL fragment twice');
    fragments.set(definition.name.value, definition);
  }
  const variables = withDefaults(operation, sent);
  const fields: RootField[] = [];
  const budget = { selections: MAX_SELECTIONS };
  const why = walk(operation.selectionSet, fragments, budget, (field) => {
    if (fields.length >= MAX_ROOT_FIELDS) return 'its GraphQL document has too many root fields';
    const args = new Map<string, ArgumentValue>();
    for (const { name, value } of field.arguments ?? []) {
      if (args.has(name.value)) return 'it gives a GraphQL argument twice';
      args.set(name.value, evaluate(value, variables));
    }
    const below = new Set<string>();
    const deeper = field.selectionSet && namesBelow(field.selectionSet, fragments, budget, below);
    fields.push({ name: field.name.value, arguments: args, below });
    return deeper;
  });
  return why === undefined ? { ok: true, operation: { type: operation.operation, fields } } : refuse(why);
}

interface Budget {
  selections: number;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;
type Field = Extract<SelectionSetNode['selections'][number], { kind: Kind.FIELD }>;

/** Calls `visit` for every field of a selection set, fragments expanded. Returns why it stopped early. */
function walk(
  root: SelectionSetNode,
  fragments: Fragments,
  budget: Budget,
  visit: (field: Field) => string | undefined,
): string | undefined {
  // An explicit stack: fragments that spread one another must cost neither recursion nor time.
  const open: SelectionSetNode[] = [root];
  const spread = new Set<string>();
  for (let set = open.pop(); set !== undefined; set = open.pop()) {
    for (const selection of set.selections) {
      budget.selections -= 1;
      if (budget.selections < 0) return 'its GraphQL document selects too many fields';
      if (selection.kind === Kind.FIELD) {
        const why = visit(selection);
        if (why !== undefined) return why;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        open.push(selection.selectionSet);
      } else {
        const name = selection.name.value;
        const fragment = fragments.get(name);
        if (fragment === undefined) return 'it spreads a GraphQL fragment that it does not define';
        // A fragment that was expanded here adds no field that has not been counted (6.3.2, visitedFragments).
        if (!spread.has(name)) open.push(fragment.selectionSet);
        spread.add(name);
      }
    }
  }
  return undefined;
}

function namesBelow(
  root: SelectionSetNode,
  fragments: Fragments,
  budget: Budget,
  names: Set<string>,
): string | undefined {
  const open = [root];
  const entered = new Set<SelectionSetNode>(open);
  for (let set = open.pop(); set !== undefined; set = open.pop()) {
    const why = walk(set, fragments, budget, (field) => {
      names.add(field.name.value);
      const next = field.selectionSet;
      // Each selection set once, however often fragments lead to it.
      if (next !== undefined && !entered.has(next)) {
        entered.add(next);
        open.push(next);
      }
      return undefined;
    });
    if (why !== undefined) return why;
  }
  return undefined;
}

function withDefaults(operation: OperationDefinitionNode, sent: JsonObject): ReadonlyMap<string, ArgumentValue> {
  const variables = new Map<string, ArgumentValue>();
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const value = Object.hasOwn(sent, name) ? sent[name] : undefined;
    if (value !== undefined) variables.set(name, { known: true, value });
    else if (defaultValue !== undefined) variables.set(name, evaluate(defaultValue, new Map()));
  }
  return variables;
}

function evaluate(node: ValueNode, variables: ReadonlyMap<string, ArgumentValue>): ArgumentValue {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables.get(node.name.value) ?? NO_VALUE;
    case Kind.NULL:
      return { known: true, value: null };
    case Kind.INT:
    case Kind.FLOAT:
      return { known: true, value: Number(node.value) };
    case Kind.STRING:
    case Kind.ENUM:
      return { known: true, value: node.value };
    case Kind.BOOLEAN:
      return { known: true, value: node.value };
    case Kind.LIST: {
      const items = node.values.map((item) => evaluate(item, variables));
      return { known: true, value: items.flatMap((item) => (item.known ? [item.value] : [])) };
    }
    case Kind.OBJECT: {
      // A member whose variable was not sent is absent (3.10, input coercion); whoever needs it finds it missing.
      const members = node.fields.map(({ name, value }) => [name.value, evaluate(value, variables)] as const);
      const names = new Set(members.map(([name]) => name));
      if (names.size !== members.length) return NO_VALUE;
      return {
        known: true,
        value: Object.fromEntries(members.flatMap(([name, item]) => (item.known ? [[name, item.value]] : []))),
      };
    }
  }
}
