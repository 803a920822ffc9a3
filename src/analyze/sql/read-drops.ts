import type { Reversible } from '#action/effect';
import { parsed } from './findings.js';
import { objectName, roleName, roleNames, shown } from './names.js';
import { objectWord } from './object-kinds.js';
import type { Page, Reader } from './reader.js';
import { bare, children, list, type Node, stringOf, type Tree, text, unwrap } from './tree.js';

// DROP in all its forms. What a copy of tables and definitions brings back is `snapshot`; what it cannot is `no`.

const drop: Reader = (node, page) => {
  const word = objectWord(text(node, 'removeType'));
  const cascade = text(node, 'behavior') === 'DROP_CASCADE';
  for (const object of children(node, 'objects')) dropOne(object, word, cascade, page);
  return { skip: ['objects'] };
};

function dropOne(object: Tree, word: string, cascade: boolean, page: Page): void {
  const [name, of] = nameAndOwner(object, word);
  const resource = { kind: word, name };
  if (isTemporaryName(object)) {
    page.tell(parsed('write', resource, 'yes', `drops ${word} ${name}, which only this session has`));
    return;
  }
  const contents = CONTENTS.get(word) ?? '';
  const what = `drops ${word} ${name}${of === undefined ? '' : ` of ${of}`}${contents}`;
  const rest = !cascade ? '' : word === 'schema' ? ' and everything in it' : ', and everything that depends on it';
  const amount = contents === '' ? undefined : ({ unit: 'rows', count: 'all' } as const);
  page.tell(parsed('destroy', resource, 'snapshot', `${what}${rest}`, amount));
  if (word === 'policy') {
    page.tell(
      parsed('grant', resource, 'snapshot', `lifts what policy ${name} says about the rows of ${of ?? 'its table'}`),
    );
  }
}

const CONTENTS = new Map([
  ['table', ' with all its rows'],
  ['materialized view', ' with all its rows'],
]);

/** Kinds whose name comes with its relation's name before it. */
const OWNED = new Set(['trigger', 'rule', 'policy']);

function nameAndOwner(object: Tree, word: string): readonly [name: string, of: string | undefined] {
  if (!OWNED.has(word) || object.type !== 'List') return [objectName(object), undefined];
  const items = list(object.node, 'items').map((item) => objectName(unwrap(item)));
  return [items.at(-1) ?? 'an unnamed object', items.slice(0, -1).join('.')];
}

/** pg_temp is the session's own schema; what it holds is gone with the session anyway. */
function isTemporaryName(object: Tree): boolean {
  const items = object.type === 'List' ? children(object.node, 'items').map(stringOf) : [];
  return items.length === 2 && items[0] === 'pg_temp';
}

/** A reader for a DROP of one sort of object that has a command of its own. */
function dropper(kind: string, names: (node: Node) => readonly string[], reversible: Reversible, rest: string): Reader {
  return (node, page) => {
    for (const name of names(node)) {
      page.tell(parsed('destroy', { kind, name }, reversible, `drops ${kind} ${name}${rest}`));
    }
    return undefined;
  };
}

function named(member: string): (node: Node) => readonly string[] {
  return (node) => [shown(text(node, member))];
}

const dropOwned: Reader = (node, page) => {
  const names = roleNames(node, 'roles');
  page.tell(
    parsed(
      'destroy',
      page.database,
      'no',
      `drops everything that ${names} owns in this database, and takes its rights away`,
    ),
  );
  return undefined;
};

const dropUserMapping: Reader = (node, page) => {
  const name = `${roleName(bare(node, 'user'))} on ${shown(text(node, 'servername'))}`;
  page.tell(
    parsed('destroy', { kind: 'user mapping', name }, 'no', `drops the user mapping of ${name} with its password`),
  );
  return undefined;
};

export const DROP_READERS: readonly (readonly [string, Reader])[] = [
  ['DropStmt', drop],
  ['DropdbStmt', dropper('database', named('dbname'), 'no', ' with everything in it')],
  ['DropTableSpaceStmt', dropper('tablespace', named('tablespacename'), 'no', '')],
  [
    'DropRoleStmt',
    dropper('role', (node) => children(node, 'roles').map((role) => roleName(role.node)), 'no', ' with its password'),
  ],
  ['DropSubscriptionStmt', dropper('subscription', named('subname'), 'no', ', and its slot on the other server')],
  ['DropOwnedStmt', dropOwned],
  ['DropUserMappingStmt', dropUserMapping],
];
