/** What `provisionStatements` must know of a database. */
import { arrayLiteral, type SqlConnection } from '#action/sql-connection';
import { namesOfMightyRoles } from './granted-roles.js';
import { textsOf } from './privilege-facts.js';
import { LANES, type Lane } from './report.js';

export interface Survey {
  readonly database: string;
  /** As `server_version_num`. */
  readonly version: number;
  readonly schemas: readonly SurveyedSchema[];
  /** Who owns tables, views or sequences in these schemas. */
  readonly owners: readonly SurveyedOwner[];
  /** The surveying role is a superuser. */
  readonly superuser: boolean;
  /** The surveying role may grant rights on the database. */
  readonly databaseGrantable: boolean;
  /** The owner lane's role owns something already. */
  readonly ownerOwns: boolean;
  /** Tables with row security, as SQL writes them: the roles see in them what a policy gives them. */
  readonly rowSecurity: readonly string[];
  /** Other roles that can log in. They keep what PUBLIC loses. */
  readonly logins: readonly string[];
}

export interface SurveyedSchema {
  readonly name: string;
  /** The surveying role may grant rights on the schema itself. */
  readonly owned: boolean;
  /** It may grant rights on all that is in it, and whoever is given them gets there. */
  readonly grantable: boolean;
  /** Everybody may make things in it. */
  readonly open: boolean;
}

export interface SurveyedOwner {
  readonly name: string;
  /** Membership in it would make more than an owner: why, in words; undefined when it is an ordinary role. */
  readonly tooMighty: string | undefined;
  /** The surveying role may act for it. */
  readonly grantable: boolean;
  /** The surveying role may make others members of it. */
  readonly lendable: boolean;
  /** What it owns, as ALTER takes it: `TABLE "a"."b"`. Sequences of columns go with their tables. */
  readonly relations: readonly { readonly schema: string; readonly target: string }[];
}

/** Schemas that are neither the system's nor an extension's, and the relations in them that are no extension's. */
const RELATIONS = `
WITH schemas AS (
  SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_namespace n
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
), relations AS (
  SELECT c.oid, c.relname, c.relkind::text AS relkind, c.relowner, s.oid AS schema, s.nspname
    FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)`;

const SCHEMAS = `${RELATIONS}
SELECT s.nspname, pg_has_role(s.nspowner, 'USAGE'),
       coalesce((SELECT bool_and(pg_has_role(r.relowner, 'USAGE')) FROM relations r WHERE r.schema = s.oid), true)
         AND (pg_has_role(s.nspowner, 'USAGE') OR EXISTS (
           SELECT FROM aclexplode(s.nspacl) a WHERE a.grantee = 0 AND a.privilege_type = 'USAGE')),
       EXISTS (SELECT FROM aclexplode(coalesce(s.nspacl, acldefault('n', s.nspowner))) a
                WHERE a.grantee = 0 AND a.privilege_type = 'CREATE')
  FROM schemas s ORDER BY s.nspname`;

const OWNERS = `${RELATIONS}, movable AS (
  SELECT r.relowner, r.nspname, r.relname,
         CASE r.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'v' THEN 'VIEW'
                        WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS sort
    FROM relations r
   WHERE NOT (r.relkind = 'S' AND EXISTS (
     SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid
        AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass))
)
SELECT o.rolname,
       CASE WHEN o.rolsuper THEN 'is a superuser'
            WHEN o.rolcreaterole THEN 'may make roles'
            WHEN o.rolreplication THEN 'has REPLICATION'
            WHEN o.rolbypassrls THEN 'has BYPASSRLS'
            WHEN EXISTS (
              SELECT FROM pg_roles m
               WHERE (m.rolsuper OR m.rolcreaterole OR m.rolreplication OR m.rolbypassrls OR m.rolname = ANY ($1::name[]))
                 AND pg_has_role(o.oid, m.oid, 'MEMBER')) THEN 'can become a role that may do more than own' END,
       pg_has_role(o.oid, 'USAGE'),
       pg_has_role(o.oid, 'USAGE WITH ADMIN OPTION') OR (
         current_setting('server_version_num')::int < 160000 AND NOT o.rolsuper
         AND (SELECT me.rolcreaterole FROM pg_roles me WHERE me.rolname = current_user)),
       json_agg(r.nspname ORDER BY r.nspname, r.relname),
       json_agg(format('%s %I.%I', r.sort, r.nspname, r.relname) ORDER BY r.nspname, r.relname)
  FROM movable r JOIN pg_roles o ON o.oid = r.relowner
 GROUP BY o.oid, o.rolname, o.rolsuper, o.rolcreaterole, o.rolreplication, o.rolbypassrls
 ORDER BY o.rolname`;

const ROW_SECURITY = `${RELATIONS}
SELECT format('%I.%I', r.nspname, r.relname)
  FROM relations r JOIN pg_class c ON c.oid = r.oid WHERE c.relrowsecurity ORDER BY 1`;

const LOGINS = `
SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> ALL ($1::name[]) ORDER BY rolname`;

/**
 * @param connection Firebreak's own: its `search_path` is changed for good, so that nothing stands in for the catalogs.
 * @param ours the three roles, which count neither as owners nor as others.
 */
export async function survey(connection: SqlConnection, ours: Readonly<Record<Lane, string>>): Promise<Survey> {
  const names = LANES.map((lane) => ours[lane]);
  const { rows: about } = await connection.query(
    `SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false), pg_catalog.current_database(),
            pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('is_superuser'),
            (SELECT pg_catalog.pg_has_role(d.datdba, 'USAGE') FROM pg_catalog.pg_database d
              WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())`,
  );
  const [, database, version, superuser, databaseGrantable] = about[0] ?? [];
  const { rows: schemas } = await connection.query(SCHEMAS);
  const { rows: owners } = await connection.query(OWNERS, [arrayLiteral(namesOfMightyRoles())]);
  const { rows: rowSecurity } = await connection.query(ROW_SECURITY);
  const { rows: logins } = await connection.query(LOGINS, [arrayLiteral(names)]);
  return {
    database: database ?? '',
    version: Number(version),
    superuser: superuser === 'on',
    databaseGrantable: databaseGrantable === 't',
    ownerOwns: owners.some(([name]) => name === ours.owner),
    schemas: schemas.map(([name, owned, grantable, open]) => ({
      name: name ?? '',
      owned: owned === 't',
      grantable: grantable === 't',
      open: open === 't',
    })),
    owners: owners.flatMap(([name, tooMighty, grantable, lendable, places, targets]) => {
      if (name === undefined || name === null || names.includes(name)) return [];
      const targetTexts = textsOf(targets ?? null);
      return [
        {
          name,
          tooMighty: tooMighty ?? undefined,
          grantable: grantable === 't',
          lendable: lendable === 't',
          relations: textsOf(places ?? null).map((schema, at) => ({ schema, target: targetTexts[at] ?? '' })),
        },
      ];
    }),
    rowSecurity: rowSecurity.flatMap(([name]) => name ?? []),
    logins: logins.flatMap(([name]) => name ?? []),
  };
}
