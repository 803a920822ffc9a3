import { text } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';

/** That a table is a partition of another, and its bounds. */
export const partitionRules: KindRules = {
  kind: 'partition',
  rank: 10,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'partition'`,
      address: `'pg_inherits/' || i.inhrelid || '/' || i.inhparent`,
      identity: `format('%I.%I', n.nspname, c.relname)`,
      of: `'pg_class/' || c.oid || '/0'`,
      facts: `'table', format('%I.%I', n.nspname, c.relname), 'parent', format('%I.%I', pn.nspname, pc.relname), 'parentAddress', '',
        'bound', pg_get_expr(c.relpartbound, c.oid), 'detaching', i.inhdetachpending`,
      from: `pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class pc ON pc.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = pc.relnamespace
        WHERE ${OWN_SCHEMA} AND c.relispartition AND c.relkind IN ('r', 'p')`,
    }),
  create: ({ facts }) => [
    `ALTER TABLE ${text(facts, 'parent')} ATTACH PARTITION ${text(facts, 'table')} ${text(facts, 'bound')}`,
  ],
  drop: ({ facts }) => [`ALTER TABLE ${text(facts, 'parent')} DETACH PARTITION ${text(facts, 'table')}`],
};
