/** What a set of roles owns and may do in the database of a connection. */
import { arrayLiteral, type SqlConnection } from '#action/sql-connection';

export type PrivilegeScope = 'table' | 'column' | 'sequence' | 'schema' | 'database' | 'parameter' | 'function';

/** One privilege on things of one sort, of one schema, by one grantee. */
export interface Privilege {
  readonly scope: PrivilegeScope;
  /** The schema of the things; the database's or parameter's own name for those; for a schema its own. */
  readonly container: string;
  /** As GRANT spells it. */
  readonly privilege: string;
  /** Undefined: PUBLIC. */
  readonly grantee: string | undefined;
  readonly count: number;
  /** The first few, as SQL writes them. */
  readonly examples: readonly string[];
  readonly mayPassOn: boolean;
}

export interface Owned {
  /** A word for the sort of thing: `table`, `schema`, `function`, `large object`... */
  readonly sort: string;
  readonly count: number;
  /** As the server describes them. */
  readonly examples: readonly string[];
}

/** What each catalog's rows are called. Default privileges and user mappings belong to a role and are nothing to own. */
const SORTS: readonly (readonly [catalog: string, sort: string])[] = [
  ['pg_class', 'relation'],
  ['pg_namespace', 'schema'],
  ['pg_proc', 'function'],
  ['pg_type', 'type'],
  ['pg_database', 'database'],
  ['pg_tablespace', 'tablespace'],
  ['pg_extension', 'extension'],
  ['pg_language', 'language'],
  ['pg_foreign_server', 'foreign server'],
  ['pg_foreign_data_wrapper', 'foreign-data wrapper'],
  ['pg_event_trigger', 'event trigger'],
  ['pg_publication', 'publication'],
  ['pg_subscription', 'subscription'],
  ['pg_operator', 'operator'],
  ['pg_collation', 'collation'],
  ['pg_conversion', 'conversion'],
  ['pg_statistic_ext', 'statistics object'],
  ['pg_largeobject_metadata', 'large object'],
];

/**
 * By the dependencies that the server keeps of every role (documentation, "pg_shdepend"): one index look-up, however many
 * things there are. What belongs to a session alone, in its temporary schema, is not counted.
 */
const OWNED = `
SELECT s.sort, pg_catalog.count(*),
       pg_catalog.array_to_json((pg_catalog.array_agg(pg_catalog.pg_describe_object(d.classid, d.objid, 0)
         ORDER BY d.objid) FILTER (WHERE d.place OPERATOR(pg_catalog.<=) 3))::pg_catalog.text[])
  FROM (
    SELECT d.classid, d.objid, pg_catalog.row_number() OVER (PARTITION BY d.classid ORDER BY d.objid) AS place
      FROM pg_catalog.pg_shdepend d
      LEFT JOIN pg_catalog.pg_class c
        ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid OPERATOR(pg_catalog.=) d.objid
      LEFT JOIN pg_catalog.pg_proc p
        ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid OPERATOR(pg_catalog.=) d.objid
      LEFT JOIN pg_catalog.pg_type t
        ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid OPERATOR(pg_catalog.=) d.objid
      LEFT JOIN pg_catalog.pg_namespace n
        ON n.oid OPERATOR(pg_catalog.=) COALESCE(c.relnamespace, p.pronamespace, t.typnamespace)
     WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
       AND d.refobjid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
       AND d.deptype OPERATOR(pg_catalog.=) 'o'::pg_catalog."char"
       AND (d.dbid OPERATOR(pg_catalog.=) 0::pg_catalog.oid OR d.dbid OPERATOR(pg_catalog.=)
            (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))
       AND COALESCE(n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast_)?temp_', true)
  ) d
  JOIN ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])) AS s(catalog, sort)
    ON s.catalog::pg_catalog.regclass::pg_catalog.oid OPERATOR(pg_catalog.=) d.classid
 GROUP BY s.sort ORDER BY s.sort`;

export async function readOwned(connection: SqlConnection, roles: readonly string[]): Promise<readonly Owned[]> {
  const { rows } = await connection.query(OWNED, [
    arrayLiteral(roles),
    arrayLiteral(SORTS.map(([catalog]) => `pg_catalog.${catalog}`)),
    arrayLiteral(SORTS.map(([, sort]) => sort)),
  ]);
  return rows.map(([sort, count, examples]) => ({
    sort: sort ?? '',
    count: Number(count),
    examples: textsOf(examples ?? null),
  }));
}

/** Functions of PostgreSQL's own that it keeps from PUBLIC because they reach the server (system_functions.sql). */
const SERVER_FUNCTIONS: readonly string[] = [
  'pg_read_file',
  'pg_read_binary_file',
  'pg_stat_file',
  'pg_ls_dir',
  'lo_import',
  'lo_export',
  'pg_reload_conf',
  'pg_rotate_logfile',
  'pg_promote',
  'pg_switch_wal',
  'pg_create_restore_point',
  'pg_backup_start',
  'pg_backup_stop',
  'pg_start_backup',
  'pg_stop_backup',
  'pg_wal_replay_pause',
  'pg_wal_replay_resume',
  'pg_replication_origin_create',
  'pg_replication_origin_advance',
  'pg_stat_reset',
  'pg_stat_reset_shared',
];

/**
 * Access control lists, spread out. An absent list means the default of its sort, which gives PUBLIC the use of temporary
 * tables and, before PostgreSQL 15, the making of things in `public`. `pg_settings` looks as if everyone could update it:
 * that is SET. An owner's own entries are left out: owning is reported by itself.
 */
const privilegeQuery = (parameters: boolean) => `
SELECT g.scope, g.container, g.privilege_type, r.rolname, pg_catalog.count(*),
       pg_catalog.array_to_json((pg_catalog.array_agg(g.name ORDER BY g.name))[1:3]),
       pg_catalog.bool_or(g.is_grantable)
  FROM (
    SELECT CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S'::pg_catalog."char" THEN 'sequence' ELSE 'table' END AS scope,
           n.nspname::pg_catalog.text AS container, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
           a.privilege_type, a.grantee, a.is_grantable, c.relowner AS owner
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
      CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
     WHERE c.relacl IS NOT NULL
       AND c.oid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_settings'::pg_catalog.regclass::pg_catalog.oid
       AND n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast_)?temp_'
    UNION ALL
    SELECT 'column', n.nspname, pg_catalog.format('%I.%I.%I', n.nspname, c.relname, t.attname),
           a.privilege_type, a.grantee, a.is_grantable, c.relowner
      FROM pg_catalog.pg_attribute t
      JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
      CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
     WHERE t.attacl IS NOT NULL
    UNION ALL
    SELECT 'schema', n.nspname, pg_catalog.quote_ident(n.nspname), a.privilege_type, a.grantee, a.is_grantable, n.nspowner
      FROM pg_catalog.pg_namespace n
      CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(n.nspacl, pg_catalog.acldefault('n'::pg_catalog."char", n.nspowner))) a
     WHERE n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast_)?temp_'
    UNION ALL
    SELECT 'database', d.datname, pg_catalog.quote_ident(d.datname), a.privilege_type, a.grantee, a.is_grantable, d.datdba
      FROM pg_catalog.pg_database d
      CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d'::pg_catalog."char", d.datdba))) a
     WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    UNION ALL
    SELECT 'function', n.nspname, pg_catalog.format('%I.%I', n.nspname, p.proname), a.privilege_type, a.grantee,
           a.is_grantable, p.proowner
      FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
      CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f'::pg_catalog."char", p.proowner))) a
     WHERE p.proname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.name[])
       AND n.nspname OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.name${
         parameters
           ? `
    UNION ALL
    SELECT 'parameter', p.parname, p.parname, a.privilege_type, a.grantee, a.is_grantable, 0::pg_catalog.oid
      FROM pg_catalog.pg_parameter_acl p CROSS JOIN LATERAL pg_catalog.aclexplode(p.paracl) a`
           : ''
       }
  ) g
  LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) g.grantee
 WHERE (g.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid OR g.grantee OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]))
   AND NOT g.owner OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
   AND (g.privilege_type OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text[]) OR g.is_grantable)
 GROUP BY g.scope, g.container, g.privilege_type, r.rolname
 ORDER BY g.scope, g.privilege_type, g.container, r.rolname`;

/** The version that has rights on server parameters (release notes of 15). */
const PARAMETER_PRIVILEGES = 150_000;

/**
 * Privileges on what the roles do not own.
 *
 * @param wanted as GRANT spells them; those that may be passed on are returned whichever they are.
 */
export async function readPrivileges(
  connection: SqlConnection,
  roles: readonly string[],
  serverVersion: number,
  wanted: readonly string[],
): Promise<readonly Privilege[]> {
  const { rows } = await connection.query(privilegeQuery(serverVersion >= PARAMETER_PRIVILEGES), [
    arrayLiteral(roles),
    arrayLiteral(SERVER_FUNCTIONS),
    arrayLiteral(wanted),
  ]);
  return rows.map(([scope, container, privilege, grantee, count, examples, mayPassOn]) => ({
    scope: scopeOf(scope ?? ''),
    container: container ?? '',
    privilege: privilege ?? '',
    grantee: grantee ?? undefined,
    count: Number(count),
    examples: textsOf(examples ?? null),
    mayPassOn: mayPassOn === 't',
  }));
}

const SCOPES: readonly PrivilegeScope[] = [
  'table',
  'column',
  'sequence',
  'schema',
  'database',
  'parameter',
  'function',
];

function scopeOf(text: string): PrivilegeScope {
  const scope = SCOPES.find((one) => one === text);
  if (scope === undefined) throw new TypeError(`not a scope: \`${text}\``);
  return scope;
}

/** A JSON array of texts, as the server wrote it. */
export function textsOf(json: string | null): readonly string[] {
  const parsed: unknown = JSON.parse(json ?? '[]');
  return Array.isArray(parsed) ? parsed.filter((one): one is string => typeof one === 'string') : [];
}
