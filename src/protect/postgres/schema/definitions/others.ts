import type { SqlConnection } from '#action/sql-connection';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';

/**
 * Catalogs that the other kinds read. Everything that is not here is watched row by row, also what a later PostgreSQL adds.
 */
const COVERED = [
  'pg_class',
  'pg_attribute',
  'pg_attrdef',
  'pg_constraint',
  'pg_index',
  'pg_trigger',
  'pg_rewrite',
  'pg_policy',
  'pg_proc',
  'pg_type',
  'pg_enum',
  'pg_sequence',
  'pg_namespace',
  'pg_description',
  'pg_inherits',
  'pg_partitioned_table',
  'pg_statistic_ext',
];

/** What ANALYZE gathers, who depends on whom (the items tell), what only pg_dump reads, and what vacuuming changes. */
const UNWATCHED = [
  'pg_statistic',
  'pg_statistic_ext_data',
  'pg_depend',
  'pg_shdepend',
  'pg_largeobject',
  'pg_init_privs',
  'pg_database',
];

/** Whatever has no rules of its own. It is seen when it changes, and nothing of it is put back. */
export const otherRules: KindRules = {
  kind: 'other',
  rank: 30,
  otherwise: 'leave',
  source: () =>
    [
      itemSource({
        kind: `'other'`,
        address: `'pg_class/' || c.oid || '/0'`,
        identity: `CASE c.relkind WHEN 'f' THEN 'foreign table ' ELSE 'relation ' END || format('%I.%I', n.nspname, c.relname)`,
        facts: `'kind', c.relkind, 'options', to_jsonb(c.reloptions)`,
        from: `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN_SCHEMA} AND c.relkind NOT IN ('r', 'p', 'v', 'm', 'S', 'i', 'I', 'c', 't')`,
      }),
      itemSource({
        kind: `'other'`,
        address: `'pg_type/' || t.oid || '/0'`,
        identity: `'type ' || format('%I.%I', n.nspname, t.typname)`,
        facts: `'sort', t.typtype, 'default', t.typdefault`,
        // A range's multirange and constructor functions, and every type's array, come and go with it.
        from: `pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${OWN_SCHEMA} AND t.typtype NOT IN ('e', 'd', 'c', 'm')
          AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)`,
      }),
      itemSource({
        kind: `'other'`,
        address: `'pg_proc/' || p.oid || '/0'`,
        identity: `'aggregate ' || format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))`,
        facts: `'sort', p.prokind`,
        from: `pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OWN_SCHEMA} AND p.prokind NOT IN ('f', 'p', 'w')`,
      }),
    ].join(' UNION ALL '),
  create: () => [],
};

const HAVE_OID = new Set([
  'pg_class',
  'pg_proc',
  'pg_type',
  'pg_namespace',
  'pg_constraint',
  'pg_trigger',
  'pg_policy',
]);

/**
 * The sources for all catalogs without rules that this role may read. Read once for a transaction.
 */
export async function otherCatalogs(connection: SqlConnection): Promise<readonly string[]> {
  const { rows } = await connection.query(
    `SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'oid')
     FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r'
       AND has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname`,
  );
  const catalogs = rows
    .map(([name, hasOid]) => ({ name: name ?? '', hasOid: hasOid === 't' }))
    .filter(({ name }) => !COVERED.includes(name) && !UNWATCHED.includes(name))
    .flatMap(({ name, hasOid }) =>
      hasOid ? [ownRows(name), systemRows(name, 'x.oid < 16384')] : [systemRows(name, 'true')],
    );
  return [...FIXED, ...catalogs];
}

/** Each row of the database's own, named as PostgreSQL describes the object. */
function ownRows(catalog: string): string {
  // Dependencies name a large object by the catalog of its data (pg_largeobject_metadata.h); another class is an error.
  const named = catalog === 'pg_largeobject_metadata' ? 'pg_largeobject' : catalog;
  return itemSource({
    kind: `'other'`,
    address: `'${catalog}/' || x.oid || '/0'`,
    identity: `coalesce(pg_describe_object('${named}'::regclass, x.oid, 0), '${catalog} ' || x.oid)`,
    facts: `'row', to_jsonb(x)`,
    from: `${catalog} x WHERE x.oid >= 16384`,
  });
}

/** Rows that are many and never change: any change is seen, without saying in which. xmin is the transaction that wrote a row. */
function systemRows(catalog: string, which: string): string {
  return itemSource({
    kind: `'other'`,
    address: `'${catalog}/rows/0'`,
    identity: `'rows of ${catalog}'`,
    facts: `'hash', (SELECT count(*) || ' ' || coalesce(sum(hashtext(x.ctid || ' ' || x.xmin)), 0) FROM ${catalog} x WHERE ${which})`,
    from: '(SELECT) one',
  });
}

function watchedView(view: string, columns: string): string {
  return itemSource({
    kind: `'other'`,
    address: `'${view}/rows/0'`,
    identity: `'rows of ${view}'`,
    facts: `'hash', (SELECT coalesce(sum(hashtext(ROW(${columns})::text)), 0)::text FROM ${view} x)`,
    from: '(SELECT) one',
  });
}

/** What is watched on every server. */
const FIXED: readonly string[] = [
  ...COVERED.filter((catalog) => HAVE_OID.has(catalog)).map((catalog) =>
    systemRows(catalog, catalog === 'pg_namespace' ? `x.oid < 16384 AND x.nspname <> 'public'` : 'x.oid < 16384'),
  ),
  watchedView(
    'pg_roles',
    `x.rolname, x.rolsuper, x.rolinherit, x.rolcreaterole, x.rolcreatedb, x.rolcanlogin, x.rolreplication, x.rolbypassrls, x.rolconfig`,
  ),
  watchedView('pg_user_mappings', 'x.srvid, x.umuser'),
  watchedView('pg_database', 'x.oid, x.datname, x.datdba, x.datacl, x.datistemplate, x.datallowconn'),
];
