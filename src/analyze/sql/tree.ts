/**
 * The parser's answer, as JSON. A node of a type that the grammar decides is wrapped in its type's name,
 * `{"SelectStmt": {...}}`; a member of a fixed type is bare, `"relation": {"relname": ...}`. Zero, false, empty and the
 * first member of an enumeration are left out.
 */
export interface Node {
  readonly [member: string]: unknown;
}

/** A node with its type's name. */
export interface Tree {
  readonly type: string;
  readonly node: Node;
  /** Of a command: where it stands in its text, in bytes of UTF-8. */
  readonly at?: number;
  /** Its bytes; 0 or absent: up to the end. */
  readonly length?: number;
}

/**
 * The commands of a ParseResult.
 *
 * @throws Error when it does not look like one. FAIL-CLOSED: a tree of an unknown shape is not read.
 */
export function readTree(result: unknown): readonly Tree[] {
  if (!isNode(result)) throw new Error('the parser answered something else than a tree');
  return list(result, 'stmts').map((raw) => {
    const tree = isNode(raw) ? child(raw, 'stmt') : undefined;
    if (tree === undefined) throw new Error('the parser answered a command without a type');
    const place = isNode(raw) ? raw : {};
    return { ...tree, at: Number(place['stmt_location'] ?? 0), length: Number(place['stmt_len'] ?? 0) };
  });
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The tree that a value wraps; undefined when it is bare or no node at all. Type names alone begin with a capital. */
export function unwrap(value: unknown): Tree | undefined {
  if (!isNode(value)) return undefined;
  for (const type in value) {
    const node = value[type];
    const first = type.charCodeAt(0);
    return first >= 65 && first <= 90 && isNode(node) ? { type, node } : undefined;
  }
  return undefined;
}

/** A wrapped member. */
export function child(node: Node, member: string): Tree | undefined {
  return unwrap(node[member]);
}

/** A bare member. */
export function bare(node: Node, member: string): Node | undefined {
  const value = node[member];
  return isNode(value) ? value : undefined;
}

export function list(node: Node, member: string): readonly unknown[] {
  const value = node[member];
  return Array.isArray(value) ? value : [];
}

/** The members of a list that are wrapped; the parser writes an absent one as `{}`. */
export function children(node: Node, member: string): readonly Tree[] {
  return list(node, member).flatMap((value) => unwrap(value) ?? []);
}

/** A text member, or the name of an enumeration's value; empty when left out. */
export function text(node: Node, member: string): string {
  const value = node[member];
  return typeof value === 'string' ? value : '';
}

export function flag(node: Node, member: string): boolean {
  return node[member] === true;
}

/** The text of a String node. */
export function stringOf(tree: Tree | undefined): string | undefined {
  return tree?.type === 'String' ? text(tree.node, 'sval') : undefined;
}

/** Every node in and below a value, in no particular order; with a stack of its own, for trees deeper than the interpreter's. */
export function* nodesIn(value: unknown): Generator<Node> {
  const waiting: unknown[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isNode(next)) yield next;
    if (typeof next !== 'object' || next === null) continue;
    for (const member of Object.values(next)) if (typeof member === 'object' && member !== null) waiting.push(member);
  }
}

/** A constant's text as it would be written without quotes; undefined for what is no constant. NULL is undefined too. */
export function constantOf(tree: Tree | undefined): string | undefined {
  if (tree === undefined) return undefined;
  switch (tree.type) {
    case 'String':
      return text(tree.node, 'sval');
    case 'Float':
      return text(tree.node, 'fval');
    case 'Integer':
      return String(tree.node['ival'] ?? 0);
    case 'Boolean':
      return String(tree.node['boolval'] === true);
    case 'TypeCast':
      // 'on'::text, the form in which drivers and careful people write literals.
      return constantOf(child(tree.node, 'arg'));
    case 'A_Const': {
      for (const [member, type] of CONSTANTS) {
        const node = bare(tree.node, member);
        if (node !== undefined) return constantOf({ type, node });
      }
      return undefined;
    }
    default:
      return undefined;
  }
}

const CONSTANTS = [
  ['sval', 'String'],
  ['ival', 'Integer'],
  ['fval', 'Float'],
  ['boolval', 'Boolean'],
] as const;
