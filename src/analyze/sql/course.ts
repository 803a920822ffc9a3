import type { SqlCourse } from '#action/course';
import type { Effect } from '#action/effect';
import { nameParts } from './names.js';
import { bare, children, flag, type Node, nodesIn, type Tree, text } from './tree.js';

/** Commands whose rights are those to rows; all others need an owner, unless they only make what the session alone has. */
const ROWS = new Set([
  'CallStmt',
  'CopyStmt',
  'DeleteStmt',
  'DoStmt',
  'ExecuteStmt',
  'ExplainStmt',
  'InsertStmt',
  'LockStmt',
  'MergeStmt',
  'NotifyStmt',
  'SelectStmt',
  'UpdateStmt',
]);

const SESSION = new Set([
  'ClosePortalStmt',
  'ConstraintsSetStmt',
  'DeallocateStmt',
  'DeclareCursorStmt',
  'DiscardStmt',
  'ExecuteStmt',
  'FetchStmt',
  'ListenStmt',
  'LoadStmt',
  'PrepareStmt',
  'TransactionStmt',
  'UnlistenStmt',
  'VariableSetStmt',
  'VariableShowStmt',
]);

/** Functions whose value is the connection's own. */
const SESSION_FUNCTIONS = new Set(
  `currval lastval pg_backend_pid pg_my_temp_schema pg_is_other_temp_schema pg_listening_channels set_config current_setting
  pg_current_xact_id_if_assigned txid_current_if_assigned pg_export_snapshot has_table_privilege has_column_privilege
  has_any_column_privilege has_schema_privilege has_database_privilege has_function_privilege has_sequence_privilege
  pg_has_role row_security_active`.split(/\s+/),
);
/** Takes, keeps or frees a lock that belongs to the connection. */
const SESSION_LOCK = /^pg_(try_)?advisory_/;
const SESSION_RELATIONS = new Set([
  'pg_cursors',
  'pg_prepared_statements',
  'pg_settings',
  'pg_locks',
  'pg_stat_activity',
]);

/** Effects on these are a session's own, whatever their verb. */
const SETTINGS = new Set(['setting', 'session']);

/**
 * @param commands of the whole action, in order.
 * @param effects of the whole action.
 * @param outside why something of it must not be tried out.
 */
export function courseOf(
  commands: readonly Tree[],
  effects: readonly Effect[],
  outside: string | undefined,
): SqlCourse {
  const schema = effects.some(({ verb, resource }) => isSchemaVerb(verb) && !SETTINGS.has(resource.kind));
  const making = commands.some((command) => !isOfRows(command));
  // Whatever makes or drops only what the session has goes away by itself, and says so.
  const temporary =
    making && !schema && effects.every(({ verb, reversible }) => verb === 'read' || reversible === 'yes');
  const owner =
    schema || (making && !temporary && !commands.every((command) => isOfRows(command) || makesTemporary(command)));
  const reads = effects.every(({ verb, evidence }) => verb === 'read' && evidence !== 'unknown');
  return {
    lane: owner ? 'owner' : reads ? 'read' : 'write',
    session: temporary || commands.some(makesTemporary) || commands.some(concernsSession),
    transactional: commands.every(isTransactional),
    outside,
    unknown: effects.some(({ evidence }) => evidence === 'unknown'),
    tables: [
      ...new Set(
        effects.flatMap(({ verb, resource }) => (verb !== 'read' && resource.kind === 'table' ? [resource.name] : [])),
      ),
    ],
    temporary,
  };
}

function isOfRows({ type }: Tree): boolean {
  return ROWS.has(type) || SESSION.has(type);
}

/** CREATE TEMPORARY: also among commands that change rows it needs nobody's rights but the session's. */
function makesTemporary({ type, node }: Tree): boolean {
  const made = type === 'CreateTableAsStmt' ? bare(node, 'into') : node;
  const relation = ['relation', 'rel', 'view', 'sequence'].map((member) => bare(made ?? {}, member)).find(Boolean);
  return (
    /^(?:CreateStmt|CreateTableAsStmt|ViewStmt|CreateSeqStmt)$/.test(type) &&
    relation !== undefined &&
    text(relation, 'relpersistence') === 't'
  );
}

function isSchemaVerb(verb: Effect['verb']): boolean {
  return verb === 'configure' || verb === 'grant' || verb === 'deploy';
}

function concernsSession({ type, node }: Tree): boolean {
  if (SESSION.has(type)) return true;
  for (const inner of nodesIn({ [type]: node })) {
    const call = bare(inner, 'FuncCall');
    if (call !== undefined) {
      const name = nameParts(call, 'funcname').at(-1) ?? '';
      if (SESSION_FUNCTIONS.has(name) || SESSION_LOCK.test(name)) return true;
    }
    // current_user, session_user, current_role, user: the lane's role.
    if (bare(inner, 'SQLValueFunction') !== undefined && isIdentity(bare(inner, 'SQLValueFunction') ?? {})) return true;
    const relation = bare(inner, 'RangeVar');
    if (relation !== undefined && SESSION_RELATIONS.has(text(relation, 'relname'))) return true;
  }
  return false;
}

function isIdentity(node: Node): boolean {
  return /USER|ROLE/.test(text(node, 'op'));
}

/** PreventInTransactionBlock (xact.c) and its callers. */
function isTransactional({ type, node }: Tree): boolean {
  switch (type) {
    case 'VacuumStmt':
      return !flag(node, 'is_vacuumcmd');
    case 'CreatedbStmt':
    case 'DropdbStmt':
    case 'AlterSystemStmt':
    case 'CreateTableSpaceStmt':
    case 'DropTableSpaceStmt':
    case 'CreateSubscriptionStmt':
    case 'AlterSubscriptionStmt':
    case 'DropSubscriptionStmt':
      return false;
    case 'AlterDatabaseStmt':
      return !children(node, 'options').some((option) => text(option.node, 'defname') === 'tablespace');
    case 'IndexStmt':
    case 'DropStmt':
      return !flag(node, 'concurrent');
    case 'ReindexStmt':
      return (
        /^$|OBJECT_(INDEX|TABLE)$/.test(text(node, 'kind')) &&
        !children(node, 'params').some((option) => text(option.node, 'defname') === 'concurrently')
      );
    case 'ClusterStmt':
      return bare(node, 'relation') !== undefined;
    case 'AlterTableStmt':
      return !children(node, 'cmds').some(
        (command) => text(command.node, 'subtype') === 'AT_DetachPartition' && isConcurrent(command.node),
      );
    case 'DiscardStmt':
      return false;
    default:
      return true;
  }
}

function isConcurrent(command: Node): boolean {
  const definition = bare(command, 'def');
  const partition = definition === undefined ? undefined : bare(definition, 'PartitionCmd');
  return partition !== undefined && flag(partition, 'concurrent');
}
