import { nameOf } from '#action/measurement';
import type { Undoable } from '#action/snapshot';
import type { QualifiedName } from '#action/sql-connection';
import { type CatalogItem, labelOf } from './catalog-item.js';
import { RULES } from './definitions/kinds.js';
import type { Difference } from './difference.js';
import type { Rehearsed } from './rehearsal.js';

/** Without these an undo is still worth having: they carry no data, and take none along. */
const SLIGHT_CATALOGS = ['pg_publication_rel/', 'pg_publication_namespace/', 'pg_seclabel/'];

/** Says in words whether the act can be undone, from how the rehearsal went. */
export function judge(facts: {
  readonly difference: Difference;
  readonly rehearsed: Rehearsed;
  readonly changedRows: readonly QualifiedName[];
  /** Materialized views whose rows were not what their query gives. */
  readonly stale: readonly string[];
  /** The database's. */
  readonly encoding: string;
}): Undoable {
  const { difference, rehearsed, changedRows, stale, encoding } = facts;
  const { left, stopped, made } = rehearsed;
  // FAIL-CLOSED: an undo that was tried and did not give the same definitions is no undo.
  if (stopped !== undefined) return { answer: 'no', because: [stopped] };
  if (encoding === 'SQL_ASCII')
    return { answer: 'no', because: ['the database has no encoding, so its texts cannot be kept exactly'] };
  const created = new Set(difference.created.map(({ address }) => address));
  const heavy = left.filter((item) => !isSlight(item, created));
  if (heavy.length > 0) return { answer: 'no', because: heavy.map((item) => describe(item, created)) };
  const refreshed = difference.rewritten.filter(
    ({ before }) => before.kind === 'materialized view' && !made.includes(before),
  );
  const because = [
    ...left.map((item) => describe(item, created)),
    ...changedRows.map((table) => `the rows that it changes in ${nameOf(table)} are not kept with the schema`),
    ...stale.map((view) => `the materialized view ${view} is filled anew, and was not up to date`),
    ...refreshed.map(({ before }) => `the earlier rows of the ${labelOf(before)} are not kept`),
  ];
  if (because.length === 0) return { answer: 'yes', because: [] };
  return { answer: rehearsed.steps.length === 0 ? 'no' : 'partly', because: [...new Set(because)] };
}

/** FAIL-CLOSED: whatever has no rules is not slight, unless it is listed. */
function isSlight(item: CatalogItem, created: ReadonlySet<string>): boolean {
  if (item.kind === 'other')
    return created.has(item.address) || SLIGHT_CATALOGS.some((catalog) => item.address.startsWith(catalog));
  return RULES[item.kind].soft === true || (item.kind === 'type' && item.facts['sort'] === 'e');
}

function describe(item: CatalogItem, created: ReadonlySet<string>): string {
  if (created.has(item.address)) return `${labelOf(item)} stays`;
  return item.kind === 'type'
    ? `${labelOf(item)} keeps its new labels`
    : `${labelOf(item)} cannot be put back as it was`;
}
