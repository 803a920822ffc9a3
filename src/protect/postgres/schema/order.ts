import type { SqlConnection } from '#action/sql-connection';
import { type CatalogItem, text } from './catalog-item.js';
import { RULES } from './definitions/kinds.js';
import type { Inventory } from './inventory.js';

/** Which item needs which others: by address, both sides. */
export type Dependencies = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads pg_depend and brings it down to items: what comes with an item (a table's row type, a constraint's index, a view's
 * rule) stands for it. Read before the act.
 */
export async function readDependencies(connection: SqlConnection, { byAddress }: Inventory): Promise<Dependencies> {
  const { rows } = await connection.query(
    `SELECT classid::regclass || '/' || objid || '/0', refclassid::regclass || '/' || refobjid || '/0', deptype
     FROM pg_depend WHERE objid >= 16384 AND refobjid >= 16384 AND (deptype IN ('n', 'a', 'i') OR (deptype = 'P' AND classid = 'pg_class'::regclass))`,
  );
  const partOf = new Map<string, string>();
  for (const [from = null, to = null, sort] of rows) {
    if (from === null || to === null || byAddress.has(from)) continue;
    // A generation expression hangs on its column by `a` (PostgreSQL 14) or `i`.
    if (sort === 'i' || from.startsWith('pg_attrdef/')) partOf.set(from, to);
  }
  const itemFor = (address: string): string => {
    let at = address;
    for (let depth = 0; depth < 8 && !byAddress.has(at); depth += 1) at = partOf.get(at) ?? at;
    return at;
  };
  const needs = new Map<string, Set<string>>();
  for (const [from = null, to = null, sort] of rows) {
    if (from === null || to === null) continue;
    // P ties a partition's index to its parent's. Here the parent's is made last, and finds those of the partitions.
    const [one, other] = sort === 'P' ? [itemFor(to), itemFor(from)] : [itemFor(from), itemFor(to)];
    if (one !== other) needs.set(one, (needs.get(one) ?? new Set()).add(other));
  }
  return needs;
}

/** The items in an order in which they can be made. */
export function inOrder(items: readonly CatalogItem[], dependencies: Dependencies): readonly CatalogItem[] {
  const needs = new Map(items.map((item) => [item.address, new Set(dependencies.get(item.address) ?? [])]));
  const need = (item: CatalogItem, other: CatalogItem) => needs.get(item.address)?.add(other.address);
  for (const item of items) if (item.of !== undefined) needs.get(item.address)?.add(item.of);
  needPartitionsFirst(items, need);
  // A foreign key looks at rows, and they may lie in any partition of the table that it refers to.
  const holders = items.filter(({ kind }) => kind === 'table' || kind === 'partition');
  for (const item of items) if (isForeignKey(item)) for (const holder of holders) need(item, holder);
  const rest = [...items].sort((one, other) => RULES[one.kind].rank - RULES[other.kind].rank);
  const pending = new Set(rest.map(({ address }) => address));
  const ordered: CatalogItem[] = [];
  while (rest.length > 0) {
    // When all of them wait for each other the lowest rank goes first; whether that works the rehearsal shows.
    const free = rest.findIndex(({ address }) => {
      for (const other of needs.get(address) ?? []) if (other !== address && pending.has(other)) return false;
      return true;
    });
    const [next] = rest.splice(Math.max(free, 0), 1);
    if (next === undefined) break;
    pending.delete(next.address);
    ordered.push(next);
  }
  return ordered;
}

/** A partition is attached when its own indexes and constraints are there; the parent's keys and indexes come after that. */
function needPartitionsFirst(
  items: readonly CatalogItem[],
  need: (item: CatalogItem, other: CatalogItem) => void,
): void {
  const partitions = items.filter(({ kind }) => kind === 'partition');
  if (partitions.length === 0) return;
  const tables = new Map(items.filter(({ kind }) => kind === 'table').map((table) => [table.identity, table]));
  const byTable = new Map<string | undefined, CatalogItem[]>();
  for (const item of items)
    if (item.kind === 'constraint' || item.kind === 'index')
      byTable.set(item.of, [...(byTable.get(item.of) ?? []), item]);
  for (const partition of partitions) {
    for (const own of byTable.get(partition.of) ?? []) if (!isForeignKey(own)) need(partition, own);
    const parent = tables.get(text(partition.facts, 'parent'));
    if (parent === undefined) continue;
    need(partition, parent);
    for (const item of byTable.get(parent.address) ?? []) {
      if (isCheck(item)) need(partition, item);
      else need(item, partition);
    }
  }
}

function isForeignKey({ kind, facts }: CatalogItem): boolean {
  return kind === 'constraint' && text(facts, 'sort') === 'f';
}

function isCheck({ kind, facts }: CatalogItem): boolean {
  return kind === 'constraint' && (text(facts, 'sort') === 'c' || text(facts, 'sort') === 'n');
}
