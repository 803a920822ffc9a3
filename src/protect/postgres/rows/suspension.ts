import { arrayLiteral, quoteIdentifier, type SqlConnection, SqlError } from '#action/sql-connection';
import { lockNeighbours } from './foreign-keys.js';
import { notUndoable, type StagedTable } from './staged-table.js';
import { shown } from './table-shape.js';

/**
 * How rows are put back without anything else happening. `replica`: foreign keys do not act, as on a replica that applies
 * changes. `owner`: they do, so what is written is chosen such that they have nothing to do.
 */
export type WriteMode = 'replica' | 'owner';

/** What lets the owner role put rows back without foreign keys acting, from PostgreSQL 15 on. */
export const GRANT_HINT =
  'as a superuser, `GRANT SET ON PARAMETER session_replication_role` to the owner role, and undo again';

export interface Suspension {
  readonly mode: WriteMode;
  /** Brings everything back as it was. Nothing may wait for COMMIT: a table with checks waiting cannot be altered. */
  lift(): Promise<void>;
}

/**
 * Turns off triggers, rules and forced row security of the tables until `lift`, in the open transaction.
 *
 * @throws ProtectError `NOT_UNDOABLE` when the role owns not all of the tables.
 */
export async function suspend(connection: SqlConnection, tables: readonly StagedTable[]): Promise<Suspension> {
  const oids = [arrayLiteral(tables.map(({ shape }) => shape.oid))];
  const owned = await connection.query(OWNED, oids);
  const foreign = tables.find(({ shape }) => owned.rows.find(([oid]) => oid === shape.oid)?.[1] !== 't');
  if (foreign !== undefined) throw notUndoable(`the role of the owner credential does not own ${shown(foreign.kept)}`);

  const mode: WriteMode = (await needsChecks(connection, oids)) ? 'owner' : await replicaIfAllowed(connection);
  const firing = arrayLiteral(mode === 'replica' ? ['R', 'A'] : ['O', 'A']);
  const only = (oid: string | null | undefined) => tables.find(({ shape }) => shape.oid === oid)?.only ?? '';
  const lifting: string[] = [];
  const turn = async (off: string, on: string) => {
    await connection.query(off);
    lifting.push(on);
  };
  const whole = (oid: string | null | undefined) => tables.find(({ shape }) => shape.oid === oid)?.qualified ?? '';
  for (const [kind, oid, name, enabled] of (await connection.query(FIRING, [...oids, firing])).rows) {
    // ONLY, or the triggers of the same name on inheriting tables would change too.
    const alter = `ALTER TABLE ${kind === 'TRIGGER' ? only(oid) : whole(oid)}`;
    const what = `${kind} ${quoteIdentifier(name ?? '')}`;
    const on = enabled === 'A' ? 'ENABLE ALWAYS' : enabled === 'R' ? 'ENABLE REPLICA' : 'ENABLE';
    await turn(`${alter} DISABLE ${what}`, `${alter} ${on} ${what}`);
  }
  // Verifying foreign keys reads the tables on their other side as well.
  const neighbours = mode === 'replica' ? await lockNeighbours(connection, tables) : new Map<string, string>();
  const read = arrayLiteral([...tables.map(({ shape }) => shape.oid), ...neighbours.keys()]);
  for (const [oid] of (await connection.query(FORCED, [read])).rows) {
    const alter = `ALTER TABLE ${neighbours.get(oid ?? '') ?? whole(oid)}`;
    await turn(`${alter} NO FORCE ROW LEVEL SECURITY`, `${alter} FORCE ROW LEVEL SECURITY`);
  }
  return {
    mode,
    async lift() {
      for (const command of lifting.reverse()) await connection.query(command);
    },
  };
}

/** Needs a superuser, or from PostgreSQL 15 on `GRANT SET ON PARAMETER session_replication_role`. */
async function replicaIfAllowed(connection: SqlConnection): Promise<WriteMode> {
  await connection.query('SAVEPOINT firebreak_replica');
  try {
    await connection.query('SET LOCAL session_replication_role = replica');
    return 'replica';
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT firebreak_replica');
    return 'owner';
  }
}

/** Constraints that are checked by triggers alone, which a replica does not fire, and that are not verified by query. */
async function needsChecks(connection: SqlConnection, oids: readonly string[]): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT FROM pg_constraint c
     WHERE c.conrelid = ANY ($1::oid[])
         AND (c.contype IN ('p', 'u', 'x') AND c.condeferrable OR c.contype = 'f' AND to_jsonb(c) ->> 'conperiod' = 'true')
       OR c.confrelid = ANY ($1::oid[]) AND to_jsonb(c) ->> 'conperiod' = 'true'
     LIMIT 1`,
    oids,
  );
  return rows.length > 0;
}

const OWNED = "SELECT c.oid, pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = ANY ($1::oid[])";

/** Triggers of foreign keys and of deferrable unique constraints are the server's own. */
const FIRING = `
  SELECT 'TRIGGER', t.tgrelid, t.tgname, t.tgenabled
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
  WHERE t.tgrelid = ANY ($1::oid[]) AND t.tgenabled::text = ANY ($2::text[])
    AND NOT (t.tgisinternal AND p.pronamespace = 'pg_catalog'::regnamespace
      AND (p.proname LIKE 'RI\\_FKey\\_%' OR p.proname = 'unique_key_recheck'))
  UNION ALL
  SELECT 'RULE', r.ev_class, r.rulename, r.ev_enabled
  FROM pg_rewrite r
  WHERE r.ev_class = ANY ($1::oid[]) AND r.ev_type <> '1' AND r.ev_enabled::text = ANY ($2::text[])
  ORDER BY 1, 2, 3`;

const FORCED = `
  SELECT c.oid FROM pg_class c
  WHERE c.oid = ANY ($1::oid[]) AND c.relforcerowsecurity AND row_security_active(c.oid)`;
