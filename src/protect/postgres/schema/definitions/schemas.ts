import { text } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';

export const schemaRules: KindRules = {
  kind: 'schema',
  rank: 0,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'schema'`,
      address: `'pg_namespace/' || n.oid || '/0'`,
      identity: `quote_ident(n.nspname)`,
      facts: `'name', quote_ident(n.nspname)`,
      from: `pg_namespace n WHERE ${OWN_SCHEMA}`,
    }),
  create: ({ identity }) => [`CREATE SCHEMA ${identity}`],
  drop: ({ identity }) => [`DROP SCHEMA IF EXISTS ${identity} CASCADE`],
  rename: (now, before, temporary) => [
    `ALTER SCHEMA ${now.identity} RENAME TO ${temporary ?? text(before.facts, 'name')}`,
  ],
};
