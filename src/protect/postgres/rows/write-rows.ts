import { arrayLiteral, quoteIdentifier, type SqlConnection } from '#action/sql-connection';
import type { StagedTable } from './staged-table.js';
import type { WriteMode } from './suspension.js';

/**
 * Carries out the plans of all tables.
 *
 * @returns how many rows of each table, by oid, that inserts, updates and deletes.
 */
export async function writeRows(
  connection: SqlConnection,
  tables: readonly StagedTable[],
  mode: WriteMode,
): Promise<ReadonlyMap<string, number>> {
  const acting = mode === 'replica' ? [] : await actingKeys(connection, tables);
  for (const key of acting) await pairUp(connection, key);
  const kept = new Set(acting.map(({ table }) => table.shape.oid));
  const tuples = new Map<string, number>();
  for (const { plan, shape } of tables) {
    // An update by deletion and insertion is two.
    const cost = kept.has(shape.oid) ? 1 : 2;
    const { rows } = await connection.query(
      `SELECT coalesce(sum(CASE op WHEN 'u' THEN ${cost} ELSE 1 END), 0) FROM ${plan} WHERE op IN ('i', 'u', 'd')`,
    );
    tuples.set(shape.oid, Number(rows[0]?.[0]));
  }
  if (mode === 'replica') {
    // All goes before anything comes, so that values that were exchanged never meet in a unique index.
    for (const table of tables) await connection.query(deletion(table, ['d', 'u']));
    for (const table of tables) await connection.query(insertion(table, ['u', 'i']));
  } else if (tables.length > 0) await connection.query(oneStatement(tables, kept));
  return tuples;
}

/**
 * One statement for everything: foreign keys look when it has ended, so that neither order nor cycles matter to them.
 *
 * A table to whose rows others refer with CASCADE, SET NULL, SET DEFAULT or RESTRICT keeps its rows where they are and gets
 * their values back by UPDATE, since deleting one, even to insert it again, would set that in motion.
 */
function oneStatement(tables: readonly StagedTable[], referred: ReadonlySet<string>): string {
  const parts = tables.flatMap((table, at) => {
    const replaced = !referred.has(table.shape.oid);
    // A condition on the count makes one part wait until the other has ended.
    const afterDeletion = `(SELECT count(*) FROM d${at}) >= 0`;
    const deleted = `d${at} AS (${deletion(table, replaced ? ['d', 'u'] : ['d'])} RETURNING 1)`;
    if (replaced) return [deleted, `i${at} AS (${insertion(table, ['u', 'i'], afterDeletion)} RETURNING 1)`];
    return [
      deleted,
      `u${at} AS (${update(table, afterDeletion)} RETURNING 1)`,
      `i${at} AS (${insertion(table, ['i'], `${afterDeletion} AND (SELECT count(*) FROM u${at}) >= 0`)} RETURNING 1)`,
    ];
  });
  return `WITH ${parts.join(',\n')} SELECT 1`;
}

const oneOf = (ops: readonly string[]): string => `p.op IN (${ops.map((op) => `'${op}'`).join(', ')})`;

const deletion = ({ only, plan }: StagedTable, ops: readonly string[]): string =>
  `DELETE FROM ${only} AS r USING ${plan} AS p WHERE r.ctid = p.at AND ${oneOf(ops)}`;

function insertion({ qualified, kept, before, plan }: StagedTable, ops: readonly string[], when = 'true'): string {
  const written = kept.columns.flatMap(({ name, generated }, at) => (generated ? [] : [{ name, at }]));
  const names = written.length === 0 ? '' : `(${written.map(({ name }) => quoteIdentifier(name)).join(', ')})`;
  return `INSERT INTO ${qualified} ${names} OVERRIDING SYSTEM VALUE
    SELECT ${written.map(({ at }) => `b.c${at + 1}`).join(', ')}
    FROM ${plan} AS p JOIN ${before} AS b ON b.n = p.n WHERE ${oneOf(ops)} AND ${when} ORDER BY b.n`;
}

function update({ only, kept, shape, before, plan }: StagedTable, when: string): string {
  const set = kept.columns.flatMap(({ name, generated }, at) => {
    // An identity that is ALWAYS generated takes no value from an UPDATE, so it has none to give back.
    const fixed = shape.columns.find((column) => column.name === name)?.identity === 'always';
    return generated || fixed ? [] : [`${quoteIdentifier(name)} = b.c${at + 1}`];
  });
  // A table of nothing but such columns has no row to update, yet the statement must be one.
  const [first = ''] = kept.columns.map(({ name }) => quoteIdentifier(name));
  return `UPDATE ${only} AS r SET ${set.length > 0 ? set.join(', ') : `${first} = DEFAULT`}
    FROM ${plan} AS p JOIN ${before} AS b ON b.n = p.n
    WHERE r.ctid = p.at AND ${oneOf(['u'])} AND ${when}${set.length > 0 ? '' : ' AND false'}`;
}

/** Columns to which others refer with more than a check. */
interface ActingKey {
  readonly table: StagedTable;
  readonly columns: readonly { readonly at: number; readonly equals: string }[];
}

async function actingKeys(connection: SqlConnection, tables: readonly StagedTable[]): Promise<readonly ActingKey[]> {
  const { rows } = await connection.query(ACTING, [arrayLiteral(tables.map(({ shape }) => shape.oid))]);
  const keys = new Map<string, { table: StagedTable; columns: { at: number; equals: string }[] }>();
  for (const [constraint, oid, column, schema, operator] of rows) {
    const table = tables.find(({ shape }) => shape.oid === oid);
    if (table === undefined) continue;
    const key = keys.get(constraint ?? '') ?? { table, columns: [] };
    keys.set(constraint ?? '', key);
    const at = table.kept.columns.findIndex(({ name }) => name === column);
    key.columns.push({ at, equals: `OPERATOR(${quoteIdentifier(schema ?? '')}.${operator ?? ''})` });
  }
  return [...keys.values()].filter(({ columns }) => columns.every(({ at }) => at >= 0));
}

/**
 * A row that goes and one that comes with the same referenced values, such as after a change of another key, are one row
 * to whoever refers to it: it is updated.
 */
async function pairUp(connection: SqlConnection, { table, columns }: ActingKey): Promise<void> {
  const { plan, before, now } = table;
  const same = columns.map(({ at, equals }) => `b.c${at + 1} ${equals} w.c${at + 1}`).join(' AND ');
  await connection.query(
    `WITH pairs AS (
       SELECT gone.at, came.n FROM ${plan} gone JOIN ${now} w ON w.at = gone.at, ${plan} came JOIN ${before} b ON b.n = came.n
       WHERE gone.op = 'd' AND came.op = 'i' AND ${same}),
     comes AS (UPDATE ${plan} p SET op = '-' FROM pairs WHERE p.op = 'i' AND p.n = pairs.n)
     UPDATE ${plan} p SET op = 'u', n = pairs.n FROM pairs WHERE p.op = 'd' AND p.at = pairs.at`,
  );
}

const ACTING = `
  SELECT c.oid, c.confrelid, a.attname, n.nspname, o.oprname
  FROM pg_constraint c
  CROSS JOIN LATERAL unnest(c.confkey, c.conppeqop) WITH ORDINALITY AS part(attnum, op, at)
  JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = part.attnum
  JOIN pg_operator o ON o.oid = part.op JOIN pg_namespace n ON n.oid = o.oprnamespace
  WHERE c.contype = 'f' AND c.confrelid = ANY ($1::oid[]) AND (c.confdeltype <> 'a' OR c.confupdtype <> 'a')
  ORDER BY c.oid, part.at`;
