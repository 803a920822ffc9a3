/** What in a database can reach outside the transaction that calls it, where no rollback takes anything back. */
import { arrayLiteral, type SqlConnection } from '#action/sql-connection';
import { HARMLESS_EXTENSIONS, REACHING_EXTENSIONS } from './harmless-extensions.js';

export interface OutsideReach {
  /** `extension dblink`, `language plpython3u`, `server reports`...; empty: running a function and rolling back is safe. */
  readonly names: readonly string[];
  /** The same with one sentence each. */
  readonly ways: readonly { readonly name: string; readonly why: string }[];
}

/** The first object id that is not of initdb's making (access/transam.h, FirstNormalObjectId). */
const FIRST_NORMAL_OBJECT = 16_384;

/**
 * Functions of an extension come under the extension's name. A function that runs as a superuser, or as a member of the
 * roles for programs and files, can COPY to a program whoever calls it.
 */
const QUERY = `
WITH loose AS (
  SELECT p.oid, p.prolang, p.prosecdef, p.proowner, n.nspname, p.proname
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
   WHERE p.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OBJECT}::pg_catalog.oid
     AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          AND d.objid OPERATOR(pg_catalog.=) p.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char")
), mighty AS (
  SELECT r.oid FROM pg_catalog.pg_roles r
   WHERE r.rolsuper
      OR pg_catalog.pg_has_role(r.oid, 'pg_execute_server_program'::pg_catalog.name, 'MEMBER')
      OR pg_catalog.pg_has_role(r.oid, 'pg_write_server_files'::pg_catalog.name, 'MEMBER')
)
SELECT 'extension', e.extname::pg_catalog.text FROM pg_catalog.pg_extension e
 WHERE NOT e.extname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.name[])
UNION ALL
SELECT 'language', l.lanname FROM pg_catalog.pg_language l
 WHERE l.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OBJECT}::pg_catalog.oid AND NOT l.lanpltrusted
UNION ALL
SELECT 'server', s.srvname FROM pg_catalog.pg_foreign_server s
UNION ALL
SELECT 'native function', pg_catalog.format('%I.%I', f.nspname, f.proname)
  FROM loose f JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) f.prolang
 WHERE l.lanname OPERATOR(pg_catalog.=) ANY ('{c,internal}'::pg_catalog.name[])
UNION ALL
SELECT 'mighty function', pg_catalog.format('%I.%I', f.nspname, f.proname)
  FROM loose f
 WHERE f.prosecdef AND f.proowner OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT m.oid FROM mighty m))`;

/** Reads the catalogs only; any role may ask. */
export async function outsideReach(connection: SqlConnection): Promise<OutsideReach> {
  const { rows } = await connection.query(QUERY, [arrayLiteral(HARMLESS_EXTENSIONS)]);
  const ways = rows.map(([sort, name]) => wayOf(sort ?? '', name ?? ''));
  ways.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { names: ways.map(({ name }) => name), ways };
}

function wayOf(sort: string, name: string): OutsideReach['ways'][number] {
  switch (sort) {
    case 'extension':
      return {
        name: `extension ${name}`,
        why: Object.hasOwn(REACHING_EXTENSIONS, name)
          ? (REACHING_EXTENSIONS[name] ?? '')
          : 'nobody has looked whether it stays inside a transaction',
      };
    case 'language':
      return { name: `language ${name}`, why: 'functions in it are programs on the server, bound by no transaction' };
    case 'server':
      return { name: `server ${name}`, why: 'its foreign tables are on another server or in files' };
    case 'native function':
      return { name: `function ${name}`, why: 'it is native code outside every extension' };
    default:
      return {
        name: `function ${name}`,
        why: 'it is SECURITY DEFINER and its owner may run programs on the server, whoever calls it',
      };
  }
}
