/** Who this connection is logged in as, which roles that one can become, and what the server is like. */
import type { SqlConnection } from '#action/sql-connection';

export interface LoginFacts {
  readonly role: string;
  readonly database: string;
  readonly serverVersion: number;
  readonly trackCounts: boolean;
  /** As `session_replication_role`: `origin` unless somebody has turned triggers and foreign keys off for this role. */
  readonly replicationRole: string;
  /** The server is one of Supabase's. */
  readonly supabase: boolean;
  /** The role itself and every role that it is a member of, directly or not. */
  readonly reach: readonly ReachedRole[];
}

export interface ReachedRole {
  readonly oid: string;
  readonly name: string;
  /** The directly granted role that leads here; undefined for the role itself. */
  readonly via: string | undefined;
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly replication: boolean;
  readonly bypassRowSecurity: boolean;
}

/**
 * Every membership counts, whatever its options say (PostgreSQL 16: INHERIT, SET, ADMIN): without INHERIT the role can be
 * set, and with ADMIN alone its member can grant itself the rest. Owning the database is membership in `pg_database_owner`.
 * Every operator, type and function is named with its schema: a `search_path` must not put others in their place.
 */
const QUERY = `
WITH RECURSIVE reach(oid, via) AS (
  SELECT r.oid, NULL::pg_catalog.name FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) SESSION_USER
  UNION
  SELECT m.roleid, COALESCE(reach.via, g.rolname)
    FROM reach
    JOIN pg_catalog.pg_auth_members m ON m.member OPERATOR(pg_catalog.=) reach.oid
    JOIN pg_catalog.pg_roles g ON g.oid OPERATOR(pg_catalog.=) m.roleid
), all_reach AS (
  SELECT oid, via FROM reach
  UNION
  SELECT o.oid, reach.via
    FROM reach
    JOIN pg_catalog.pg_database d
      ON d.datdba OPERATOR(pg_catalog.=) reach.oid AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    JOIN pg_catalog.pg_roles o ON o.rolname OPERATOR(pg_catalog.=) 'pg_database_owner'::pg_catalog.name
)
SELECT r.oid, r.rolname, pg_catalog.min(a.via::pg_catalog.text), r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
       r.rolbypassrls, pg_catalog.bool_or(a.via IS NULL),
       pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('track_counts'),
       pg_catalog.current_database(), SESSION_USER, pg_catalog.current_setting('session_replication_role'),
       EXISTS (SELECT FROM pg_catalog.pg_roles s WHERE s.rolname OPERATOR(pg_catalog.=) 'supabase_admin'::pg_catalog.name)
  FROM all_reach a JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.oid
 GROUP BY r.oid, r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls
 ORDER BY 9 DESC, r.rolname`;

export async function readLogin(connection: SqlConnection): Promise<LoginFacts> {
  const { rows } = await connection.query(QUERY);
  const [first] = rows;
  // FAIL-CLOSED: a role that cannot be looked up is not used.
  if (first === undefined) throw new Error('the server does not say which role is logged in');
  const [version, trackCounts, database, role, replicationRole, supabase] = first.slice(9);
  return {
    role: role ?? '',
    database: database ?? '',
    serverVersion: Number(version),
    trackCounts: trackCounts === 'on',
    replicationRole: replicationRole ?? '',
    supabase: supabase === 't',
    reach: rows.map(([oid, name, via, superuser, createRole, createDatabase, replication, bypass, itself]) => ({
      oid: oid ?? '',
      name: name ?? '',
      via: itself === 't' ? undefined : (via ?? undefined),
      superuser: superuser === 't',
      createRole: createRole === 't',
      createDatabase: createDatabase === 't',
      replication: replication === 't',
      bypassRowSecurity: bypass === 't',
    })),
  };
}
