/** What an owner lane needs and does not have: tables that it does not own. */
import { arrayLiteral, quoteIdentifier, type SqlConnection } from '#action/sql-connection';
import { textsOf } from './privilege-facts.js';
import type { RoleFinding } from './report.js';

/** Relations of users' schemas that are no extension's, by owner. */
const QUERY = `
SELECT r.rolname, r.rolsuper, pg_catalog.count(*),
       pg_catalog.array_to_json((pg_catalog.array_agg(pg_catalog.format('%I.%I', n.nspname, c.relname) ORDER BY c.oid))[1:3])
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) c.relowner
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,S,f}'::pg_catalog."char"[])
   AND n.nspname OPERATOR(pg_catalog.!~) '^pg_' AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'::pg_catalog.name
   AND NOT c.relowner OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
   AND NOT EXISTS (
     SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char")
 GROUP BY r.rolname, r.rolsuper ORDER BY r.rolname`;

export async function judgeOwnership(
  connection: SqlConnection,
  role: string,
  reach: readonly string[],
): Promise<readonly RoleFinding[]> {
  const { rows } = await connection.query(QUERY, [arrayLiteral(reach)]);
  return rows.map(([owner, superuser, count, examples]) => ({
    severity: 'warn',
    what: `does not own ${count ?? ''} relation${count === '1' ? '' : 's'} of ${owner ?? ''}: ${textsOf(examples ?? null).join(', ')}${Number(count) > 3 ? ' and others' : ''}`,
    why: 'what is approved for the owner lane there will fail: the server asks for the owner',
    fix:
      superuser === 't'
        ? '-- `firebreak db provision --take-ownership` prints the ALTER ... OWNER commands; membership in a superuser is no way'
        : `GRANT ${quoteIdentifier(owner ?? '')} TO ${quoteIdentifier(role)}; -- unless that role may do more than own; then --take-ownership`,
  }));
}
