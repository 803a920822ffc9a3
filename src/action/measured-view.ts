/** What an action did when it was tried out, in words and numbers for people; the page and the terminal say the same. */
import { type Measurement, nameOf, type Sample, type TableChange } from '#action/measurement';
import { visibleLine } from '#action/visible-text';

/** Plain JSON, and every text in it is safe to show: names and values come from the database. */
export interface MeasuredView {
  /** The table that loses most comes first. */
  readonly tables: readonly CountedTable[];
  /** Of all tables together. */
  readonly total: RowCounts;
  readonly samples: readonly SampleView[];
  /** What else people must know, one clause each: catalogs, locks, sequences. */
  readonly notes: readonly string[];
}

export interface RowCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

export interface CountedTable extends RowCounts {
  /** `orders`, `billing.orders` */
  readonly name: string;
}

export interface SampleView extends Sample {
  /** How many rows of the table change this way; 0 when nobody counted them. */
  readonly of: number;
}

export function viewMeasurement(measurement: Measurement): MeasuredView {
  const tables = measurement.tables
    .toSorted((a, b) => b.deleted - a.deleted || b.updated - a.updated || b.inserted - a.inserted)
    .map(counted);
  const { catalogs, exclusive, sequences } = measurement;
  return {
    tables,
    total: tables.reduce(added, { inserted: 0, updated: 0, deleted: 0 }),
    samples: measurement.samples
      .map((sample) => shownSample(sample, measurement.tables))
      .toSorted((a, b) => gravityOf(b) - gravityOf(a) || b.of - a.of),
    notes: [
      ...catalogs.map(({ name, rows }) => `changes ${rowsInWords(rows)} of the system catalog ${visibleLine(name)}`),
      ...exclusive.map((name) => `locks ${visibleLine(name)} against every other use while it runs`),
      ...sequences.map((name) => `numbers taken from ${visibleLine(name)} by the trial are not given back`),
    ],
  };
}

function counted(table: TableChange): CountedTable {
  const { inserted, updated, deleted } = table;
  return { name: visibleLine(nameOf(table)), inserted, updated, deleted };
}

function added(a: RowCounts, b: RowCounts): RowCounts {
  return { inserted: a.inserted + b.inserted, updated: a.updated + b.updated, deleted: a.deleted + b.deleted };
}

function shownSample({ table, change, columns, rows }: Sample, tables: readonly TableChange[]): SampleView {
  return {
    table: visibleLine(table),
    change,
    columns: columns.map(visibleLine),
    rows: rows.map((row) => row.map((value) => (value === null ? null : visibleLine(value)))),
    of: tables.find((one) => nameOf(one) === table)?.[change] ?? 0,
  };
}

const gravityOf = ({ change }: Sample) => (change === 'deleted' ? 1 : 0);

/** `deletes 87,998 rows, updates 3,492 rows, inserts 41,904 rows, in 4 tables` */
export function totalInWords({ tables, total }: MeasuredView): string {
  const parts = [
    ...(total.deleted > 0 ? [`deletes ${rowsInWords(total.deleted)}`] : []),
    ...(total.updated > 0 ? [`updates ${rowsInWords(total.updated)}`] : []),
    ...(total.inserted > 0 ? [`inserts ${rowsInWords(total.inserted)}`] : []),
  ];
  if (parts.length === 0) return 'changes no row of any table';
  return `${parts.join(', ')}, in ${tables.length === 1 ? '1 table' : `${numeral(tables.length)} tables`}`;
}

/** `rows of bookings that would be deleted, as they are now (3 of 41,904)` */
export function sampleInWords({ table, change, rows, of }: SampleView): string {
  const shown = of > rows.length ? `${rows.length} of ${numeral(of)}` : 'all of them';
  return `rows of ${table} that would be ${change}, as they are now (${shown})`;
}

export const HOW_COUNTED = 'counted by running it and rolling back';

export function rowsInWords(count: number): string {
  return `${numeral(count)} ${count === 1 ? 'row' : 'rows'}`;
}

/** `66,000`: big amounts are read in groups of three. */
export function numeral(count: number): string {
  return count.toLocaleString('en-GB');
}

/** Whether it can be undone, as people read it before they decide. */
export interface UndoView {
  readonly answer: 'yes' | 'partly' | 'no';
  /** `can be undone: yes, from a copy kept before`, `can be undone: partly, because ...` or `NOT undoable, because ...` */
  readonly words: string;
}

/**
 * @param snapshot of an `ApprovalSubject`: `yes`, `partly, because ...`, `no, because ...`; null: nothing will be kept.
 * @param measured undefined for what is run, and copied, only after its approval.
 */
export function viewUndo(snapshot: string | null, measured: MeasuredView | undefined): UndoView | undefined {
  if (snapshot === null) {
    // What only adds rows loses nothing.
    if (measured === undefined || measured.total.deleted + measured.total.updated === 0) return undefined;
    return { answer: 'no', words: 'NOT undoable, because no copy is kept of what it changes' };
  }
  const [, answer, because] = /^(yes|partly|no)(?:, (because .+))?$/su.exec(snapshot) ?? [];
  const why = visibleLine(because ?? 'because the reason was not kept');
  switch (answer) {
    case 'yes': {
      const later = measured !== undefined ? '' : '; should the copy turn out not to be whole, you are asked again';
      const besides = because === undefined ? '' : ` (${visibleLine(because.slice('because '.length))})`;
      return { answer, words: `can be undone: yes, from a copy kept before${besides}${later}` };
    }
    case 'partly':
      return { answer, words: `can be undone: partly, ${why}` };
    case 'no':
      return { answer, words: `NOT undoable, ${why}` };
    default:
      // FAIL-CLOSED: words that we do not know promise nothing.
      return { answer: 'no', words: `NOT undoable, because of this nobody can be sure: ${visibleLine(snapshot)}` };
  }
}
