import type { SnapshotReader } from '#action/snapshot';
import { type SqlConnection, SqlError } from '#action/sql-connection';
import type { UndoCheck, UndoOutcome, UndoSide } from '#action/undo';
import { messageOf } from '#base/errors';
import { ProtectError } from '../../errors.js';
import { pin } from '../pinned.js';
import { decodeRows } from './copy-text.js';
import { verifyForeignKeys } from './foreign-keys.js';
import { type Planned, planTable, SHOWN_CONFLICTS } from './plan.js';
import { decodeRowContents, type RowContents } from './row-contents.js';
import { findTables, type StagedTable, stage } from './staged-table.js';
import { GRANT_HINT, type Suspension, suspend } from './suspension.js';
import { countChanges, verifyChanges, verifyRows } from './verify-rows.js';
import { writeRows } from './write-rows.js';

/** An undo waits this long for a table that others are writing to. */
const LOCK_TIMEOUT = '30s';

/** Whether and how the rows of a snapshot can be put back, by putting them back and rolling back. */
export async function checkRows(reader: SnapshotReader, connection: SqlConnection): Promise<UndoCheck> {
  const contents = decodeRowContents(reader.contents);
  return inTransaction(connection, 'ROLLBACK', async () => {
    const { planned, suspension } = await prepare(reader, contents, connection, 'before');
    const found = conflictsOf(planned);
    if (found.conflictCount === 0) await restore(connection, planned, suspension);
    return { tables: planned.map(({ restored }) => restored), ...found };
  });
}

/** Puts the rows of a snapshot back; see `UndoEngine.undo`. */
export async function undoRows(
  reader: SnapshotReader,
  connection: SqlConnection,
  side?: UndoSide,
): Promise<UndoOutcome> {
  const contents = decodeRowContents(reader.contents);
  return inTransaction(connection, 'COMMIT', async () => {
    const { planned, suspension } = await prepare(reader, contents, connection, side ?? 'before');
    const found = conflictsOf(planned);
    if (found.conflictCount > 0 && side === undefined) return { kind: 'conflict', ...found };
    await restore(connection, planned, suspension);
    return {
      kind: 'undone',
      tables: planned.map(({ restored }) => restored),
      left: planned.flatMap(({ left }) => (left === undefined ? [] : [left])),
    };
  });
}

/** Locks the tables, loads what was kept, and compares it with what is there. */
async function prepare(
  reader: SnapshotReader,
  contents: RowContents,
  connection: SqlConnection,
  side: UndoSide,
): Promise<Prepared> {
  const found = await findTables(connection, contents.tables);
  // Always in the same order, so that two undos cannot wait for each other.
  for (const { only } of [...found].sort((a, b) => Number(a.shape.oid) - Number(b.shape.oid)))
    await connection.query(`LOCK TABLE ${only} IN SHARE ROW EXCLUSIVE MODE`);
  // Looked at again now that nobody can alter them.
  const tables = await findTables(connection, contents.tables);
  // Before anything is read: forced row security hides rows from the owner too.
  const suspension = await suspend(connection, tables);
  const planned: Planned[] = [];
  for (const table of tables) {
    await stage(connection, table, (part) => decodeRows(reader.part(part), table.kept.columns.length));
    planned.push(await planTable(connection, table, side));
  }
  return { planned, suspension };
}

interface Prepared {
  readonly planned: readonly Planned[];
  readonly suspension: Suspension;
}

function conflictsOf(planned: readonly Planned[]): Pick<UndoCheck, 'conflicts' | 'conflictCount'> {
  return {
    conflicts: planned.flatMap(({ conflicts }) => conflicts).slice(0, SHOWN_CONFLICTS),
    conflictCount: planned.reduce((sum, { conflictCount }) => sum + conflictCount, 0),
  };
}

/** Writes, and verifies what was written. */
async function restore(connection: SqlConnection, planned: readonly Planned[], suspension: Suspension): Promise<void> {
  const tables: readonly StagedTable[] = planned.map(({ table }) => table);
  const baseline = await countChanges(connection);
  try {
    const tuples = await writeRows(connection, tables, suspension.mode);
    // What was deferred is checked now, while the answer can still be told from that of COMMIT.
    await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
    await verifyChanges(connection, baseline, planned, tuples);
  } catch (error) {
    if (!(error instanceof SqlError && error.sqlState.startsWith('23'))) throw error;
    // Class 23: integrity constraint violation.
    throw new ProtectError('UNDO_FAILED', `what was kept no longer fits what is there: ${error.message}`, {
      hint:
        suspension.mode === 'replica'
          ? 'nothing was changed; undo the later change first'
          : `nothing was changed; undo the later change first, or ${GRANT_HINT}`,
      cause: error,
    });
  }
  if (suspension.mode === 'replica') await verifyForeignKeys(connection, tables);
  for (const table of tables) await verifyRows(connection, table);
  await suspension.lift();
}

/** @throws ProtectError `UNDO_UNCERTAIN` when the connection is lost while it is committed. */
async function inTransaction<T extends object>(
  connection: SqlConnection,
  end: 'COMMIT' | 'ROLLBACK',
  work: () => Promise<T>,
): Promise<T> {
  await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  let result: T;
  try {
    await pin(connection);
    await connection.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    result = await work();
  } catch (error) {
    // A connection that is gone has rolled back by itself.
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  const commits = end === 'COMMIT' && !('kind' in result && result.kind === 'conflict');
  try {
    await connection.query(commits ? 'COMMIT' : 'ROLLBACK');
  } catch (error) {
    if (error instanceof SqlError || !commits) throw error;
    throw new ProtectError(
      'UNDO_UNCERTAIN',
      `the connection was lost while the undo was committed: ${messageOf(error)}`,
      {
        hint: 'undo it again: rows that are already as they were are shown as conflicts',
        cause: error,
      },
    );
  }
  return result;
}
