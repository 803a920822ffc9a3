import { z } from 'zod';
import type { JsonObject } from '#action/action';
import { ProtectError } from '../../errors.js';

/** What a snapshot of rows says of its parts. */
export interface RowContents {
  readonly database: string;
  /** `server_version`, such as `15.8`. */
  readonly server: string;
  /** The server's clock when it was kept: ISO 8601 with an offset. */
  readonly at: string;
  /** pg_current_wal_lsn: where to recover to with the provider's own backup; null where the server does not tell. */
  readonly wal: string | null;
  readonly tables: readonly KeptTable[];
}

export interface KeptTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly KeptColumn[];
  /** Names of the key's columns; empty for a table without one. */
  readonly key: readonly string[];
  /** Rows that the act changed or deleted, as they were. */
  readonly before: KeptRows;
  /** Rows that the act changed or inserted, as it left them. */
  readonly after: KeptRows;
}

export interface KeptColumn {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

export interface KeptRows {
  /** Lines of COPY's text format, one value for each column. */
  readonly part: string;
  readonly rows: number;
}

const rows = z.strictObject({ part: z.string(), rows: z.int().nonnegative() });
const contents = z.strictObject({
  kind: z.literal('rows'),
  format: z.literal(1),
  database: z.string(),
  server: z.string(),
  at: z.string(),
  wal: z.string().nullable(),
  tables: z.array(
    z.strictObject({
      schema: z.string(),
      name: z.string(),
      columns: z.array(z.strictObject({ name: z.string(), type: z.string(), generated: z.boolean() })),
      key: z.array(z.string()),
      before: rows,
      after: rows,
    }),
  ),
});

export function encodeRowContents({ database, server, at, wal, tables }: RowContents): JsonObject {
  return {
    kind: 'rows',
    format: 1,
    database,
    server,
    at,
    wal,
    tables: tables.map(({ schema, name, columns, key, before, after }) => ({
      schema,
      name,
      columns: columns.map((column) => ({ name: column.name, type: column.type, generated: column.generated })),
      key: [...key],
      before: { part: before.part, rows: before.rows },
      after: { part: after.part, rows: after.rows },
    })),
  };
}

/** @throws ProtectError `SNAPSHOT_DAMAGED` */
export function decodeRowContents(value: JsonObject): RowContents {
  const parsed = contents.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProtectError('SNAPSHOT_DAMAGED', `its contents cannot be read: ${z.prettifyError(parsed.error)}`);
}
