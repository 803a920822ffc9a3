/**
 * What a transaction really did, as the server counts it: rows by table (cascades, triggers, rules and functions included),
 * rows of system catalogs, locks against every other use, sequences. Everything is named with its schema, operators too: the
 * agent's search_path must not put others in their place.
 */
import type { Measurement, Sample, TableChange } from '#action/measurement';
import { nameOf } from '#action/measurement';
import {
  arrayLiteral,
  quoteIdentifier,
  quoteQualified,
  type SqlConnection,
  type SqlResult,
} from '#action/sql-connection';

/** Counters as they stood at the beginning of the transaction: the server keeps those of earlier ones for a while. */
export interface Baseline {
  readonly counts: ReadonlyMap<string, Counts>;
  /** Relations that only this session has. */
  readonly temporary: ReadonlySet<string>;
  /** What belongs to these: indexes, sequences, tables of long values. */
  readonly parts?: ReadonlySet<string>;
}

type Counts = readonly [inserted: number, updated: number, deleted: number];

const COUNTS = `SELECT c.oid::pg_catalog.text, n.nspname, c.relname, c.relkind, c.relpersistence,
    pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid), pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
    pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE (c.relpersistence OPERATOR(pg_catalog.=) 't'::pg_catalog."char"
      AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace))
    OR (c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m,f}'::pg_catalog."char"[])
      AND (pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) OPERATOR(pg_catalog.+)
        pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) OPERATOR(pg_catalog.+)
        pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)) OPERATOR(pg_catalog.>) 0)`;

const LOCKS = `SELECT l.relation::pg_catalog.text, n.nspname, c.relname, c.relkind, c.relpersistence, l.mode
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND l.locktype OPERATOR(pg_catalog.=) 'relation'::pg_catalog.text
    AND (l.mode OPERATOR(pg_catalog.=) 'AccessExclusiveLock'::pg_catalog.text
      OR c.relkind OPERATOR(pg_catalog.=) 'S'::pg_catalog."char")`;

/**
 * Rows of catalogs, written by this transaction or later, that are about something else than the session's own temporary
 * objects. The age of an id is counted from the transaction's own, so that those of its subtransactions are below it.
 */
const LASTING = `SELECT (EXISTS (SELECT FROM pg_catalog.pg_class WHERE ${isNew('xmin')} AND ${isLasting('relpersistence')})
  OR EXISTS (SELECT FROM pg_catalog.pg_type WHERE ${isNew('xmin')}
    AND typnamespace OPERATOR(pg_catalog.<>) pg_catalog.pg_my_temp_schema())
  OR EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE ${isNew('xmin')}
    AND NOT nspname::pg_catalog.text OPERATOR(pg_catalog.~) '^pg_(toast_)?temp_'::pg_catalog.text)
  ${ofRelation('pg_attribute', 'attrelid')} ${ofRelation('pg_attrdef', 'adrelid')} ${ofRelation('pg_index', 'indrelid')}
  ${ofRelation('pg_sequence', 'seqrelid')} ${ofRelation('pg_inherits', 'inhrelid')} ${ofRelation('pg_rewrite', 'ev_class')}
  ${ofRelation('pg_trigger', 'tgrelid')}
  OR EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE ${isNew('xmin')}
    AND connamespace OPERATOR(pg_catalog.<>) pg_catalog.pg_my_temp_schema()))::pg_catalog.text`;

/** What temporary tables, sequences, views and indexes have rows in. */
const OF_TEMPORARY = new Set(
  `pg_attrdef pg_attribute pg_class pg_constraint pg_depend pg_index pg_inherits pg_namespace pg_rewrite pg_sequence pg_shdepend pg_trigger pg_type`.split(
    ' ',
  ),
);

function isNew(xmin: string): string {
  return `pg_catalog.age(${xmin}) OPERATOR(pg_catalog.<=) 0`;
}

function isLasting(persistence: string): string {
  return `${persistence} OPERATOR(pg_catalog.<>) 't'::pg_catalog."char"`;
}

function ofRelation(catalog: string, relation: string): string {
  return `OR EXISTS (SELECT FROM pg_catalog.${catalog} x JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) x.${relation}
    WHERE ${isNew('x.xmin')} AND ${isLasting('c.relpersistence')})`;
}

/** Called in the transaction, before anything that may change rows. */
export async function takeBaseline(connection: SqlConnection): Promise<Baseline> {
  const { rows } = await connection.query(COUNTS);
  const own = rows.flatMap(([oid, , , kind, persistence]) =>
    persistence === 't' && typeof oid === 'string' ? [{ oid, isTable: kind === 'r' }] : [],
  );
  return {
    counts: new Map(rows.map(([oid, , , , , ...counts]) => [oid ?? '', countsOf(counts)])),
    temporary: new Set(own.flatMap(({ oid, isTable }) => (isTable ? [oid] : []))),
    parts: new Set(own.flatMap(({ oid, isTable }) => (isTable ? [] : [oid]))),
  };
}

/** What the transaction did since its baseline. */
export async function measureSince(connection: SqlConnection, baseline: Baseline): Promise<Measurement> {
  const counted = await connection.query(COUNTS);
  const locked = await connection.query(LOCKS);
  const tables: TableChange[] = [];
  const catalogs = new Map<string, number>();
  let [added, removed] = [0, 0];
  for (const [oid, schema, name, , persistence, ...counts] of counted.rows) {
    if (oid === null || schema === null || name === null || schema === undefined || name === undefined) continue;
    const before = baseline.counts.get(oid ?? '') ?? [0, 0, 0];
    const [inserted, updated, deleted] = countsOf(counts).map((count, index) => count - (before[index] ?? 0)) as [
      number,
      number,
      number,
    ]; // `map` keeps the length.
    if (inserted + updated + deleted === 0 || persistence === 't') continue;
    if (schema === 'pg_catalog') {
      catalogs.set(name, (catalogs.get(name) ?? 0) + inserted + updated + deleted);
      added += inserted + updated;
      removed += deleted;
    } else tables.push({ schema, name, inserted, updated, deleted });
  }
  if (await onlyTemporary(connection, baseline, counted.rows, catalogs, { added, removed })) catalogs.clear();
  const exclusive = new Set<string>();
  const sequences = new Set<string>();
  for (const [oid, schema, name, kind, persistence, mode] of locked.rows) {
    if (persistence === 't' || baseline.temporary.has(oid ?? '') || baseline.parts?.has(oid ?? '') === true) continue;
    const known = schema !== null && schema !== undefined && name !== null && name !== undefined;
    // One that is gone from the catalogs was dropped by this very transaction.
    const shown = known ? nameOf({ schema, name }) : `a relation that is dropped (${oid})`;
    if (mode === 'AccessExclusiveLock') exclusive.add(shown);
    else if (kind === 'S') sequences.add(shown);
  }
  return {
    tables: tables.sort((a, b) => compare(nameOf(a), nameOf(b))),
    catalogs: [...catalogs].map(([name, rows]) => ({ name, rows })).sort((a, b) => compare(a.name, b.name)),
    exclusive: [...exclusive].sort(compare),
    sequences: [...sequences].sort(compare),
    samples: [],
  };
}

/** Whether the rows of catalogs that changed are those of the session's own temporary objects and of nothing else. */
async function onlyTemporary(
  connection: SqlConnection,
  baseline: Baseline,
  now: SqlResult['rows'],
  catalogs: ReadonlyMap<string, number>,
  { added, removed }: { readonly added: number; readonly removed: number },
): Promise<boolean> {
  if (catalogs.size === 0 || ![...catalogs.keys()].every((name) => OF_TEMPORARY.has(name))) return false;
  if (removed === 0) return (await connection.query(LASTING)).rows[0]?.[0] === 'false';
  // FAIL-CLOSED: what goes besides what comes could be anything's, since nobody sees it any more.
  if (added > 0) return false;
  // A table goes with its two types, and a constraint with its index; what has neither needs no lock that would show.
  const left = new Set(now.map(([oid]) => oid));
  const dropped = [...baseline.temporary].filter((oid) => !left.has(oid)).length;
  const gone = (name: string) => catalogs.get(name) ?? 0;
  return (
    gone('pg_type') <= 2 * dropped &&
    gone('pg_constraint') <= gone('pg_index') &&
    dropped > 0 &&
    gone('pg_namespace') === 0
  );
}

/** True when nothing that others could see was changed. */
export function changesNothing({ tables, catalogs, exclusive }: Measurement): boolean {
  return tables.length === 0 && catalogs.length === 0 && exclusive.length === 0;
}

const SAMPLED_TABLES = 3;
const SAMPLED_ROWS = 3;
const CANDIDATES = 200;
const SHOWN_CHARACTERS = 40;
const SHOWN_COLUMNS = 8;

/**
 * A few rows that the open transaction of `inside` changes, as they are before. `outside` is another connection, which still
 * sees them: it finds candidates, and what `inside` does not see at the same place any more has been changed.
 */
export async function takeSamples(
  inside: SqlConnection,
  outside: SqlConnection,
  tables: readonly TableChange[],
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const changed = tables.filter(({ deleted, updated }) => deleted + updated > 0).slice(0, SAMPLED_TABLES);
  for (const table of changed) {
    const name = quoteQualified(table);
    const { rows: columns } = await outside.query(
      `SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.regclass
        AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped ORDER BY a.attnum LIMIT ${SHOWN_COLUMNS}`,
      [name],
    );
    const names = columns.flatMap(([column]) => column ?? []);
    const list = names.map(
      (column) => `pg_catalog.left(${quoteIdentifier(column)}::pg_catalog.text, ${SHOWN_CHARACTERS})`,
    );
    const candidates = await outside.query(
      `SELECT ctid::pg_catalog.text, ${list.join(', ') || 'NULL'} FROM ONLY ${name}
        WHERE xmax::pg_catalog.text OPERATOR(pg_catalog.<>) '0' LIMIT ${CANDIDATES}`,
    );
    const places = candidates.rows.flatMap(([place]) => place ?? []);
    const still = await inside.query(
      `SELECT ctid::pg_catalog.text FROM ONLY ${name} WHERE ctid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.tid[])`,
      [arrayLiteral(places)],
    );
    const there = new Set(still.rows.map(([place]) => place));
    const rows = candidates.rows.filter(([place]) => !there.has(place ?? '')).map(([, ...values]) => values);
    if (rows.length === 0) continue;
    samples.push({
      table: nameOf(table),
      change: table.deleted > 0 ? 'deleted' : 'updated',
      columns: names,
      rows: rows.slice(0, SAMPLED_ROWS),
    });
  }
  return samples;
}

function countsOf(counts: readonly (string | null)[]): Counts {
  const [inserted = '0', updated = '0', deleted = '0'] = counts;
  return [Number(inserted), Number(updated), Number(deleted)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
