import { arrayLiteral, type SqlConnection } from '#action/sql-connection';

/**
 * Whether a change of these tables may run code: a trigger, a rule or a view on them, or on any table to which foreign keys or
 * inheritance carry the change on. Asked only where such code could reach outside of its transaction.
 *
 * @param names as the statement writes them; one that cannot be found counts as code.
 */
export async function runsCode(connection: SqlConnection, names: readonly string[]): Promise<boolean> {
  const { rows } = await connection.query(QUERY, [arrayLiteral(names)]);
  return rows[0]?.[0] !== 'false';
}

const QUERY = `WITH RECURSIVE named AS (
    SELECT pg_catalog.to_regclass(n)::pg_catalog.oid AS oid FROM pg_catalog.unnest($1::pg_catalog.text[]) n
  ), edges AS (
    SELECT confrelid AS a, conrelid AS b FROM pg_catalog.pg_constraint WHERE contype OPERATOR(pg_catalog.=) 'f'::pg_catalog."char"
    UNION ALL SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits
  ), reached AS (
    SELECT oid FROM named WHERE oid IS NOT NULL
    UNION SELECT e.b FROM reached r JOIN edges e ON e.a OPERATOR(pg_catalog.=) r.oid
  )
  SELECT (EXISTS (SELECT FROM named WHERE oid IS NULL)
    OR EXISTS (SELECT FROM reached r JOIN pg_catalog.pg_trigger t ON t.tgrelid OPERATOR(pg_catalog.=) r.oid
        WHERE NOT t.tgisinternal AND t.tgenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog."char")
    OR EXISTS (SELECT FROM reached r JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.oid
        WHERE c.relhasrules OR NOT c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog."char"[])))::pg_catalog.text`;

/** The first of these names, as a statement writes them, that means a temporary table of the session. */
export async function temporaryAmong(connection: SqlConnection, names: readonly string[]): Promise<string | undefined> {
  // What is no name (a description of many, say) would be an error.
  const plain = names.filter((name) => /^[\p{L}_"][\p{L}\p{N}_$"]*$/u.test(name));
  if (plain.length === 0) return undefined;
  const { rows } = await connection.query(
    `SELECT n FROM pg_catalog.unnest($1::pg_catalog.text[]) n JOIN pg_catalog.pg_class c
      ON c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(n)::pg_catalog.oid
      WHERE c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema() LIMIT 1`,
    [arrayLiteral(plain)],
  );
  return rows[0]?.[0] ?? undefined;
}
