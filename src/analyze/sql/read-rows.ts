import type { Amount } from '#action/effect';
import { SET_RETURNING_FUNCTIONS } from './builtin-functions.js';
import { type Finding, parsed } from './findings.js';
import { listed, nameParts, relationIn, relationName, shown } from './names.js';
import type { Directions, Page, Reader } from './reader.js';
import { isSystemRelation, refusedCatalogWrite } from './relations.js';
import { bare, child, children, flag, type Node, nodesIn, text } from './tree.js';
import { type Reach, reachOf } from './where.js';

// Commands that change rows. Each speaks for its target; sources, conditions and functions are left to the walk.

const UNMEASURED = 'how many is not known until it is measured';
const SOME_ROWS: Amount = { unit: 'rows', count: 'unknown' };
const ALL_ROWS: Amount = { unit: 'rows', count: 'all' };

function rows(count: number): Amount {
  return { unit: 'rows', count };
}

function plural(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}

/** Tells a finding on the target of a command, or that it is a system catalog, where a row may mean anything. */
function onTarget(
  node: Node,
  page: Page,
  make: (table: { readonly kind: 'table'; readonly name: string }) => Finding,
): Directions {
  const relation = bare(node, 'relation') ?? {};
  const name = relationName(relation);
  page.tell(isSystemRelation(relation) ? refusedCatalogWrite(name) : make({ kind: 'table', name }));
  return { skip: ['relation'] };
}

const insert: Reader = (node, page) =>
  onTarget(node, page, (table) => {
    const count = insertedRows(node);
    const conflict = bare(node, 'onConflictClause');
    const updates = conflict !== undefined && text(conflict, 'action') === 'ONCONFLICT_UPDATE';
    const rest = updates ? `, or updates the rows of ${table.name} that they conflict with` : '';
    return count === undefined
      ? parsed('write', table, 'snapshot', `inserts rows into ${table.name}${rest}; ${UNMEASURED}`, SOME_ROWS)
      : parsed('write', table, 'snapshot', (sum) => `inserts ${plural(sum)} into ${table.name}${rest}`, rows(count));
  });

/** How many rows INSERT ... VALUES brings; undefined for a query, or when a function may make many rows of one. */
function insertedRows(node: Node): number | undefined {
  const source = child(node, 'selectStmt');
  if (source === undefined) return 1;
  const values = children(source.node, 'valuesLists');
  if (values.length === 0 || text(source.node, 'limitOption') === 'LIMIT_OPTION_COUNT') return undefined;
  const [only] = values;
  // Only a single row of VALUES may hold set-returning functions (parse_func.c, EXPR_KIND_VALUES_SINGLE).
  if (values.length > 1 || only === undefined || only.type !== 'List') return values.length;
  return multiplies(only.node) ? undefined : 1;
}

function multiplies(values: Node): boolean {
  for (const node of nodesIn(values)) {
    const call = bare(node, 'FuncCall');
    if (call === undefined) continue;
    const parts = nameParts(call, 'funcname');
    const builtin = parts.length === 1 || parts[0] === 'pg_catalog';
    if (!builtin || SET_RETURNING_FUNCTIONS.has(parts.at(-1) ?? '')) return true;
  }
  return false;
}

const update: Reader = (node, page) =>
  onTarget(node, page, (table) => {
    const columns = children(node, 'targetList').flatMap((target) => text(target.node, 'name') || []);
    const what = listed(columns.map(shown)) || 'columns';
    switch (reachOf(child(node, 'whereClause'), namesOf(node))) {
      case 'every':
        return parsed('destroy', table, 'snapshot', `overwrites ${what} in every row of ${table.name}`, ALL_ROWS);
      case 'none':
        return parsed(
          'write',
          table,
          'snapshot',
          `updates no row of ${table.name}: its WHERE clause is never true`,
          rows(0),
        );
      case 'current':
        return parsed('write', table, 'snapshot', `updates the row of ${table.name} that a cursor stands on`, rows(1));
      case 'some':
        return parsed(
          'write',
          table,
          'snapshot',
          `updates ${what} in the rows of ${table.name} that match its WHERE clause; ${UNMEASURED}`,
          SOME_ROWS,
        );
    }
  });

const deletion: Reader = (node, page) =>
  onTarget(node, page, (table) => {
    const [explain, amount] = deleted(table.name, reachOf(child(node, 'whereClause'), namesOf(node)));
    return parsed('destroy', table, 'snapshot', explain, amount);
  });

function deleted(table: string, reach: Reach): readonly [string, Amount] {
  switch (reach) {
    case 'every':
      return [`deletes every row of ${table}`, ALL_ROWS];
    case 'none':
      return [`deletes no row of ${table}: its WHERE clause is never true`, rows(0)];
    case 'current':
      return [`deletes the row of ${table} that a cursor stands on`, rows(1)];
    case 'some':
      return [`deletes the rows of ${table} that match its WHERE clause; ${UNMEASURED}`, SOME_ROWS];
  }
}

/** The names by which the target's columns may be qualified: its alias hides its own name. */
function namesOf(node: Node): ReadonlySet<string> {
  const relation = bare(node, 'relation') ?? {};
  const alias = text(bare(relation, 'alias') ?? {}, 'aliasname');
  return new Set([alias === '' ? text(relation, 'relname') : alias]);
}

const merge: Reader = (node, page) =>
  onTarget(node, page, (table) => {
    const acts = new Set(children(node, 'mergeWhenClauses').map((clause) => text(clause.node, 'commandType')));
    const said = [...MERGE_ACTS].filter(([act]) => acts.has(act)).map(([, word]) => word);
    const explain = `merges rows into ${table.name}, which ${said.join(' and ') || 'does nothing'}; ${UNMEASURED}`;
    return parsed(acts.has('CMD_DELETE') ? 'destroy' : 'write', table, 'snapshot', explain, SOME_ROWS);
  });

const MERGE_ACTS = new Map([
  ['CMD_DELETE', 'deletes rows that meet its conditions'],
  ['CMD_UPDATE', 'updates rows that meet its conditions'],
  ['CMD_INSERT', 'inserts what is missing'],
]);

const truncate: Reader = (node, page) => {
  const cascade = text(node, 'behavior') === 'DROP_CASCADE';
  for (const relation of children(node, 'relations')) {
    const name = relationName(relation.node);
    const explain = `deletes every row of ${name} at once${cascade ? ', and of every table that refers to it' : ''}`;
    page.tell(parsed('destroy', { kind: 'table', name }, 'snapshot', explain, ALL_ROWS));
  }
  return { skip: ['relations'] };
};

const copy: Reader = (node, page) => {
  const relation = bare(node, 'relation');
  const name = relation === undefined ? 'the result of a query' : relationName(relation);
  const table = { kind: relation === undefined ? 'query' : 'table', name };
  const from = flag(node, 'is_from');
  const place = flag(node, 'is_program') ? 'a program on the server' : `a file of the server`;
  if (text(node, 'filename') !== '' || flag(node, 'is_program')) {
    page.tell({
      verb: 'execute',
      resource: flag(node, 'is_program') ? { kind: 'program', name: 'a program on the server' } : table,
      reversible: 'unknown',
      evidence: 'unknown',
      explain: from ? `copies rows from ${place} into ${name}` : `copies ${name} to ${place}`,
    });
  } else if (from) {
    if (relation !== undefined && isSystemRelation(relation)) page.tell(refusedCatalogWrite(name));
    else
      page.tell(
        parsed('write', table, 'snapshot', `inserts the rows that it is sent into ${name}; ${UNMEASURED}`, SOME_ROWS),
      );
  } else if (relation !== undefined) {
    return undefined;
  }
  return from ? { skip: ['relation'] } : undefined;
};

const lock: Reader = (node, page) => {
  const mode = Number(node['mode'] ?? 0);
  for (const relation of children(node, 'relations')) {
    const name = relationName(relation.node);
    const explain = `locks ${name} until its transaction ends${mode >= ACCESS_EXCLUSIVE ? ', against every other use' : ''}`;
    page.tell(parsed(mode >= ACCESS_EXCLUSIVE ? 'write' : 'read', { kind: 'table', name }, 'yes', explain));
  }
  return { skip: ['relations'] };
};

/** lockdefs.h */
const ACCESS_EXCLUSIVE = 8;

const refresh: Reader = (node, page) => {
  const name = relationIn(node, 'relation');
  const emptied = flag(node, 'skipData');
  page.tell(
    parsed(
      'configure',
      { kind: 'materialized view', name },
      'snapshot',
      emptied
        ? `empties materialized view ${name} until it is next refreshed`
        : `computes materialized view ${name} anew`,
    ),
  );
  return { skip: ['relation'] };
};

export const ROW_READERS: readonly (readonly [string, Reader])[] = [
  ['InsertStmt', insert],
  ['UpdateStmt', update],
  ['DeleteStmt', deletion],
  ['MergeStmt', merge],
  ['TruncateStmt', truncate],
  ['CopyStmt', copy],
  ['LockStmt', lock],
  ['RefreshMatViewStmt', refresh],
];
