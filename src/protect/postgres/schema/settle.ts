import type { SqlConnection } from '#action/sql-connection';

/**
 * Ends the last command for the server too. After ALTER DOMAIN ... DROP CONSTRAINT a SAVEPOINT fails with "cannot start a
 * subtransaction when there are unprocessed inval messages" until a command that writes has begun (or looks as if).
 */
export async function settle(connection: SqlConnection): Promise<void> {
  await connection.query('SELECT FROM pg_catalog.pg_settings WHERE false FOR UPDATE');
}
