import type { Kysely } from 'kysely';
import type { PlaceholderStorage } from '#secrets/placeholders';
import type { Schema } from './schema.js';

export function createPlaceholderStorage(db: Kysely<Schema>): PlaceholderStorage {
  return {
    async active() {
      const rows = await db.selectFrom('placeholder').selectAll().where('revoked_at', 'is', null).execute();
      return rows.map((row) => ({
        id: row.id,
        environment: row.environment,
        resource: row.resource,
        sessionId: row.session_id ?? undefined,
        scram: { storedKey: row.scram_stored_key, serverKey: row.scram_server_key },
        hash: row.hash,
        issuedAt: row.issued_at,
      }));
    },
    async insert({ id, environment, resource, sessionId, scram, hash, issuedAt }) {
      await db
        .insertInto('placeholder')
        .values({
          id,
          hash,
          scram_stored_key: scram.storedKey,
          scram_server_key: scram.serverKey,
          environment,
          resource,
          session_id: sessionId ?? null,
          issued_at: issuedAt,
          revoked_at: null,
        })
        .execute();
    },
    async revoke({ resource, sessionId }, at) {
      const rows = await db
        .updateTable('placeholder')
        .set({ revoked_at: at })
        .where('revoked_at', 'is', null)
        .$if(resource !== undefined, (query) => query.where('resource', '=', resource ?? ''))
        .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId ?? ''))
        .returning('id')
        .execute();
      return rows.map((row) => row.id);
    },
  };
}
