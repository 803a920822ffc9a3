import { nameOf } from '#action/measurement';
import { arrayLiteral, type QualifiedName, type SqlConnection } from '#action/sql-connection';

/** A table as the catalogs describe it now. */
export interface TableShape extends QualifiedName {
  /** Valid in this database until the table is dropped. */
  readonly oid: string;
  /** pg_class.relkind. */
  readonly kind: string;
  /** pg_class.relpersistence. */
  readonly persistence: string;
  /** Without dropped ones, in the order of the table. */
  readonly columns: readonly Column[];
  readonly key: readonly KeyColumn[];
}

export interface Column {
  readonly name: string;
  /** pg_catalog.format_type under a search_path of pg_catalog alone. */
  readonly type: string;
  readonly generated: boolean;
  readonly identity: 'always' | 'default' | 'no';
}

/** A column of the primary key, or else of a unique index over columns that are never null. */
export interface KeyColumn {
  readonly name: string;
  /** The equality that the index goes by, as `OPERATOR(schema.=)`. */
  readonly equals: string;
}

/**
 * Reads the shapes of tables; a table that does not exist is left out. The settings must be pinned.
 *
 * @returns in the order asked for.
 */
export async function readShapes(
  connection: SqlConnection,
  tables: readonly QualifiedName[],
): Promise<readonly TableShape[]> {
  if (tables.length === 0) return [];
  const names = [arrayLiteral(tables.map(({ schema }) => schema)), arrayLiteral(tables.map(({ name }) => name))];
  const relations = await connection.query(RELATIONS, names);
  const oids = [arrayLiteral(relations.rows.map(([oid]) => oid ?? null))];
  const columns = await connection.query(COLUMNS, oids);
  const keys = await connection.query(KEYS, oids);
  return relations.rows.map(([oid = '', schema, name, kind, persistence]) => ({
    oid: oid ?? '',
    schema: schema ?? '',
    name: name ?? '',
    kind: kind ?? '',
    persistence: persistence ?? '',
    columns: columns.rows
      .filter(([of]) => of === oid)
      .map(([, column, type, generated, identity]) => ({
        name: column ?? '',
        type: type ?? '',
        generated: generated !== '',
        identity: identity === 'a' ? 'always' : identity === 'd' ? 'default' : 'no',
      })),
    key: keys.rows
      .filter(([of]) => of === oid)
      .map(([, column, operatorSchema, operator]) => ({
        name: column ?? '',
        equals: `OPERATOR("${(operatorSchema ?? '').replaceAll('"', '""')}".${operator ?? ''})`,
      })),
  }));
}

/** As people read it. */
export const shown = (table: QualifiedName): string => nameOf(table);

const RELATIONS = `
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(schema, name, n)
  JOIN pg_catalog.pg_namespace n ON n.nspname = asked.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name
  WHERE c.relkind NOT IN ('i', 'I', 'S', 't', 'c')
  ORDER BY asked.n`;

const COLUMNS = `
  SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated, a.attidentity
  FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = ANY ($1::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attrelid, a.attnum`;

/** The primary key comes first, then the shortest unique index over columns that are never null. */
const KEYS = `
  SELECT best.indrelid, a.attname, n.nspname, o.oprname
  FROM (
    SELECT DISTINCT ON (i.indrelid) i.indrelid, i.indkey, i.indclass, i.indnkeyatts
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid = x.relam AND m.amname = 'btree'
    WHERE i.indrelid = ANY ($1::pg_catalog.oid[]) AND i.indisunique AND i.indisvalid AND i.indisready AND i.indislive
      AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (
        SELECT FROM unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(attnum, at)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE k.at <= i.indnkeyatts AND (NOT a.attnotnull OR a.attgenerated <> ''))
    ORDER BY i.indrelid, i.indisprimary DESC, i.indimmediate DESC, i.indnkeyatts, i.indexrelid
  ) AS best
  CROSS JOIN LATERAL unnest(best.indkey::pg_catalog.int2[], best.indclass::pg_catalog.oid[])
    WITH ORDINALITY AS part(attnum, opclass, at)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = best.indrelid AND a.attnum = part.attnum
  JOIN pg_catalog.pg_opclass c ON c.oid = part.opclass
  JOIN pg_catalog.pg_amop p ON p.amopfamily = c.opcfamily AND p.amopstrategy = 3
    AND p.amoplefttype = c.opcintype AND p.amoprighttype = c.opcintype
  JOIN pg_catalog.pg_operator o ON o.oid = p.amopopr
  JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
  WHERE part.at <= best.indnkeyatts
  ORDER BY best.indrelid, part.at`;
