import type { Measurement } from '#action/measurement';
import type { Undoable } from '#action/snapshot';
import { arrayLiteral, type QualifiedName, type SqlConnection } from '#action/sql-connection';
import { withPinned } from '../pinned.js';
import { readShapes, shown, type TableShape } from './table-shape.js';

export interface CoverageOptions {
  /** Bytes of a table, without its indexes, that are searched for old rows at most: the search reads all of it. */
  readonly mostTableBytes: number;
}

export const USUAL_COVERAGE: CoverageOptions = { mostTableBytes: 10 * 1024 ** 3 };

/**
 * Whether keeping rows covers what was measured. Asked in the measured transaction, with the role that ran the act.
 * FAIL-CLOSED: what keeping rows does not cover is called not undoable in words.
 */
export async function coverage(
  connection: SqlConnection,
  measurement: Measurement,
  options: CoverageOptions = USUAL_COVERAGE,
): Promise<Undoable> {
  const database = await databaseObstacle(connection);
  if (database !== undefined) return { answer: 'no', because: [database] };

  const examined = await examineTables(connection, measurement.tables, options);
  const because = [
    ...examined.flatMap(({ obstacle }) => (obstacle === undefined ? [] : [obstacle])),
    ...measurement.catalogs.flatMap(({ name }) => catalogObstacle(name, measurement)),
    ...measurement.exclusive.map(
      (name) => `${name} is locked against every other use, as TRUNCATE and ALTER do: keeping rows does not cover that`,
    ),
  ];
  if (because.length === 0) return { answer: 'yes', because };
  const someKept = examined.some(({ obstacle }) => obstacle === undefined);
  return { answer: someKept ? 'partly' : 'no', because: [...new Set(because)] };
}

/** Large objects live in catalogs of their own, and have owners and privileges in another. */
function catalogObstacle(name: string, { catalogs }: Measurement): readonly string[] {
  const large = catalogs.filter((catalog) => catalog.name.startsWith('pg_largeobject'));
  if (large.some((catalog) => catalog.name === name)) return ['large objects change, and they are not kept'];
  if (large.length > 0 && name === 'pg_shdepend') return [];
  return [`the catalog ${name} changes: keeping rows does not cover the schema`];
}

/** Why nothing in this database can be kept exactly; undefined when it can. */
export async function databaseObstacle(connection: SqlConnection): Promise<string | undefined> {
  const asked = await connection.query(
    "SELECT pg_catalog.current_setting('server_encoding'), pg_catalog.current_setting('track_counts')",
  );
  const [encoding, counts] = asked.rows[0] ?? [];
  if (encoding === 'SQL_ASCII') return 'the database has the encoding SQL_ASCII, so its texts cannot be kept exactly';
  if (counts !== 'on') return 'the server does not count changed rows (`track_counts` is off)';
  return undefined;
}

export interface ExaminedTable {
  readonly table: QualifiedName;
  /** Undefined for a table that does not exist. */
  readonly shape: TableShape | undefined;
  /** Why its rows cannot be kept, in one clause; undefined when they can. */
  readonly obstacle: string | undefined;
}

/** Looks at each table with the rights of the current role. Temporary tables are left out: nobody undoes them. */
export async function examineTables(
  connection: SqlConnection,
  tables: readonly QualifiedName[],
  { mostTableBytes }: CoverageOptions,
): Promise<readonly ExaminedTable[]> {
  const { shapes, facts } = await withPinned(connection, async () => {
    const read = await readShapes(connection, tables);
    return { shapes: read, facts: await connection.query(FACTS, [arrayLiteral(read.map(({ oid }) => oid))]) };
  });
  return tables.flatMap((table): readonly ExaminedTable[] => {
    const shape = shapes.find(({ schema, name }) => schema === table.schema && name === table.name);
    if (shape?.persistence === 't') return [];
    const [, secured, readable, size] = facts.rows.find(([oid]) => oid === shape?.oid) ?? [];
    const name = shown(table);
    const obstacle =
      shape === undefined
        ? `${name} is made by the act itself, or cannot be seen`
        : shape.kind === 'f'
          ? `${name} is a foreign table: its rows are on another server`
          : shape.kind !== 'r'
            ? `${name} is no ordinary table`
            : secured !== 'f'
              ? `row security may hide rows of ${name} from the role that runs the act`
              : readable !== 't'
                ? `the role that runs the act may not read all of ${name}`
                : Number(size) > mostTableBytes
                  ? `${name} has ${gigabytes(Number(size))}, and tables over ${gigabytes(mostTableBytes)} are not searched for old rows`
                  : undefined;
    return [{ table, shape, obstacle }];
  });
}

const gigabytes = (bytes: number): string => `${Math.round((bytes / 1024 ** 3) * 10) / 10} GB`;

const FACTS = `
  SELECT c.oid, pg_catalog.row_security_active(c.oid), pg_catalog.has_table_privilege(c.oid, 'SELECT'),
    pg_catalog.pg_table_size(c.oid::pg_catalog.regclass)
  FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::pg_catalog.oid[])`;
