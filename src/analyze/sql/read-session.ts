import { type Finding, parsed, tryable, unforeseen } from './findings.js';
import { notification } from './functions.js';
import { nameParts, relationName, settingName, shown, shownText } from './names.js';
import type { Page, Reader } from './reader.js';
import { judgeSetting, type SettingValue } from './settings.js';
import { bare, child, children, constantOf, type Node, type Tree, text } from './tree.js';

// What concerns the session itself: transactions, settings, prepared statements, cursors, plans, messages.

const SESSION = { kind: 'session', name: 'session' };

function harmless(explain: string): Reader {
  return (_node, page) => {
    page.tell(parsed('read', SESSION, 'yes', explain));
    return undefined;
  };
}

const transaction: Reader = (node, page) => {
  const kind = text(node, 'kind');
  const name = shownText(text(node, 'gid'));
  switch (kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      page.tell(parsed('read', SESSION, 'yes', 'begins a transaction'));
      transactionModes(node, 'options', page);
      return { skip: ['options'] };
    case 'TRANS_STMT_COMMIT':
      page.tell(parsed('read', SESSION, 'yes', 'commits the transaction'));
      return undefined;
    case 'TRANS_STMT_ROLLBACK':
    case 'TRANS_STMT_ROLLBACK_TO':
      page.tell(parsed('read', SESSION, 'yes', 'rolls the transaction back'));
      return undefined;
    case 'TRANS_STMT_SAVEPOINT':
    case 'TRANS_STMT_RELEASE':
      page.tell(parsed('read', SESSION, 'yes', 'sets or releases a savepoint'));
      return undefined;
    case 'TRANS_STMT_PREPARE':
      page.tell(
        parsed('write', { kind: 'transaction', name }, 'yes', `leaves transaction ${name} open for a later commit`),
      );
      return undefined;
    case 'TRANS_STMT_COMMIT_PREPARED':
      page.tell(
        unforeseen(
          { kind: 'transaction', name },
          `commits the prepared transaction ${name}, whose changes are not known here`,
        ),
      );
      return undefined;
    case 'TRANS_STMT_ROLLBACK_PREPARED':
      page.tell(
        parsed(
          'destroy',
          { kind: 'transaction', name },
          'no',
          `gives up the prepared transaction ${name} with all its changes`,
        ),
      );
      return undefined;
    default:
      page.tell(unforeseen(SESSION, 'controls the transaction in a way that is not known here'));
      return undefined;
  }
};

/** Isolation and deferrability are harmless; READ WRITE lifts a default that may have been set to protect. */
function transactionModes(node: Node, member: string, page: Page): void {
  for (const mode of children(node, member)) {
    if (text(mode.node, 'defname') !== 'transaction_read_only') continue;
    const value = constantOf(child(mode.node, 'arg'));
    setting('transaction_read_only', value === undefined ? undefined : [value], page);
  }
}

const set: Reader = (node, page) => {
  const name = text(node, 'name');
  switch (text(node, 'kind')) {
    case 'VAR_SET_MULTI':
      page.tell(parsed('read', SESSION, 'yes', 'sets how its transactions run'));
      transactionModes(node, 'args', page);
      break;
    case 'VAR_RESET_ALL':
      page.tell(parsed('read', SESSION, 'yes', "sets every setting back to the session's start"));
      break;
    case 'VAR_RESET':
    case 'VAR_SET_DEFAULT':
      setting(name, 'default', page);
      break;
    case 'VAR_SET_VALUE': {
      const values = children(node, 'args').map(constantOf);
      setting(
        name,
        values.flatMap((value) => value ?? []).length === values.length
          ? values.flatMap((value) => value ?? [])
          : undefined,
        page,
      );
      break;
    }
    default:
      // SET x FROM CURRENT is for the head of a function.
      setting(name, undefined, page);
  }
  return { skip: ['args'] };
};

function setting(name: string, value: SettingValue, page: Page): void {
  const { changesReading, ...told } = judgeSetting(name, value);
  if (changesReading) page.changesReading();
  page.tell({
    ...told,
    resource: { kind: 'setting', name: settingName(name) },
    reversible: 'yes',
    evidence: 'parsed',
  });
}

const prepare: Reader = (node, page) => {
  const name = text(node, 'name');
  const query = child(node, 'query');
  if (query !== undefined) page.prepare(name, query);
  page.tell(parsed('read', SESSION, 'yes', `prepares statement ${shown(name)}, which runs only when it is executed`));
  return { skip: ['query'] };
};

const execute: Reader = (node, page) => {
  const name = text(node, 'name');
  const commands = page.prepared(name);
  if (commands !== undefined) return { run: { name, commands } };
  // FAIL-CLOSED: a prepared statement whose text nobody knows is unknown.
  page.tell(
    tryable(
      { kind: 'prepared statement', name: shown(name) },
      `runs the prepared statement ${shown(name)}, whose text is not known here`,
    ),
  );
  return undefined;
};

const explain: Reader = (node, page) => {
  const analyze = children(node, 'options').some(
    ({ node: option }) => text(option, 'defname') === 'analyze' && !isOff(child(option, 'arg')),
  );
  if (analyze) return undefined;
  page.tell(parsed('read', page.database, 'yes', 'shows how a statement would be run, without running it'));
  return { below: 'planned' };
};

/** defGetBoolean (define.c); anything that it would refuse counts as on. */
function isOff(value: Tree | undefined): boolean {
  return value !== undefined && /^(?:false|off|0)$/i.test(constantOf(value) ?? '');
}

const show: Reader = (node, page) => {
  page.tell(parsed('read', SESSION, 'yes', `shows setting ${settingName(text(node, 'name'))}`));
  return undefined;
};

const notify: Reader = (node, page) => {
  page.tell(notification(text(node, 'conditionname')));
  return undefined;
};

const vacuum: Reader = (node, page) => {
  const names = children(node, 'rels').map((relation) => relationName(bare(relation.node, 'relation')));
  const vacuums = node['is_vacuumcmd'] === true;
  const make = (kind: string, name: string, what: string): Finding =>
    vacuums
      ? parsed('configure', { kind, name }, 'yes', `vacuums ${what}, which cannot run in a transaction`)
      : parsed('write', { kind, name }, 'yes', `samples ${what} for the planner`);
  for (const name of names) page.tell(make('table', name, name));
  if (names.length === 0) page.tell(make(page.database.kind, page.database.name, 'every table'));
  return { skip: ['rels'] };
};

const call: Reader = (node, page) => {
  const name = nameParts(bare(node, 'funccall') ?? {}, 'funcname')
    .map(shown)
    .join('.');
  page.tell(tryable({ kind: 'procedure', name }, `calls the procedure ${name}(), whose body may change anything`));
  return undefined;
};

export const SESSION_READERS: readonly (readonly [string, Reader])[] = [
  ['TransactionStmt', transaction],
  ['VariableSetStmt', set],
  ['VariableShowStmt', show],
  ['PrepareStmt', prepare],
  ['ExecuteStmt', execute],
  ['ExplainStmt', explain],
  ['NotifyStmt', notify],
  ['VacuumStmt', vacuum],
  ['CallStmt', call],
  // Parts of other commands: a function's body, ALTER TABLE ... REPLICA IDENTITY.
  ['ReturnStmt', () => undefined],
  ['ReplicaIdentityStmt', () => undefined],
  ['DeclareCursorStmt', harmless('opens a cursor')],
  ['FetchStmt', harmless('reads from a cursor')],
  ['ClosePortalStmt', harmless('closes a cursor')],
  ['DeallocateStmt', harmless('forgets a prepared statement')],
  ['DiscardStmt', harmless('throws away what the session keeps for itself')],
  ['ListenStmt', harmless('listens to notifications')],
  ['UnlistenStmt', harmless('stops listening to notifications')],
  ['ConstraintsSetStmt', harmless('sets when constraints are checked')],
];
