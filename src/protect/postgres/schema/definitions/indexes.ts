import { text, textOrNull, texts } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { alterOptions } from './tables.js';

/** Indexes that are no constraint's. */
export const indexRules: KindRules = {
  kind: 'index',
  rank: 8,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'index'`,
      address: `'pg_class/' || c.oid || '/0'`,
      identity: `format('%I.%I', n.nspname, c.relname)`,
      of: `'pg_class/' || i.indrelid || '/0'`,
      facts: `'schema', quote_ident(n.nspname), 'name', quote_ident(c.relname), 'definition', pg_get_indexdef(c.oid), 'options', to_jsonb(c.reloptions),
        'partitioned', c.relkind = 'I', 'valid', i.indisvalid,
        'parent', (SELECT format('%I.%I', pn.nspname, pc.relname) FROM pg_inherits h JOIN pg_class pc ON pc.oid = h.inhparent
          JOIN pg_namespace pn ON pn.oid = pc.relnamespace WHERE h.inhrelid = c.oid),
        'tablespace', (SELECT quote_ident(ts.spcname) FROM pg_tablespace ts WHERE ts.oid = c.reltablespace),
        'statistics', (SELECT jsonb_agg(jsonb_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND coalesce(a.attstattarget, -1) <> -1)`,
      from: `pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE ${OWN_SCHEMA} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))`,
    }),
  // A partitioned index finds the matching ones of the partitions, which are made before it, and takes them as its own.
  create: ({ facts }) => {
    const definition = text(facts, 'definition');
    const start = /^CREATE (UNIQUE )?INDEX /.exec(definition)?.[0] ?? '';
    const only = `${start}${text(facts, 'name')} ON ONLY `;
    const tablespace = textOrNull(facts, 'tablespace');
    return [
      definition.startsWith(only) ? `${start}${text(facts, 'name')} ON ${definition.slice(only.length)}` : definition,
      ...(tablespace === undefined
        ? []
        : [`ALTER INDEX ${text(facts, 'schema')}.${text(facts, 'name')} SET TABLESPACE ${tablespace}`]),
    ];
  },
  drop: ({ identity }) => [`DROP INDEX IF EXISTS ${identity} CASCADE`],
  rename: (now, before, temporary) => {
    const name = temporary ?? text(before.facts, 'name');
    return name === text(now.facts, 'name') ? [] : [`ALTER INDEX ${now.identity} RENAME TO ${name}`];
  },
  alter: (now, before) => {
    const options = alterOptions(
      `ALTER INDEX ${before.identity}`,
      texts(now.facts, 'options'),
      texts(before.facts, 'options'),
    );
    return options.length === 0 ? undefined : options;
  },
};
