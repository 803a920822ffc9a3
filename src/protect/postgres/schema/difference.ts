import { type CatalogItem, keyOf } from './catalog-item.js';
import type { Inventory } from './inventory.js';

/** What became of each object between two inventories of the same transaction: objects are known by their address. */
export interface Difference {
  readonly vanished: readonly CatalogItem[];
  readonly created: readonly CatalogItem[];
  readonly changed: readonly Change[];
  /** Objects whose rows were written anew or taken away, as they were. */
  readonly rewritten: readonly Change[];
}

export interface Change {
  readonly before: CatalogItem;
  readonly now: CatalogItem;
}

export function differenceOf(before: Inventory, now: Inventory): Difference {
  const items = [...before.byAddress.values()];
  const both = items.flatMap((item) => {
    const other = now.byAddress.get(item.address);
    return other === undefined ? [] : [{ before: item, now: other }];
  });
  return {
    vanished: items.filter(({ address }) => !now.byAddress.has(address)),
    created: [...now.byAddress.values()].filter(({ address }) => !before.byAddress.has(address)),
    changed: both.filter((change) => isDifferent(change.before, change.now)),
    rewritten: both.filter((change) => change.before.filenode !== change.now.filenode),
  };
}

function isDifferent(one: CatalogItem, other: CatalogItem): boolean {
  return one.identity !== other.identity || one.definition !== other.definition;
}

/** What is there under one name: its definition, or null when nothing is. */
export type State = Readonly<Record<string, string | null>>;

/** The definitions of what a difference touches, by key, in both inventories: an object made anew has another address. */
export function statesOf(difference: Difference, before: Inventory, after: Inventory): { before: State; after: State } {
  const touched = [
    ...difference.vanished,
    ...difference.created,
    ...difference.changed.flatMap((change) => [change.before, change.now]),
  ];
  const keys = [...new Set(touched.filter(({ kind }) => kind !== 'other').map(keyOf))];
  const state = ({ byKey }: Inventory) =>
    Object.fromEntries(keys.map((key) => [key, byKey.get(key)?.definition ?? null]));
  return { before: state(before), after: state(after) };
}
