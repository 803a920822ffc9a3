import { randomBytes } from 'node:crypto';
import type { SqlConnection } from '#action/sql-connection';

/**
 * Settings under which every type's text output is read back as the same value, on any server and whatever the agent has
 * set. `row_security` off makes a query fail that a policy would have cut short.
 */
const PINNED: readonly (readonly [name: string, value: string])[] = [
  ['search_path', 'pg_catalog, pg_temp'],
  ['row_security', 'off'],
  ['datestyle', 'ISO, YMD'],
  ['intervalstyle', 'postgres'],
  ['timezone', 'UTC'],
  ['extra_float_digits', '3'],
  ['bytea_output', 'hex'],
  ['lc_monetary', 'C'],
  ['xmloption', 'content'],
  ['array_nulls', 'on'],
  ['quote_all_identifiers', 'off'],
  ['standard_conforming_strings', 'on'],
  ['client_encoding', 'UTF8'],
  ['client_min_messages', 'error'],
  ['statement_timeout', '0'],
  ['jit', 'off'],
];

/** Pins the settings until the end of the current transaction or savepoint. */
export async function pin(connection: SqlConnection): Promise<void> {
  const calls = PINNED.map((_, at) => `pg_catalog.set_config($${2 * at + 1}, $${2 * at + 2}, true)`);
  await connection.query(`SELECT ${calls.join(', ')}`, PINNED.flat());
}

/**
 * Runs `work` under the pinned settings inside an open transaction, and gives the transaction its own settings back. What
 * `work` has declared is gone then; the positions of older cursors are kept.
 */
export async function withPinned<T>(connection: SqlConnection, work: () => Promise<T>): Promise<T> {
  const savepoint = `firebreak_${randomBytes(6).toString('hex')}`;
  await connection.query(`SAVEPOINT ${savepoint}`);
  await pin(connection);
  const result = await work();
  // After an error the transaction is lost anyway, so only success comes back.
  await connection.query(`ROLLBACK TO SAVEPOINT ${savepoint}`);
  await connection.query(`RELEASE SAVEPOINT ${savepoint}`);
  return result;
}
