import { type Finding, parsed, unforeseen } from './findings.js';
import { relationName, relationParts } from './names.js';
import type { Node } from './tree.js';

/** Relations of pg_catalog, which is searched first. An unqualified pg_ name is taken for one of them, though users may use it. */
export function isSystemRelation(relation: Node): boolean {
  const parts = relationParts(relation);
  const schema = parts.at(-2);
  return (
    schema === 'pg_catalog' || schema === 'pg_toast' || (schema === undefined && (parts.at(-1) ?? '').startsWith('pg_'))
  );
}

/** True for what lives only in the own session: schema pg_temp is an alias for it (PostgreSQL manual, 5.10.5). */
export function isTemporary(relation: Node | undefined): boolean {
  if (relation === undefined) return false;
  return relation['relpersistence'] === 't' || relationParts(relation).at(-2) === 'pg_temp';
}

/** A row of a catalog is a table, a right or a setting: `UPDATE pg_settings` is a SET. */
export function refusedCatalogWrite(name: string): Finding {
  return unforeseen({ kind: 'table', name }, `writes to the system catalog ${name}, which may change anything`);
}

/** Catalogs that hold password hashes or the passwords of other servers. */
const SECRET = new Set(['pg_authid', 'pg_shadow', 'pg_user_mapping', 'pg_user_mappings']);

/** What reading a relation means. */
export function readOf(relation: Node, later: boolean): Finding {
  const name = relationName(relation);
  const resource = { kind: 'table', name };
  if (isSystemRelation(relation) && SECRET.has(relationParts(relation).at(-1) ?? '')) {
    return parsed('reveal', resource, 'no', `reads ${name}, which holds passwords or their hashes`);
  }
  const explain = later ? `refers to ${name}` : `reads ${name}`;
  return parsed('read', resource, 'yes', explain, { unit: 'rows', count: 'unknown' });
}
