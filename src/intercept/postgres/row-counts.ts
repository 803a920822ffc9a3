import { ownQueries } from './own-connection.js';
import type { UpstreamLink } from './upstream-link.js';

const MOST_TABLES = 10;
const MOST_MS = 2_000;

/**
 * How many rows tables hold now, those that can be counted in a moment.
 *
 * @param names as a statement writes them, found as the connection's search_path finds them.
 * @throws SqlError
 */
export async function countRows(link: UpstreamLink, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const own = ownQueries(link);
  const counts = new Map<string, number>();
  if (link.status !== 'I') return counts;
  await own.query('BEGIN READ ONLY');
  try {
    await own.query(`SET LOCAL statement_timeout = ${MOST_MS}`);
    for (const name of names.slice(0, MOST_TABLES)) {
      // Its own spelling of the name, quoted as it must be; null when there is no such table.
      const { rows: found } = await own.query('SELECT pg_catalog.to_regclass($1)::pg_catalog.text', [name]);
      const table = found[0]?.[0];
      if (typeof table !== 'string') continue;
      const { rows } = await own.query(`SELECT pg_catalog.count(*)::pg_catalog.text FROM ${table}`);
      counts.set(name, Number(rows[0]?.[0] ?? 0));
    }
  } finally {
    await own.query('ROLLBACK');
  }
  return counts;
}
