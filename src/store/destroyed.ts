import type { Kysely } from 'kysely';
import type { DestroyedStorage } from '#pipeline/destroyed-count';
import type { Schema } from './schema.js';

export function createDestroyedStorage(db: Kysely<Schema>): DestroyedStorage {
  return {
    async add(environments, at) {
      if (environments.length === 0) return;
      await db
        .insertInto('destroyed')
        .values(environments.map((environment) => ({ environment, at })))
        .execute();
    },
    async since(at) {
      return db.selectFrom('destroyed').selectAll().where('at', '>', at).execute();
    },
  };
}
