import type { CatalogItem, ItemKind } from '../catalog-item.js';

/**
 * How a kind of item is read from the catalogs, and how it is made, dropped and changed back. Where a rule is missing the
 * act is not undoable in that respect: the rehearsal finds what remains different.
 */
export interface KindRules {
  readonly kind: ItemKind;
  /** Its part of the inventory; see `ItemSource`. */
  readonly source: () => string;
  /** Of two items that do not depend on each other, the lower one is made first. */
  readonly rank: number;
  /** The commands that make it. Empty when it comes with something else. */
  readonly create: (item: CatalogItem) => readonly string[];
  /** Whether it is made together with the item it belongs to, when that is made too. */
  readonly inline?: (item: CatalogItem) => boolean;
  /** The commands that drop it, and whatever depends on it. Undefined: it cannot be dropped for itself. */
  readonly drop?: (item: CatalogItem) => readonly string[];
  /** The command for another name or schema; `now` and `before` are the same object. */
  readonly rename?: (now: CatalogItem, before: CatalogItem, temporary?: string) => readonly string[];
  /** The commands that turn `now` into `before` without dropping it; undefined when only making it anew will do. */
  readonly alter?: (now: CatalogItem, before: CatalogItem) => readonly string[] | undefined;
  /** Where a change cannot be altered back: make the item anew, or the one that it belongs to, or leave it. */
  readonly otherwise: 'recreate' | 'recreate owner' | 'leave';
  /** Without it the undo is still worth having: `partly`. */
  readonly soft?: boolean;
}

/**
 * Objects of the database's own. Those of the system are watched by the `other` items; temporary ones are the session's.
 * `n` is the pg_namespace row.
 */
export const OWN_SCHEMA = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`;

/** The columns of every query of the inventory, in this order. */
export function itemSource(columns: {
  readonly kind: string;
  readonly address: string;
  readonly identity: string;
  readonly of?: string;
  readonly derived?: string;
  readonly filenode?: string;
  readonly facts: string;
  readonly from: string;
}): string {
  const { kind, address, identity, of = 'NULL', derived = 'false', filenode = 'NULL', facts, from } = columns;
  return `SELECT ${kind}::text, ${address}::text, ${identity}::text, (${of})::text, (${derived})::text, (${filenode})::text, jsonb_build_object(${facts})::text FROM ${from}`;
}
