import { text } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';

/** Defaults of columns, of views too. A generation expression belongs to its column. */
export const defaultRules: KindRules = {
  kind: 'default',
  rank: 5,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'default'`,
      address: `'pg_attrdef/' || d.oid || '/0'`,
      identity: `format('%I.%I.%I', n.nspname, c.relname, a.attname)`,
      of: `'pg_class/' || c.oid || '/0'`,
      // On a child an inherited default may have been set apart; both are the child's own.
      facts: `'table', format('%I.%I', n.nspname, c.relname), 'column', quote_ident(a.attname), 'value', pg_get_expr(d.adbin, d.adrelid)`,
      from: `pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class c ON c.oid = d.adrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN_SCHEMA} AND a.attgenerated = '' AND c.relkind IN ('r', 'p', 'v')`,
    }),
  create: ({ facts }) => [
    `ALTER TABLE ONLY ${text(facts, 'table')} ALTER COLUMN ${text(facts, 'column')} SET DEFAULT ${text(facts, 'value')}`,
  ],
  drop: ({ facts }) => [`ALTER TABLE ONLY ${text(facts, 'table')} ALTER COLUMN ${text(facts, 'column')} DROP DEFAULT`],
};
