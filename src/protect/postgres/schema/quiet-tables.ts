import { arrayLiteral, type SqlConnection } from '#action/sql-connection';

/**
 * Runs `load` while nothing answers to rows that come back into these tables: no trigger and no rule; foreign keys
 * are checked when all rows are there. Needs only the owner's rights, and leaves everything as it was. Where row security
 * binds the owner it must be lifted already (`unforce`).
 */
export async function whileQuiet(
  connection: SqlConnection,
  tables: readonly string[],
  load: () => Promise<void>,
): Promise<void> {
  const names = [arrayLiteral(tables)];
  const { rows: switches } = await connection.query(SWITCHES, names);
  const { rows: keys } = await connection.query(FOREIGN_KEYS, names);
  for (const [off] of switches) await connection.query(off ?? '');
  for (const [deferred] of keys) await connection.query(deferred ?? '');
  await load();
  await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
  for (const [, back] of keys) await connection.query(back ?? '');
  for (const [, on] of switches) await connection.query(on ?? '');
}

const TABLES = `SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE format('%I.%I', n.nspname, c.relname) = ANY ($1::text[])`;

/** Commands off and on again, for triggers and rules that answer to INSERT (and UPDATE, for a row that is overwritten). */
const SWITCHES = `WITH t AS (${TABLES})
  SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', t.name, g.tgname),
    format('ALTER TABLE %s ENABLE %s TRIGGER %I', t.name, CASE g.tgenabled WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE '' END, g.tgname)
  FROM t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal AND g.tgenabled <> 'D'
  UNION ALL
  SELECT format('ALTER TABLE %s DISABLE RULE %I', t.name, r.rulename),
    format('ALTER TABLE %s ENABLE %s RULE %I', t.name, CASE r.ev_enabled WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE '' END, r.rulename)
  FROM t JOIN pg_rewrite r ON r.ev_class = t.oid WHERE r.rulename <> '_RETURN' AND r.ev_enabled <> 'D'`;

/** A partition's foreign key is a copy; only the first of the line can be altered. */
const FOREIGN_KEYS = `WITH RECURSIVE t AS (${TABLES}), line AS (
    SELECT k.* FROM t JOIN pg_constraint k ON k.conrelid = t.oid WHERE k.contype = 'f'
    UNION SELECT up.* FROM line JOIN pg_constraint up ON up.oid = line.conparentid)
  SELECT format('ALTER TABLE %I.%I ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', n.nspname, c.relname, line.conname),
    format('ALTER TABLE %I.%I ALTER CONSTRAINT %I %s', n.nspname, c.relname, line.conname,
      CASE WHEN line.condeferred THEN 'DEFERRABLE INITIALLY DEFERRED' WHEN line.condeferrable THEN 'DEFERRABLE INITIALLY IMMEDIATE' ELSE 'NOT DEFERRABLE' END)
  FROM line JOIN pg_class c ON c.oid = line.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE line.conparentid = 0`;
