import { type SqlConnection, SqlError } from '#action/sql-connection';

/**
 * Where to recover to with the provider's own backup (pg_current_wal_lsn), asked in an open transaction. Null where the server
 * does not tell, as on some hosted ones.
 */
export async function walPosition(connection: SqlConnection): Promise<string | null> {
  await connection.query('SAVEPOINT firebreak_wal');
  try {
    const { rows } = await connection.query('SELECT pg_catalog.pg_current_wal_lsn()');
    return rows[0]?.[0] ?? null;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT firebreak_wal');
    return null;
  }
}
