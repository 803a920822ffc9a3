import type { SnapshotReader } from '#action/snapshot';
import { type SqlConnection, SqlError } from '#action/sql-connection';
import { ProtectError } from '../../errors.js';
import type { Conflict, RestoredTable, UndoCheck, UndoEngine, UndoOutcome, UndoSide } from '../../undo.js';
import { pin } from '../pinned.js';
import { RULES } from './definitions/kinds.js';
import { type Inventory, inventoryTaker } from './inventory.js';
import { whileQuiet } from './quiet-tables.js';
import { decodePlan, type KeptTable, type UndoPlan } from './step.js';
import { fingerprint, loadRows, unforce } from './table-rows.js';

const MOST_SHOWN = 20;

/** Undoes snapshots whose contents have the kind `schema`. */
export const schemaUndo: UndoEngine = {
  async check(reader, connection): Promise<UndoCheck> {
    await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    try {
      const outcome = await restoreSchema(reader, connection);
      if (outcome.kind === 'undone') return { tables: outcome.tables, conflicts: [], conflictCount: 0 };
      await connection.query('ROLLBACK');
      await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      const forced = await restoreSchema(reader, connection, 'before').catch((error: unknown) => {
        // That it cannot be forced either is no reason not to show the conflicts.
        if (error instanceof SqlError || (error instanceof ProtectError && error.code === 'UNDO_FAILED'))
          return outcome;
        throw error;
      });
      const tables = forced.kind === 'undone' ? forced.tables : [];
      return { tables, conflicts: outcome.conflicts, conflictCount: outcome.conflictCount };
    } finally {
      await connection.query('ROLLBACK');
    }
  },
  async undo(reader, connection, side): Promise<UndoOutcome> {
    await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    const outcome = await restoreSchema(reader, connection, side).catch(async (error: unknown) => {
      if (error instanceof SqlError || error instanceof ProtectError) await connection.query('ROLLBACK');
      throw error;
    });
    if (outcome.kind === 'conflict') {
      await connection.query('ROLLBACK');
      return outcome;
    }
    try {
      await connection.query('COMMIT');
    } catch (cause) {
      if (cause instanceof SqlError) throw cause;
      throw new ProtectError('UNDO_UNCERTAIN', 'the connection was lost while the undo was committed', { cause });
    }
    return outcome;
  },
};

/**
 * Puts back what a snapshot of the schema has kept, inside an open READ COMMITTED transaction, and takes the inventory again:
 * it must be the one from before the act.
 *
 * INVARIANT: the caller commits only when the outcome is `undone`.
 *
 * @param side who wins where rows with the same key were inserted since; where an object is in the way, only `before` helps,
 * and drops it.
 * @throws ProtectError `NOT_UNDOABLE`, `SNAPSHOT_DAMAGED`, `UNDO_FAILED`; SqlError what the database answered.
 */
export async function restoreSchema(
  reader: SnapshotReader,
  connection: SqlConnection,
  side?: UndoSide,
): Promise<UndoOutcome> {
  if (reader.contents['kind'] !== 'schema' || reader.contents['format'] !== 1)
    throw new ProtectError('NOT_UNDOABLE', 'it is no snapshot of a schema that this version can read');
  const plan = decodePlan(await textOf(reader.part('plan')));
  await pin(connection);
  await connection.query(`SELECT set_config('check_function_bodies', 'off', true)`);
  const take = await inventoryTaker(connection);
  const present = await take();
  const inTheWay = [...objectsInTheWay(plan, present), ...(await changedTables(plan, present, connection))];
  if (inTheWay.length > 0) {
    if (side !== 'before') return conflictOf(inTheWay);
    await clear(plan, present, connection);
  }
  const forced = await unforce(connection);
  const done = await runSteps(reader, plan, connection, side);
  if (done.conflicts.length > 0) return conflictOf(done.conflicts);
  await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
  await forceAgain(connection, forced, plan);
  demandSame(plan, present, await take(), inTheWay.length > 0);
  return { kind: 'undone', tables: done.tables, left: plan.because };
}

/** The plan's own steps force what they restore; others are as they were. */
async function forceAgain(connection: SqlConnection, forced: readonly string[], { before }: UndoPlan): Promise<void> {
  for (const table of forced)
    if (!(`table settings ${table}` in before)) await connection.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
}

function conflictOf(conflicts: readonly Conflict[]): UndoOutcome {
  return { kind: 'conflict', conflicts: conflicts.slice(0, MOST_SHOWN), conflictCount: conflicts.length };
}

function objectsInTheWay({ after }: UndoPlan, present: Inventory): readonly Conflict[] {
  return Object.entries(after).flatMap(([key, expected]) => {
    const item = present.byKey.get(key);
    if ((item?.definition ?? null) === expected) return [];
    const because =
      item === undefined
        ? 'it is gone since'
        : expected === null
          ? 'an object of that name exists now'
          : 'it was changed since';
    const table = item?.facts['table'] ?? item?.facts['on'] ?? item?.identity ?? key;
    return [{ table: String(table), key, because, fields: [] }];
  });
}

async function changedTables(
  { rowsAfter }: UndoPlan,
  present: Inventory,
  connection: SqlConnection,
): Promise<readonly Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const [table, expected] of Object.entries(rowsAfter)) {
    if (!present.byKey.has(`table ${table}`)) continue;
    await connection.query(`LOCK TABLE ONLY ${table} IN ACCESS EXCLUSIVE MODE`);
    await unforce(connection, [table]);
    if ((await fingerprint(connection, `(SELECT * FROM ONLY ${table})`)) !== expected)
      conflicts.push({
        table,
        key: table,
        because: 'its rows were changed since, and it must be made anew',
        fields: [],
      });
  }
  return conflicts;
}

/** The side `before`: what took the place of something that comes back is dropped. */
async function clear({ after }: UndoPlan, present: Inventory, connection: SqlConnection): Promise<void> {
  for (const [key, expected] of Object.entries(after)) {
    const item = present.byKey.get(key);
    if (expected !== null || item === undefined || item.of !== undefined) continue;
    for (const command of RULES[item.kind].drop?.(item) ?? []) await connection.query(command);
  }
}

async function runSteps(
  reader: SnapshotReader,
  plan: UndoPlan,
  connection: SqlConnection,
  side: UndoSide | undefined,
): Promise<{ readonly tables: readonly RestoredTable[]; readonly conflicts: readonly Conflict[] }> {
  const tables: RestoredTable[] = [];
  const conflicts: Conflict[] = [];
  const keptAs = (name: string): KeptTable => {
    const kept = plan.tables.find(({ table }) => table === name);
    if (kept === undefined) throw new ProtectError('SNAPSHOT_DAMAGED', `it has no rows of \`${name}\``);
    return kept;
  };
  for (const step of plan.steps) {
    switch (step.kind) {
      case 'sql':
        await connection.query(step.text);
        break;
      case 'load': {
        const kept = keptAs(step.table);
        const { inserted } = await loadRows(connection, kept, reader.part(kept.part), 'fail');
        tables.push({ table: shown(step.table), inserted, updated: 0, deleted: 0, note: 'table recreated' });
        break;
      }
      case 'refill':
        await whileQuiet(connection, step.tables, async () => {
          for (const name of step.tables) {
            const kept = keptAs(name);
            const loaded = await loadRows(
              connection,
              kept,
              reader.part(kept.part),
              side === 'before' ? 'overwrite' : 'leave',
            );
            tables.push({ table: shown(name), inserted: loaded.inserted, updated: loaded.updated, deleted: 0 });
            if (side === undefined) conflicts.push(...loaded.refused.map((row) => refusal(kept, row)));
          }
        }).catch((error: unknown) => {
          // Rows that were inserted since do not fit those that come back, in a way that the key does not show (class 23:
          // integrity constraint violation).
          if (side !== undefined || !(error instanceof SqlError) || !error.sqlState.startsWith('23')) throw error;
          const names = step.tables.map(shown).join(', ');
          conflicts.push({
            table: names,
            key: 'its rows',
            because: `rows were inserted since: ${error.message}`,
            fields: [],
          });
        });
        break;
      case 'sequence':
        await setSequence(plan, step.sequence, connection);
        break;
      case 'refresh':
        await connection.query(`REFRESH MATERIALIZED VIEW ${step.view}`);
        break;
    }
    if (conflicts.length > 0) return { tables, conflicts };
  }
  return { tables, conflicts };
}

function refusal(kept: KeptTable, row: readonly (string | null)[]): Conflict {
  const key = kept.key.map((column) => `${column} = ${row[kept.columns.indexOf(column)] ?? 'NULL'}`).join(', ');
  return {
    table: shown(kept.table),
    key: key === '' ? 'a row' : key,
    because: 'a row with the same key was inserted since',
    fields: [],
  };
}

/** RESTART gives the sequence a new file, so that setval() is rolled back with the transaction. A value that went on stays. */
async function setSequence({ sequences }: UndoPlan, name: string, connection: SqlConnection): Promise<void> {
  const kept = sequences.find(({ sequence }) => sequence === name);
  if (kept === undefined) throw new ProtectError('SNAPSHOT_DAMAGED', `it has no value of the sequence \`${name}\``);
  const { rows } = await connection.query(
    `SELECT s.last_value, s.is_called, p.seqincrement > 0 FROM ${name} s, pg_sequence p WHERE p.seqrelid = '${name.replaceAll("'", "''")}'::regclass`,
  );
  const [value = '0', called, ascends] = rows[0] ?? [];
  const distance = BigInt(value ?? '0') - BigInt(kept.value);
  if (called === 't' && (ascends === 't' ? distance > 0n : distance < 0n)) return;
  await connection.query(`ALTER SEQUENCE ${name} RESTART`);
  await connection.query('SELECT setval($1::regclass, $2::bigint, $3::boolean)', [
    name,
    kept.value,
    String(kept.called),
  ]);
}

/** FAIL-CLOSED: an undo after which any definition differs from the one before the act is rolled back. */
function demandSame(plan: UndoPlan, present: Inventory, now: Inventory, forced: boolean): void {
  const left = new Set(plan.left);
  const wrong = (key: string, wanted: string | null) =>
    !left.has(key) && (now.byKey.get(key)?.definition ?? null) !== wanted;
  for (const [key, wanted] of Object.entries(plan.before))
    if (wrong(key, wanted))
      throw new ProtectError('UNDO_FAILED', `after the undo \`${key}\` is not as it was before the act`);
  for (const [key, item] of present.byKey) {
    if (key in plan.before || item.kind === 'other' || (forced && item.of !== undefined && !now.byAddress.has(item.of)))
      continue;
    if (wrong(key, item.definition))
      throw new ProtectError(
        'UNDO_FAILED',
        `the undo would take \`${key}\` along, which was made or changed after the act`,
      );
  }
  for (const key of now.byKey.keys())
    if (!(key in plan.before) && !present.byKey.has(key) && !left.has(key))
      throw new ProtectError('UNDO_FAILED', `after the undo there is \`${key}\`, which was not there before the act`);
}

function shown(identity: string): string {
  return identity.startsWith('public.') ? identity.slice('public.'.length) : identity;
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}
