import type { Kysely } from 'kysely';
import type { Session } from '#action/session';
import type { SessionStorage } from '#secrets/sessions';
import type { Schema } from './schema.js';

export function createSessionStorage(db: Kysely<Schema>): SessionStorage {
  return {
    async insert(session, openedAt) {
      await db
        .insertInto('session')
        .values({ id: session.id, document: JSON.stringify(session), opened_at: openedAt, closed_at: null })
        .execute();
    },
    async close(id, closedAt) {
      await db.updateTable('session').set({ closed_at: closedAt }).where('id', '=', id).execute();
    },
    async open() {
      const rows = await db.selectFrom('session').select('document').where('closed_at', 'is', null).execute();
      return rows.map((row) => JSON.parse(row.document) as Session); // Written by `insert` above.
    },
  };
}
