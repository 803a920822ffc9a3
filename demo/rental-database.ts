import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DATA_SQL, LOGIC_SQL, SCHEMA_SQL } from './rental-schema.js';
import type { ScratchPostgres } from './scratch-postgres.js';

export const PRODUCTION_DATABASE = 'rental';
export const STAGING_DATABASE = 'rental_staging';

/** A role and its password. None of them is a superuser. */
interface Login {
  readonly user: string;
  readonly password: string;
}

export interface RentalLogins {
  /** Owns the production tables: what the company's own migrations run as. */
  readonly owner: Login;
  /** May change rows, not tables. */
  readonly write: Login;
  /** May only read. */
  readonly read: Login;
  /** Owns the staging database, which lies on the same server. */
  readonly staging: Login;
}

/** Creates roles, the production database with all its rows, and a staging database without any. Takes about 2 s. */
export async function loadRental(postgres: ScratchPostgres): Promise<RentalLogins> {
  const login = (user: string): Login => ({ user, password: randomBytes(15).toString('base64url') });
  const logins: RentalLogins = {
    owner: login('rental_owner'),
    write: login('rental_write'),
    read: login('rental_read'),
    staging: login('rental_staging'),
  };
  await withClient(postgres.connectionString('postgres'), async (client) => {
    for (const { user, password } of Object.values(logins)) {
      await client.query(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`);
    }
    await client.query(`CREATE DATABASE ${PRODUCTION_DATABASE} OWNER ${logins.owner.user}`);
    await client.query(`CREATE DATABASE ${STAGING_DATABASE} OWNER ${logins.staging.user}`);
  });
  const { owner, write, read, staging } = logins;
  await withClient(postgres.connectionString(PRODUCTION_DATABASE, owner.user, owner.password), async (client) => {
    await client.query(SCHEMA_SQL + DATA_SQL + LOGIC_SQL);
    await client.query(`
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${read.user}, ${write.user};
      GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${write.user};
      GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${read.user}, ${write.user};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${write.user};
      ANALYZE`);
  });
  await withClient(postgres.connectionString(STAGING_DATABASE, staging.user, staging.password), (client) =>
    client.query(SCHEMA_SQL + LOGIC_SQL),
  );
  return logins;
}

/** What a database client must be able to do for the checksums. */
export interface Queryable {
  query(sql: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/** One table as it is now. */
export interface TableSum {
  readonly table: string;
  readonly rows: number;
  /** MD5 over the MD5s of all rows' text form, ordered by `id`; empty for an empty table. Not for security. */
  readonly checksum: string;
}

/** Every table of the schema `public`, by name. A dropped table is missing. Under a second for the rental database. */
export async function checksums(client: Queryable): Promise<readonly TableSum[]> {
  const tables = await client.query(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
  );
  const sums: TableSum[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await client.query(
      `SELECT count(*)::integer AS rows, coalesce(md5(string_agg(md5(t::text), '' ORDER BY id)), '') AS checksum
       FROM public.${String(name)} AS t`,
    );
    sums.push({ table: String(name), rows: Number(rows[0]?.['rows']), checksum: String(rows[0]?.['checksum']) });
  }
  return sums;
}

/** Runs with a connection that is closed afterwards, whatever happens. */
export async function withClient<T>(connectionString: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
  // The server may be killed while we are connected; the query in flight reports it, so this must not be fatal as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
