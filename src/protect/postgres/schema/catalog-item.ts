import type { JsonObject, JsonValue } from '#action/action';

/**
 * Everything that a database's schema consists of, cut so that each piece can be made and dropped for itself. `other` is any
 * row of a catalog for which there are no rules: it is seen, and never restored.
 */
export type ItemKind =
  | 'schema'
  | 'type'
  | 'sequence'
  | 'function'
  | 'table'
  | 'column'
  | 'identity'
  | 'default'
  | 'partition'
  | 'constraint'
  | 'index'
  | 'statistics'
  | 'view'
  | 'materialized view'
  | 'trigger'
  | 'rule'
  | 'policy'
  | 'table settings'
  | 'rights'
  | 'comment'
  | 'other';

/** One piece of the schema, as the catalogs had it. */
export interface CatalogItem {
  readonly kind: ItemKind;
  /** `catalog/oid/sub`: the same as long as the object lives, whatever it is called. */
  readonly address: string;
  /** Its name as SQL writes it, qualified; one of a kind has it only once. */
  readonly identity: string;
  /** The address of what it belongs to: a column's table, a table's schema is not one. */
  readonly of: string | undefined;
  /** It comes with another item (a partition's copy of a foreign key) and is never made for itself. */
  readonly derived: boolean;
  /** Another number says that the rows were written anew or taken away: TRUNCATE, a rewriting ALTER, RESTART. */
  readonly filenode: string | undefined;
  /** Everything that matters about it, without any oid. Its JSON is its definition. */
  readonly facts: JsonObject;
  readonly definition: string;
}

/** What compares with its like in another inventory, after it was dropped and made again: not the oid. */
export function keyOf(item: CatalogItem): string {
  return `${item.kind} ${item.identity}`;
}

/** As people read it. */
export function labelOf(item: CatalogItem): string {
  if (item.kind === 'rights' || item.kind === 'comment') return `the ${item.kind} of ${item.identity}`;
  return item.kind === 'other' ? item.identity : `${item.kind} ${item.identity}`;
}

/** A fact that must be a text. */
export function text(facts: JsonObject, name: string): string {
  const value = facts[name];
  if (typeof value !== 'string') throw new TypeError(`the inventory has no text \`${name}\``);
  return value;
}

/** A fact that is a text, or null in the catalogs. */
export function textOrNull(facts: JsonObject, name: string): string | undefined {
  const value = facts[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(facts: JsonObject, name: string): boolean {
  return facts[name] === true;
}

/** A fact that is a list of texts; absent or null is the empty one. */
export function texts(facts: JsonObject, name: string): readonly string[] {
  const value: JsonValue | undefined = facts[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** A fact that is a list of objects. */
export function objects(facts: JsonObject, name: string): readonly JsonObject[] {
  const value: JsonValue | undefined = facts[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text as an SQL literal that reads the same whatever `standard_conforming_strings` is. */
export function literal(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
}
