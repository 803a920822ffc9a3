import { bare, child, children, constantOf, flag, type Node, nodesIn, stringOf, type Tree, text } from './tree.js';

/** How many rows a WHERE clause lets through, as far as the text tells. */
export type Reach =
  /** All of them, or possibly all: the clause does not look at the row. */
  | 'every'
  | 'none'
  /** WHERE CURRENT OF: one. */
  | 'current'
  | 'some';

/**
 * What a WHERE clause keeps of `target`, the names by which its columns may be qualified. A clause that looks at nothing
 * of the target (`1 = 1`, `$1`, `now() > '2000-01-01'`, or only at other tables) counts as `every`: it spares all rows or
 * none. `x = x` counts as `every` too; that it spares NULLs saves nobody's data.
 */
export function reachOf(where: Tree | undefined, target: ReadonlySet<string>): Reach {
  if (where?.type === 'CurrentOfExpr') return 'current';
  switch (truthOf(where)) {
    case 'always':
      return 'every';
    case 'never':
      return 'none';
    case 'depends':
      return looksAt(where?.node, target) ? 'some' : 'every';
  }
}

type Truth = 'always' | 'never' | 'depends';

function truthOf(tree: Tree | undefined): Truth {
  if (tree === undefined) return 'always';
  const { node } = tree;
  switch (tree.type) {
    case 'A_Const':
      return truthOfConstant(tree);
    case 'TypeCast': {
      // Only a cast to boolean itself; another type's cast decides by rules of its own.
      const names = children(bare(node, 'typeName') ?? {}, 'names').map(stringOf);
      return names.at(-1) === 'bool' ? truthOf(child(node, 'arg')) : 'depends';
    }
    case 'BoolExpr':
      return truthOfBoolean(node);
    case 'A_Expr':
      return truthOfOperator(node);
    default:
      return 'depends';
  }
}

// boolin: unique prefixes of true, yes and on, or 1 (PostgreSQL manual, 8.6), in any case.
const TRUE = /^\s*(?:t|tr|tru|true|y|ye|yes|on|1)\s*$/i;

function truthOfConstant(tree: Tree): Truth {
  if (flag(tree.node, 'isnull')) return 'never';
  return TRUE.test(constantOf(tree) ?? '') ? 'always' : 'never';
}

function truthOfBoolean(node: Node): Truth {
  const terms = children(node, 'args');
  const truths = terms.map(truthOf);
  switch (text(node, 'boolop')) {
    case 'NOT_EXPR':
      return truths[0] === 'always' ? 'never' : truths[0] === 'never' ? 'always' : 'depends';
    case 'OR_EXPR':
      if (truths.includes('always') || contradict(terms)) return 'always';
      return truths.every((truth) => truth === 'never') ? 'never' : 'depends';
    default:
      if (truths.includes('never')) return 'never';
      return truths.every((truth) => truth === 'always') ? 'always' : 'depends';
  }
}

// Only terms that `truthOf` does not look into: else each level of a deep condition would be written out again.
const COMPARED = new Set(['NullTest', 'A_Expr', 'ColumnRef']);

/** True when one term is the plain opposite of another: `x IS NULL OR x IS NOT NULL`, `p OR NOT p`. */
function contradict(terms: readonly Tree[]): boolean {
  const forms = new Set(terms.filter(({ type }) => COMPARED.has(type)).map(formOf));
  return terms.some(({ type, node }) => {
    if (type === 'NullTest') {
      const opposite = text(node, 'nulltesttype') === 'IS_NULL' ? 'IS_NOT_NULL' : 'IS_NULL';
      return forms.has(formOf({ type, node: { ...node, nulltesttype: opposite } }));
    }
    if (type !== 'BoolExpr' || text(node, 'boolop') !== 'NOT_EXPR') return false;
    return children(node, 'args').some((inner) => COMPARED.has(inner.type) && forms.has(formOf(inner)));
  });
}

const REFLEXIVE = new Set(['=', '<=', '>=']);
const IRREFLEXIVE = new Set(['<>', '<', '>']);

function truthOfOperator(node: Node): Truth {
  const left = child(node, 'lexpr');
  const right = child(node, 'rexpr');
  const operator = children(node, 'name').map(stringOf).join('.');
  switch (text(node, 'kind')) {
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return /^~~\*?$/.test(operator) && /^%+$/.test(constantOf(right) ?? '') ? 'always' : 'depends';
    case 'AEXPR_NOT_DISTINCT':
      return same(left, right) ? 'always' : 'depends';
    case 'AEXPR_DISTINCT':
      return same(left, right) ? 'never' : 'depends';
    case 'AEXPR_OP':
      break;
    default:
      return 'depends';
  }
  if (REFLEXIVE.has(operator) && same(left, right)) return 'always';
  if (IRREFLEXIVE.has(operator) && same(left, right)) return 'never';
  // Two different integers; anything further is the server's arithmetic, and counts as possibly true.
  const [a, b] = [constantOf(left), constantOf(right)];
  if (operator !== '=' || a === undefined || b === undefined || !/^\d{1,9}$/.test(a) || !/^\d{1,9}$/.test(b))
    return 'depends';
  return Number(a) === Number(b) ? 'always' : 'never';
}

function same(left: Tree | undefined, right: Tree | undefined): boolean {
  return left !== undefined && right !== undefined && formOf(left) === formOf(right);
}

/** The expression without its places in the text. */
function formOf(tree: Tree): string {
  return JSON.stringify({ [tree.type]: tree.node }, (member, value: unknown) =>
    member === 'location' ? undefined : value,
  );
}

/** True when the expression may look at a column of the target. */
function looksAt(expression: unknown, target: ReadonlySet<string>): boolean {
  for (const node of nodesIn(expression)) {
    const column = bare(node, 'ColumnRef');
    if (column !== undefined && mayBeOf(column, target)) return true;
  }
  return false;
}

function mayBeOf(column: Node, target: ReadonlySet<string>): boolean {
  const fields = children(column, 'fields');
  const names = fields.map(stringOf);
  // A bare name may be anyone's; a qualified one is the target's when its qualifier is.
  return fields.length < 2 || names.slice(0, -1).some((name) => name !== undefined && target.has(name));
}
