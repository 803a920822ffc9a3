import { arrayLiteral, quoteIdentifier, quoteQualified, type SqlConnection } from '#action/sql-connection';
import { ProtectError } from '../../errors.js';
import type { StagedTable } from './staged-table.js';
import { shown } from './table-shape.js';

/** A foreign key, with a table that is being undone on one side of it. */
interface ForeignKey {
  readonly name: string;
  readonly table: StagedTable;
  readonly side: 'child' | 'parent';
  /** Its rows: `ONLY` unless it is partitioned. */
  readonly child: string;
  readonly parent: string;
  readonly columns: readonly KeyPart[];
}

interface KeyPart {
  readonly child: string;
  readonly parent: string;
  /** For `parent = child`, and for `parent = parent`. */
  readonly equalsChild: string;
  readonly equalsParent: string;
}

/** Locks the tables on the other side, so that what is verified stays true until COMMIT, and tells their oids and names. */
export async function lockNeighbours(
  connection: SqlConnection,
  tables: readonly StagedTable[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await connection.query(NEIGHBOURS, [arrayLiteral(tables.map(({ shape }) => shape.oid))]);
  const names = new Map(
    rows.map(([oid, schema, name]) => [oid ?? '', quoteQualified({ schema: schema ?? '', name: name ?? '' })]),
  );
  for (const name of names.values()) await connection.query(`LOCK TABLE ${name} IN SHARE MODE`);
  return names;
}

/**
 * Verifies by query what foreign keys would have checked: every restored row finds what it refers to, and nothing refers to
 * a row that is gone.
 *
 * @throws ProtectError `UNDO_FAILED`
 */
export async function verifyForeignKeys(connection: SqlConnection, tables: readonly StagedTable[]): Promise<void> {
  for (const key of await readForeignKeys(connection, tables)) {
    const { rows } = await connection.query(key.side === 'child' ? orphans(key) : danglers(key));
    const count = Number(rows[0]?.[0]);
    if (count === 0) continue;
    const name = shown(key.table.kept);
    // FAIL-CLOSED: an undo that would leave a foreign key broken changes nothing.
    throw new ProtectError(
      'UNDO_FAILED',
      key.side === 'child'
        ? `${count} rows of ${name} refer to rows that are no longer there (foreign key \`${key.name}\`)`
        : `rows refer to ${count} rows of ${name} that would go (foreign key \`${key.name}\`)`,
      { hint: 'nothing was changed; undo the later change first' },
    );
  }
}

/** Restored rows whose parents are missing. A value that is NULL refers to nothing. */
function orphans({ table, parent, columns }: ForeignKey): string {
  const referring = (part: KeyPart) => `b.${stagedColumn(table, part.child)}`;
  return `SELECT count(*) FROM ${table.plan} p JOIN ${table.before} b ON b.n = p.n
    WHERE p.op IN ('i', 'u') AND ${columns.map((part) => `${referring(part)} IS NOT NULL`).join(' AND ')}
      AND NOT EXISTS (SELECT FROM ${parent} r WHERE ${columns
        .map((part) => `r.${quoteIdentifier(part.parent)} ${part.equalsChild} ${referring(part)}`)
        .join(' AND ')})`;
}

/** Rows that are gone, with rows left that refer to them. The same values may be back in another row or partition. */
function danglers({ table, child, parent, columns }: ForeignKey): string {
  const gone = (part: KeyPart) => `w.${stagedColumn(table, part.parent)}`;
  return `SELECT count(*) FROM ${table.plan} p JOIN ${table.now} w ON w.at = p.at
    WHERE p.op IN ('d', 'u')
      AND EXISTS (SELECT FROM ${child} k WHERE ${columns
        .map((part) => `${gone(part)} ${part.equalsChild} k.${quoteIdentifier(part.child)}`)
        .join(' AND ')})
      AND NOT EXISTS (SELECT FROM ${parent} r WHERE ${columns
        .map((part) => `r.${quoteIdentifier(part.parent)} ${part.equalsParent} ${gone(part)}`)
        .join(' AND ')})`;
}

const stagedColumn = ({ kept }: StagedTable, name: string): string =>
  `c${kept.columns.findIndex((column) => column.name === name) + 1}`;

async function readForeignKeys(
  connection: SqlConnection,
  tables: readonly StagedTable[],
): Promise<readonly ForeignKey[]> {
  const { rows } = await connection.query(FOREIGN_KEYS, [arrayLiteral(tables.map(({ shape }) => shape.oid))]);
  const keys: ForeignKey[] = [];
  const byId = new Map<string, KeyPart[]>();
  for (const [
    id,
    oid,
    side,
    name,
    cs,
    cn,
    ck,
    ps,
    pn,
    pk,
    childColumn,
    parentColumn,
    ns,
    op,
    parentNs,
    parentOp,
  ] of rows) {
    const table = tables.find(({ shape }) => shape.oid === oid);
    const identity = `${id} ${oid} ${side}`;
    let columns = byId.get(identity);
    if (columns === undefined && table !== undefined) {
      columns = [];
      byId.set(identity, columns);
      keys.push({
        name: name ?? '',
        table,
        side: side === 'child' ? 'child' : 'parent',
        child: rowsOf(cs, cn, ck),
        parent: rowsOf(ps, pn, pk),
        columns,
      });
    }
    columns?.push({
      child: childColumn ?? '',
      parent: parentColumn ?? '',
      equalsChild: operator(ns, op),
      equalsParent: operator(parentNs, parentOp),
    });
  }
  // A column that came after the act has nothing that was kept.
  const known = ({ table, side, columns }: ForeignKey) =>
    columns.every((part) => table.kept.columns.some(({ name }) => name === part[side]));
  return keys.filter(known);
}

type Text = string | null | undefined;

const rowsOf = (schema: Text, name: Text, kind: Text): string =>
  `${kind === 'p' ? '' : 'ONLY '}${quoteQualified({ schema: schema ?? '', name: name ?? '' })}`;

const operator = (schema: Text, name: Text): string => `OPERATOR(${quoteIdentifier(schema ?? '')}.${name ?? ''})`;

/**
 * The foreign keys on both sides of the tables. A key of a partitioned table has copies: those of its own partitions name
 * them as the child, and only the one at the top names all that refer to it. NOT VALID ones have never held for old rows.
 */
const KEYS = `
  SELECT c.oid, t.oid AS staged, 'child' AS side, c.conname, c.conrelid, c.confrelid, c.conkey, c.confkey, c.conpfeqop, c.conppeqop
  FROM pg_constraint c
  JOIN unnest($1::oid[]) AS t(oid) ON t.oid = c.conrelid
  WHERE c.contype = 'f' AND c.convalidated AND coalesce(to_jsonb(c) ->> 'conenforced', 'true') = 'true'
    AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.oid = c.conparentid AND o.conrelid = c.conrelid)
  UNION ALL
  SELECT c.oid, t.oid, 'parent', c.conname, c.conrelid, c.confrelid, c.conkey, c.confkey, c.conpfeqop, c.conppeqop
  FROM unnest($1::oid[]) AS t(oid)
  JOIN pg_constraint c ON c.confrelid = t.oid OR c.confrelid IN (SELECT relid FROM pg_partition_ancestors(t.oid))
  WHERE c.contype = 'f' AND c.conparentid = 0 AND coalesce(to_jsonb(c) ->> 'conenforced', 'true') = 'true'`;

const FOREIGN_KEYS = `
  SELECT f.oid, f.staged, f.side, f.conname, cn.nspname, cc.relname, cc.relkind, pn.nspname, pc.relname, pc.relkind,
    ca.attname, pa.attname, fn.nspname, fo.oprname, qn.nspname, qo.oprname
  FROM (${KEYS}) AS f
  CROSS JOIN LATERAL unnest(f.conkey, f.confkey, f.conpfeqop, f.conppeqop)
    WITH ORDINALITY AS part(child, parent, pf, pp, at)
  JOIN pg_class cc ON cc.oid = f.conrelid JOIN pg_namespace cn ON cn.oid = cc.relnamespace
  JOIN pg_class pc ON pc.oid = f.confrelid JOIN pg_namespace pn ON pn.oid = pc.relnamespace
  JOIN pg_attribute ca ON ca.attrelid = f.conrelid AND ca.attnum = part.child
  JOIN pg_attribute pa ON pa.attrelid = f.confrelid AND pa.attnum = part.parent
  JOIN pg_operator fo ON fo.oid = part.pf JOIN pg_namespace fn ON fn.oid = fo.oprnamespace
  JOIN pg_operator qo ON qo.oid = part.pp JOIN pg_namespace qn ON qn.oid = qo.oprnamespace
  ORDER BY f.oid, f.staged, f.side, part.at`;

/** Whatever verifying reads beside the tables: the other side of each key, and the partitioned table that a key is on. */
const NEIGHBOURS = `
  SELECT DISTINCT o.oid, n.nspname, o.relname
  FROM (${KEYS}) AS f
  JOIN pg_class o ON o.oid IN (f.conrelid, f.confrelid)
  JOIN pg_namespace n ON n.oid = o.relnamespace
  WHERE o.oid <> ALL ($1::oid[])
  ORDER BY 1`;
