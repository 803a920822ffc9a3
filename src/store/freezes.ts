import type { Kysely } from 'kysely';
import type { FreezeStorage } from '#pipeline/freeze-board';
import type { Schema } from './schema.js';

export function createFreezeStorage(db: Kysely<Schema>): FreezeStorage {
  return {
    async list() {
      const rows = await db.selectFrom('freeze').selectAll().execute();
      return rows.map((row) => ({
        environment: row.environment,
        from: row.from_time,
        until: row.until_time ?? undefined,
        reason: row.reason,
        by: row.by,
      }));
    },
    async add({ environment, from, until, reason, by }) {
      await db
        .insertInto('freeze')
        .values({ environment, from_time: from, until_time: until ?? null, reason, by })
        .execute();
    },
    async remove(environment) {
      await db.deleteFrom('freeze').where('environment', '=', environment).execute();
    },
    async lift(key) {
      await db
        .insertInto('lifted_freeze')
        .values({ key })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async lifted() {
      return (await db.selectFrom('lifted_freeze').select('key').execute()).map((row) => row.key);
    },
  };
}
