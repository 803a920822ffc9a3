import type { JsonValue } from '#action/action';
import type { SqlConnection } from '#action/sql-connection';
import { type CatalogItem, type ItemKind, isObject, keyOf } from './catalog-item.js';
import { RULES } from './definitions/kinds.js';
import { otherCatalogs } from './definitions/others.js';

/** The whole schema at one moment, as this transaction sees it. */
export interface Inventory {
  readonly byAddress: ReadonlyMap<string, CatalogItem>;
  readonly byKey: ReadonlyMap<string, CatalogItem>;
}

/**
 * Takes an inventory.
 *
 * @param watch also what has no rules of its own: the catalogs that no kind reads. It costs as much again.
 */
export type TakeInventory = (watch?: 'all') => Promise<Inventory>;

/**
 * Prepares the taking of inventories in one transaction. The settings must be pinned whenever one is taken.
 *
 * @throws SqlError what the server answered.
 */
export async function inventoryTaker(connection: SqlConnection): Promise<TakeInventory> {
  const known = Object.values(RULES).map((rules) => rules.source());
  let watched: readonly string[] | undefined;
  return async (watch) => {
    watched ??= await otherCatalogs(connection);
    const sources = watch === 'all' ? [...known, ...watched] : known;
    const { rows } = await connection.query(sources.join(' UNION ALL '));
    return index(rows.map(itemOf));
  };
}

export function index(items: readonly CatalogItem[]): Inventory {
  return {
    byAddress: new Map(items.map((item) => [item.address, item])),
    byKey: new Map(items.map((item) => [keyOf(item), item])),
  };
}

function itemOf(row: readonly (string | null)[]): CatalogItem {
  const [kind = null, address, identity, of, derived, filenode, definition] = row;
  if (!isKind(kind)) throw new TypeError(`the inventory has an item of the kind \`${kind}\``);
  const facts: JsonValue = JSON.parse(definition ?? '{}');
  return {
    kind,
    address: address ?? '',
    identity: identity ?? '',
    of: of ?? undefined,
    derived: derived === 'true',
    filenode: filenode ?? undefined,
    facts: isObject(facts) ? facts : {},
    definition: definition ?? '{}',
  };
}

function isKind(kind: string | null): kind is ItemKind {
  return kind !== null && Object.hasOwn(RULES, kind);
}
