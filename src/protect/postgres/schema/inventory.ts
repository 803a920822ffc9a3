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
 * Prepares the taking of inventories in one transaction: what the server is, which catalogs there are. The settings must be
 * pinned whenever one is taken.
 *
 * @throws SqlError what the server answered.
 */
export async function inventoryTaker(connection: SqlConnection): Promise<() => Promise<Inventory>> {
  const { rows } = await connection.query(`SELECT current_setting('server_version_num')::int / 10000`);
  const server = { major: Number(rows[0]?.[0]) };
  const sources = [...Object.values(RULES).map((rules) => rules.source(server)), ...(await otherCatalogs(connection))];
  const everything = sources.join(' UNION ALL ');
  return async () => {
    const { rows: items } = await connection.query(everything);
    return index(items.map(itemOf));
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
