import type { Kysely } from 'kysely';
import type { FactorStorage } from '#approve/storage';
import type { Schema } from './schema.js';

export function createFactorStorage(db: Kysely<Schema>): FactorStorage {
  return {
    async approvers() {
      const rows = await db.selectFrom('factor').select('approver').orderBy('approver').execute();
      return rows.map((row) => row.approver);
    },
    async get(approver) {
      const row = await db.selectFrom('factor').selectAll().where('approver', '=', approver).executeTakeFirst();
      return row && { lastCounter: row.last_counter, failures: row.failures, lockedUntil: row.locked_until };
    },
    async enrol(approver, counter) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('factor')
        .values({ approver, last_counter: counter, failures: 0, locked_until: 0 })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
    async spendCounter(approver, counter) {
      const { numUpdatedRows } = await db
        .updateTable('factor')
        .set({ last_counter: counter })
        .where('approver', '=', approver)
        .where('last_counter', '<', counter)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async setFailures(approver, failures, lockedUntil) {
      await db
        .updateTable('factor')
        .set({ failures, locked_until: lockedUntil })
        .where('approver', '=', approver)
        .execute();
    },
  };
}
