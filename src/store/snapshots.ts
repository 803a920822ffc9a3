import type { Kysely } from 'kysely';
import type { SnapshotState } from '#action/snapshot-view';
import type { SnapshotRecord, SnapshotSeal, SnapshotStorage } from '#protect/storage';
import type { Schema, SnapshotTable } from './schema.js';

export function createSnapshotStorage(db: Kysely<Schema>): SnapshotStorage {
  return {
    async insert(about, createdAt) {
      const { number } = await db
        .insertInto('snapshot')
        .values({
          state: 'draft',
          about: JSON.stringify(about),
          created_at: createdAt,
          sha256: null,
          bytes: null,
          undoable: null,
          changed_at: null,
          changed_by: null,
        })
        .returning('number')
        .executeTakeFirstOrThrow();
      return `S-${number}`;
    },

    async get(id) {
      const row = await db.selectFrom('snapshot').selectAll().where('number', '=', numberOf(id)).executeTakeFirst();
      return row && recordOf(row);
    },

    async list({ states, limit }) {
      const rows = await db
        .selectFrom('snapshot')
        .selectAll()
        .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return rows.map(recordOf);
    },

    async seal(id, { sha256, bytes, undoable }) {
      const { numUpdatedRows } = await db
        .updateTable('snapshot')
        .set({ state: 'sealed', sha256, bytes, undoable: JSON.stringify(undoable) })
        .where('number', '=', numberOf(id))
        .where('state', '=', 'draft')
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },

    async move(id, from, to, { at, by }) {
      const { numUpdatedRows } = await db
        .updateTable('snapshot')
        .set({ state: to, changed_at: at, changed_by: by })
        .where('number', '=', numberOf(id))
        .where('state', 'in', from)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },

    async removeDraft(id) {
      await db.deleteFrom('snapshot').where('number', '=', numberOf(id)).where('state', '=', 'draft').execute();
    },
  };
}

function recordOf(row: Omit<SnapshotTable, 'number'> & { readonly number: number }): SnapshotRecord {
  const sealed: SnapshotSeal | undefined =
    row.sha256 === null || row.bytes === null || row.undoable === null
      ? undefined
      : { sha256: row.sha256, bytes: row.bytes, undoable: JSON.parse(row.undoable) };
  return {
    id: `S-${row.number}`,
    // The table's check constraint admits these only.
    state: row.state as SnapshotState,
    about: JSON.parse(row.about),
    createdAt: row.created_at,
    sealed,
    changedAt: row.changed_at ?? undefined,
    changedBy: row.changed_by ?? undefined,
  };
}

/** -1, which no row has, for what is no identifier of a snapshot. */
function numberOf(id: string): number {
  return Number(/^S-([1-9]\d{0,14})$/.exec(id)?.[1] ?? -1);
}
