import type { Verb } from '#action/effect';
import { type Finding, parsed, unforeseen } from './findings.js';
import { relationIn, relationName, roleName, shown } from './names.js';
import { objectWord } from './object-kinds.js';
import type { Page, Reader } from './reader.js';
import { isTemporary } from './relations.js';
import { bare, children, type Node, text } from './tree.js';

// ALTER TABLE, whose parts differ as much as commands do, and the commands that make relations.

const alterTable: Reader = (node, page) => {
  const word = objectWord(text(node, 'objtype'));
  const relation = bare(node, 'relation') ?? {};
  const target = { kind: word, name: relationName(relation) };
  for (const command of children(node, 'cmds')) page.tell(alteration(target, command.node, isTemporary(relation)));
  return { skip: ['relation'] };
};

interface Target {
  readonly kind: string;
  readonly name: string;
}

function alteration(target: Target, command: Node, temporary: boolean): Finding {
  const column = shown(text(command, 'name'));
  const told = ALTERATIONS.get(text(command, 'subtype'));
  // FAIL-CLOSED: a form of ALTER TABLE that nobody here knows is unknown.
  if (told === undefined)
    return unforeseen(target, `changes ${target.kind} ${target.name} in a way that is not known here`);
  const [verb, explain] = told;
  const newOwner = bare(command, 'newowner');
  const sentence = explain
    .replace('COLUMN', () => column)
    .replace('OWNER', () => roleName(newOwner))
    .replace('TARGET', () => `${target.kind} ${target.name}`)
    .replace('PARTITION', () => partitionName(command));
  const cascade = text(command, 'behavior') === 'DROP_CASCADE' ? ', and everything that depends on it' : '';
  if (temporary && verb !== 'grant')
    return parsed('write', target, 'yes', `${sentence}${cascade}, which only this session has`);
  const amount = verb === 'destroy' ? ({ unit: 'rows', count: 'all' } as const) : undefined;
  return parsed(verb, target, 'snapshot', `${sentence}${cascade}`, amount);
}

function partitionName(command: Node): string {
  const definition = command['def'];
  const partition =
    typeof definition === 'object' && definition !== null && 'PartitionCmd' in definition
      ? definition.PartitionCmd
      : {};
  return typeof partition === 'object' && partition !== null ? relationIn({ ...partition }, 'name') : 'a partition';
}

type Alteration = readonly [verb: Extract<Verb, 'configure' | 'destroy' | 'grant'>, explain: string];

/** Every member of AlterTableType (parsenodes.h) that a text can bring about. */
const ALTERATIONS: ReadonlyMap<string, Alteration> = new Map<string, Alteration>([
  ['AT_DropColumn', ['destroy', 'drops column COLUMN of TARGET with all its values']],
  ['AT_AlterColumnType', ['destroy', 'changes the type of column COLUMN of TARGET, which rewrites its values']],
  ['AT_DetachPartition', ['destroy', 'takes partition PARTITION with all its rows out of TARGET']],
  ['AT_DetachPartitionFinalize', ['destroy', 'takes partition PARTITION with all its rows out of TARGET']],
  ['AT_SetExpression', ['destroy', 'changes how column COLUMN of TARGET is computed, which rewrites its values']],
  ['AT_ChangeOwner', ['grant', 'makes OWNER the owner of TARGET']],
  ['AT_EnableRowSecurity', ['grant', 'switches row security of TARGET on']],
  ['AT_DisableRowSecurity', ['grant', 'switches row security of TARGET off']],
  ['AT_ForceRowSecurity', ['grant', 'applies row security of TARGET to its owner too']],
  ['AT_NoForceRowSecurity', ['grant', 'frees the owner of TARGET from its row security']],
  ['AT_AddColumn', ['configure', 'adds a column to TARGET']],
  ['AT_ColumnDefault', ['configure', 'changes the default of column COLUMN of TARGET']],
  ['AT_DropNotNull', ['configure', 'lets column COLUMN of TARGET be null']],
  ['AT_SetNotNull', ['configure', 'forbids nulls in column COLUMN of TARGET']],
  ['AT_DropExpression', ['configure', 'stops computing column COLUMN of TARGET']],
  ['AT_SetStatistics', ['configure', 'changes what is sampled of TARGET']],
  ['AT_SetOptions', ['configure', 'changes options of column COLUMN of TARGET']],
  ['AT_ResetOptions', ['configure', 'changes options of column COLUMN of TARGET']],
  ['AT_SetStorage', ['configure', 'changes how column COLUMN of TARGET is stored']],
  ['AT_SetCompression', ['configure', 'changes how column COLUMN of TARGET is stored']],
  ['AT_AddConstraint', ['configure', 'adds a constraint to TARGET']],
  ['AT_AlterConstraint', ['configure', 'changes a constraint of TARGET']],
  ['AT_ValidateConstraint', ['configure', 'checks constraint COLUMN of TARGET']],
  ['AT_DropConstraint', ['configure', 'drops constraint COLUMN of TARGET']],
  ['AT_AlterColumnGenericOptions', ['configure', 'changes options of column COLUMN of TARGET']],
  ['AT_ClusterOn', ['configure', 'changes by which index TARGET is ordered']],
  ['AT_DropCluster', ['configure', 'changes by which index TARGET is ordered']],
  ['AT_SetLogged', ['configure', 'makes TARGET survive a crash']],
  ['AT_SetUnLogged', ['configure', 'lets a crash of the server empty TARGET']],
  ['AT_DropOids', ['configure', 'changes TARGET in nothing']],
  ['AT_SetAccessMethod', ['configure', 'rewrites TARGET with another access method']],
  ['AT_SetTableSpace', ['configure', 'moves TARGET to another tablespace']],
  ['AT_SetRelOptions', ['configure', 'changes storage options of TARGET']],
  ['AT_ResetRelOptions', ['configure', 'changes storage options of TARGET']],
  ['AT_ReplaceRelOptions', ['configure', 'changes storage options of TARGET']],
  ['AT_EnableTrig', ['configure', 'switches trigger COLUMN of TARGET on']],
  ['AT_EnableAlwaysTrig', ['configure', 'switches trigger COLUMN of TARGET on']],
  ['AT_EnableReplicaTrig', ['configure', 'lets trigger COLUMN of TARGET fire only on replicas']],
  ['AT_DisableTrig', ['configure', 'switches trigger COLUMN of TARGET off']],
  ['AT_EnableTrigAll', ['configure', 'switches all triggers of TARGET on']],
  ['AT_DisableTrigAll', ['configure', 'switches all triggers of TARGET off, foreign keys included']],
  ['AT_EnableTrigUser', ['configure', 'switches the triggers of TARGET on']],
  ['AT_DisableTrigUser', ['configure', 'switches the triggers of TARGET off']],
  ['AT_EnableRule', ['configure', 'switches rule COLUMN of TARGET on']],
  ['AT_EnableAlwaysRule', ['configure', 'switches rule COLUMN of TARGET on']],
  ['AT_EnableReplicaRule', ['configure', 'lets rule COLUMN of TARGET apply only on replicas']],
  ['AT_DisableRule', ['configure', 'switches rule COLUMN of TARGET off']],
  ['AT_AddInherit', ['configure', 'makes TARGET a child of another table']],
  ['AT_DropInherit', ['configure', 'takes TARGET with its rows away from its parent']],
  ['AT_AddOf', ['configure', 'ties TARGET to a type']],
  ['AT_DropOf', ['configure', 'frees TARGET from its type']],
  ['AT_ReplicaIdentity', ['configure', 'changes how rows of TARGET are named in replication']],
  ['AT_GenericOptions', ['configure', 'changes options of TARGET']],
  ['AT_AttachPartition', ['configure', 'adds PARTITION to TARGET']],
  ['AT_AddIdentity', ['configure', 'makes column COLUMN of TARGET number itself']],
  ['AT_SetIdentity', ['configure', 'changes how column COLUMN of TARGET numbers itself']],
  ['AT_DropIdentity', ['configure', 'stops column COLUMN of TARGET from numbering itself']],
]);

/** Making a relation: in the session's own schema it is a write that goes away by itself. */
function making(word: string, page: Page, relation: Node | undefined, rest = '', replaces = false): void {
  const resource = { kind: word, name: relationName(relation) };
  const verb = replaces ? 'creates or replaces' : 'creates';
  if (isTemporary(relation))
    page.tell(parsed('write', resource, 'yes', `${verb} ${word} ${resource.name} for this session${rest}`));
  else
    page.tell(parsed('configure', resource, replaces ? 'snapshot' : 'yes', `${verb} ${word} ${resource.name}${rest}`));
}

const createTable: Reader = (node, page) => {
  making('table', page, bare(node, 'relation'));
  return { skip: ['relation'], below: 'later' };
};

const createForeignTable: Reader = (node, page) => {
  making(
    'foreign table',
    page,
    bare(bare(node, 'base') ?? {}, 'relation'),
    `, whose rows are on server ${shown(text(node, 'servername'))}`,
  );
  return { skip: ['base'], below: 'later' };
};

const createTableAs: Reader = (node, page) => {
  const word = objectWord(text(node, 'objtype'));
  making(word === 'object' ? 'table' : word, page, bare(bare(node, 'into') ?? {}, 'rel'), ' from a query');
  return { skip: ['into'] };
};

/** SELECT is no command of this file but for its INTO. */
const select: Reader = (node, page) => {
  const into = bare(node, 'intoClause');
  if (into !== undefined) making('table', page, bare(into, 'rel'), ' from a query');
  if (children(node, 'lockingClause').length > 0) {
    page.tell(parsed('read', page.database, 'yes', 'locks the rows that it reads until its transaction ends'));
  }
  return { skip: ['intoClause', 'lockingClause'] };
};

const createView: Reader = (node, page) => {
  making('view', page, bare(node, 'view'), '', node['replace'] === true);
  return { skip: ['view'], below: 'later' };
};

const createSequence: Reader = (node, page) => {
  making('sequence', page, bare(node, 'sequence'));
  return { skip: ['sequence'] };
};

// No `later`: the expressions of an index are computed for every row at once.
const createIndex: Reader = (node, page) => {
  const name = text(node, 'idxname');
  const table = relationIn(node, 'relation');
  const index = name === '' ? 'an index' : `index ${shown(name)}`;
  page.tell(
    parsed(
      'configure',
      { kind: 'index', name: name === '' ? table : shown(name) },
      'yes',
      `creates ${index} on ${table}`,
    ),
  );
  return { skip: ['relation'] };
};

const createType: Reader = (node, page) => {
  making('type', page, bare(node, 'typevar'));
  return { skip: ['typevar'] };
};

export const TABLE_READERS: readonly (readonly [string, Reader])[] = [
  ['AlterTableStmt', alterTable],
  ['CreateStmt', createTable],
  ['CreateForeignTableStmt', createForeignTable],
  ['CreateTableAsStmt', createTableAs],
  ['SelectStmt', select],
  ['ViewStmt', createView],
  ['CreateSeqStmt', createSequence],
  ['IndexStmt', createIndex],
  ['CompositeTypeStmt', createType],
];
