import type { SchemaKeeping } from '#action/keeper';
import type { SealedSnapshot, SnapshotDraft, Undoable } from '#action/snapshot';
import type { QualifiedName, SqlConnection } from '#action/sql-connection';
import { ProtectError } from '../../errors.js';
import { withPinned } from '../pinned.js';
import { walPosition } from '../wal-position.js';
import { type CatalogItem, keyOf, text, texts } from './catalog-item.js';
import { type Difference, differenceOf, type State, statesOf } from './difference.js';
import { type Inventory, inventoryTaker } from './inventory.js';
import { type Dependencies, readDependencies } from './order.js';
import { Rehearsal, type Rehearsed } from './rehearsal.js';
import { settle } from './settle.js';
import type { KeptSequence, KeptTable, UndoPlan } from './step.js';
import { copyRows, fingerprint, unforce } from './table-rows.js';
import { judge } from './undoable.js';

/** What the schema's part cannot know: rows that the act changes in tables that are still there. */
export interface SchemaKeepingWithRows extends SchemaKeeping {
  /** Tables in which the act changes rows one by one, besides. Their rows are not in this snapshot. */
  readonly changedRows: readonly QualifiedName[];
}

/**
 * Finds out what an act takes away from the schema, and rehearses the undo: `tryAct` runs in a savepoint, the catalogs are
 * compared, the definitions are put back and compared again, and all of it is rolled back. Then the tables that lose rows are
 * locked against writers until the transaction ends.
 *
 * @param connection the owner's, in a READ COMMITTED transaction that will run the act: a transaction with an older snapshot
 * would copy rows as they were before the lock, and the act takes away newer ones too.
 * @throws ProtectError `NOT_UNDOABLE` for another isolation level, or when the schema was changed meanwhile; SqlError what
 * the act was answered.
 */
export async function beforeSchema(
  connection: SqlConnection,
  tryAct: () => Promise<void>,
): Promise<SchemaKeepingWithRows> {
  await demandReadCommitted(connection);
  const before = await withPinned(connection, async () => {
    const inventory = await (await inventoryTaker(connection))('all');
    return {
      inventory,
      dependencies: await readDependencies(connection, inventory),
      counts: await rowCounts(connection),
    };
  });
  await connection.query('SAVEPOINT firebreak_try');
  let tried: Tried;
  try {
    await tryAct();
    // What is checked at commit fails here instead, and no trigger is left waiting on a table that the rehearsal drops.
    await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
    await settle(connection);
    tried = await withPinned(connection, () => afterAct(connection, before));
  } finally {
    await connection.query('ROLLBACK TO SAVEPOINT firebreak_try');
    await connection.query('RELEASE SAVEPOINT firebreak_try');
  }
  return withPinned(connection, () => prepared(connection, before.inventory, tried)).then(async (kept) => {
    await lockTables(connection, kept.locked);
    await demandUnchanged(connection, kept.plan.before);
    return {
      undoable: kept.undoable,
      changedRows: tried.changedRows,
      keep: (draft) => keep(connection, draft, kept.plan, kept.undoable),
    };
  });
}

interface Before {
  readonly inventory: Inventory;
  readonly dependencies: Dependencies;
  readonly counts: ReadonlyMap<string, string>;
}

interface Tried {
  readonly difference: Difference;
  readonly states: { readonly before: State; readonly after: State };
  readonly rehearsed: Rehearsed;
  readonly emptied: readonly CatalogItem[];
  readonly restarted: readonly CatalogItem[];
  /** By identity after the act. */
  readonly rowsAfter: Readonly<Record<string, string>>;
  readonly changedRows: readonly QualifiedName[];
}

/** In the savepoint, after the act. */
async function afterAct(connection: SqlConnection, { inventory, dependencies, counts }: Before): Promise<Tried> {
  const take = await inventoryTaker(connection);
  const after = await take('all');
  const difference = differenceOf(inventory, after);
  await unforce(connection);
  const rewritten = (kinds: readonly string[]) =>
    difference.rewritten.filter(({ before }) => kinds.includes(before.kind));
  const emptied: CatalogItem[] = [];
  const replaced: CatalogItem[] = [];
  for (const { before, now } of rewritten(['table'])) {
    const { rows } = await connection.query(`SELECT EXISTS (SELECT FROM ONLY ${now.identity})`);
    (rows[0]?.[0] === 't' ? replaced : emptied).push(before);
  }
  const restarted = rewritten(['sequence', 'identity']).map(({ before }) => before);
  const rehearsed = await withPinned(connection, () =>
    new Rehearsal(connection, take, inventory, dependencies).run(after, emptied, replaced, restarted),
  );
  const remade = rehearsed.remade.flatMap(({ address }) => after.byAddress.get(address)?.identity ?? []);
  const rowsAfter: Record<string, string> = {};
  for (const table of remade) rowsAfter[table] = await fingerprint(connection, `(SELECT * FROM ONLY ${table})`);
  const kept = new Set([...rehearsed.made, ...emptied].map(({ address }) => address));
  const changedRows = [...(await rowCounts(connection))]
    .filter(([oid, count]) => count !== (counts.get(oid) ?? '0') && !kept.has(`pg_class/${oid}/0`))
    .flatMap(([oid]) => inventory.byAddress.get(`pg_class/${oid}/0`) ?? []);
  const states = statesOf(difference, inventory, after);
  return {
    difference,
    states: withMade(states, rehearsed.made, inventory, after),
    rehearsed,
    emptied,
    restarted,
    rowsAfter,
    changedRows: changedRows.map(({ facts }) => ({
      schema: unquoted(text(facts, 'schema')),
      name: unquoted(text(facts, 'name')),
    })),
  };
}

/** A table that the undo makes anew is compared whole, with all that belongs to it, also where the act left that alone. */
function withMade(
  states: Tried['states'],
  made: readonly CatalogItem[],
  before: Inventory,
  after: Inventory,
): Tried['states'] {
  const addresses = new Set(made.map(({ address }) => address));
  const own = [...before.byAddress.values()].filter(
    ({ address, of }) => addresses.has(address) || (of !== undefined && addresses.has(of)),
  );
  const keys = [...new Set(own.flatMap((item) => [keyOf(item), keyOf(after.byAddress.get(item.address) ?? item)]))];
  const state = ({ byKey }: Inventory) =>
    Object.fromEntries(keys.map((key) => [key, byKey.get(key)?.definition ?? null]));
  return { before: { ...state(before), ...states.before }, after: { ...state(after), ...states.after } };
}

/** Back before the act: what is only to be read now. */
async function prepared(connection: SqlConnection, before: Inventory, tried: Tried) {
  const { rehearsed, difference, emptied, restarted } = tried;
  const filled = [...new Set([...rehearsed.made, ...emptied])].filter(({ facts }) => facts['partitionKey'] === null);
  const tables = filled.map((table, at) => keptTable(before, table, `rows-${at + 1}`));
  const sequences: KeptSequence[] = [];
  const lost = [...difference.vanished, ...restarted].filter(({ kind }) => kind === 'sequence' || kind === 'identity');
  const remade = [...before.byAddress.values()].filter(
    ({ kind, of }) =>
      (kind === 'sequence' || kind === 'identity') && rehearsed.made.some(({ address }) => address === of),
  );
  for (const { identity } of new Set([...lost, ...remade])) {
    const { rows } = await connection.query(`SELECT last_value, is_called FROM ${identity}`);
    sequences.push({ sequence: identity, value: rows[0]?.[0] ?? '1', called: rows[0]?.[1] === 't' });
  }
  const stale: string[] = [];
  if (rehearsed.steps.some(({ kind }) => kind === 'refresh')) await unforce(connection);
  for (const step of rehearsed.steps) {
    if (step.kind !== 'refresh') continue;
    const view = before.byKey.get(`materialized view ${step.view}`);
    if (view === undefined) continue;
    const [was, wouldBe] = [
      await fingerprint(connection, view.identity),
      await fingerprint(connection, `(${text(view.facts, 'definition')})`),
    ];
    if (was !== wouldBe) stale.push(view.identity);
  }
  const { rows } = await connection.query(`SELECT getdatabaseencoding()`);
  const undoable = judge({ ...tried, stale, encoding: rows[0]?.[0] ?? '' });
  const plan: UndoPlan = {
    steps: rehearsed.steps,
    tables,
    sequences,
    ...tried.states,
    rowsAfter: tried.rowsAfter,
    left: rehearsed.left.map(keyOf),
    because: undoable.because,
  };
  const touched = [...difference.vanished, ...difference.changed.map((change) => change.before)].map((item) =>
    item.kind === 'table' ? item : item.of === undefined ? undefined : before.byAddress.get(item.of),
  );
  const locked = [...rehearsed.made, ...emptied, ...touched]
    .filter((item) => item?.kind === 'table')
    .map((item) => item?.identity ?? '');
  return { undoable, plan, locked: [...new Set(locked)].sort() };
}

function keptTable(before: Inventory, table: CatalogItem, part: string): KeptTable {
  const own = [...before.byAddress.values()].filter(({ of }) => of === table.address);
  const columns = own
    .filter(({ kind, facts }) => kind === 'column' && facts['generation'] === '')
    .sort((one, other) => Number(one.facts['position']) - Number(other.facts['position']))
    .map(({ facts }) => text(facts, 'name'));
  const primary = own.find(({ kind, facts }) => kind === 'constraint' && facts['sort'] === 'p');
  const always = own.filter(({ kind, facts }) => kind === 'identity' && facts['always'] === true);
  return {
    table: table.identity,
    part,
    columns,
    key: primary === undefined || primary.facts['deferrable'] === true ? [] : texts(primary.facts, 'columns'),
    fixed: always.map(({ facts }) => text(facts, 'column')),
  };
}

async function keep(
  connection: SqlConnection,
  draft: SnapshotDraft,
  plan: UndoPlan,
  undoable: Undoable,
): Promise<SealedSnapshot> {
  const rows = await withPinned(connection, async () => {
    await unforce(
      connection,
      plan.tables.map(({ table }) => table),
    );
    const counts: Record<string, number> = {};
    for (const table of plan.tables) {
      const part = await draft.part(table.part);
      counts[table.table] = await copyRows(connection, table, part);
      await part.end();
    }
    return counts;
  });
  const part = await draft.part('plan');
  await part.write(Buffer.from(JSON.stringify(plan)));
  await part.end();
  const { rows: facts } = await connection.query(
    `SELECT current_database(), current_setting('server_version'), to_json(clock_timestamp()) #>> '{}'`,
  );
  const [database = null, server = null, at = null] = facts[0] ?? [];
  const wal = await walPosition(connection);
  return draft.seal({ kind: 'schema', format: 1, database, server, at, wal, rows }, undoable);
}

async function demandReadCommitted(connection: SqlConnection): Promise<void> {
  const { rows } = await connection.query(`SELECT current_setting('transaction_isolation')`);
  // FAIL-CLOSED: with an older snapshot rows that were committed before the lock would be lost unseen.
  if (rows[0]?.[0] !== 'read committed')
    throw new ProtectError(
      'NOT_UNDOABLE',
      `a change of the schema cannot be kept in a ${rows[0]?.[0] ?? ''} transaction`,
      {
        hint: 'begin it with ISOLATION LEVEL READ COMMITTED',
      },
    );
}

async function lockTables(connection: SqlConnection, tables: readonly string[]): Promise<void> {
  // ONLY: a partition or child that is touched is in the list itself.
  if (tables.length > 0)
    await connection.query(
      `LOCK TABLE ${tables.map((table) => `ONLY ${table}`).join(', ')} IN SHARE ROW EXCLUSIVE MODE`,
    );
}

/** FAIL-CLOSED: what another session changed in the schema between the rehearsal and the locks was not rehearsed. */
async function demandUnchanged(connection: SqlConnection, before: State): Promise<void> {
  const { byKey } = await withPinned(connection, async () => (await inventoryTaker(connection))());
  const key = Object.keys(before).find((each) => (byKey.get(each)?.definition ?? null) !== before[each]);
  if (key !== undefined)
    throw new ProtectError('NOT_UNDOABLE', `\`${key}\` was changed by another session meanwhile`, {
      hint: 'try again',
    });
}

async function rowCounts(connection: SqlConnection): Promise<ReadonlyMap<string, string>> {
  const { rows } = await connection.query(
    `SELECT relid, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0`,
  );
  return new Map(rows.map(([oid, count]) => [oid ?? '', count ?? '0']));
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
