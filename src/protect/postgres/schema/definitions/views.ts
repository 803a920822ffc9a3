import { type CatalogItem, flag, text, textOrNull, texts } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { renameInSchema } from './rename.js';
import { alterOptions, option } from './tables.js';

const FACTS = `'schema', quote_ident(n.nspname), 'name', quote_ident(c.relname), 'definition', rtrim(pg_get_viewdef(c.oid), ';'),
  'options', to_jsonb(c.reloptions), 'columns', (SELECT jsonb_agg(quote_ident(a.attname) ORDER BY a.attnum) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

const COMMON = { address: `'pg_class/' || c.oid || '/0'`, identity: `format('%I.%I', n.nspname, c.relname)` };
const FROM = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN_SCHEMA}`;

export const viewRules: KindRules = {
  kind: 'view',
  rank: 12,
  otherwise: 'recreate',
  source: () => itemSource({ ...COMMON, kind: `'view'`, facts: FACTS, from: `${FROM} AND c.relkind = 'v'` }),
  create: ({ identity, facts }) => [
    `CREATE VIEW ${identity} (${texts(facts, 'columns').join(', ')})${withOptions(facts)} AS ${text(facts, 'definition')}`,
  ],
  drop: ({ identity }) => [`DROP VIEW IF EXISTS ${identity} CASCADE`],
  rename: renameInSchema('VIEW'),
  alter: (now, before) => {
    if (!sameQuery(now, before)) return undefined;
    return alterOptions(`ALTER VIEW ${before.identity}`, texts(now.facts, 'options'), texts(before.facts, 'options'));
  },
};

/** Made empty; the undo fills it at its end, when the tables have their rows. */
export const materializedViewRules: KindRules = {
  kind: 'materialized view',
  rank: 12,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      ...COMMON,
      kind: `'materialized view'`,
      filenode: 'c.relfilenode',
      facts: `${FACTS}, 'populated', c.relispopulated, 'method', (SELECT quote_ident(am.amname) FROM pg_am am WHERE am.oid = c.relam),
        'tablespace', (SELECT quote_ident(ts.spcname) FROM pg_tablespace ts WHERE ts.oid = c.reltablespace)`,
      from: `${FROM} AND c.relkind = 'm'`,
    }),
  create: ({ identity, facts }) => {
    const tablespace = textOrNull(facts, 'tablespace');
    return [
      `CREATE MATERIALIZED VIEW ${identity} (${texts(facts, 'columns').join(', ')}) USING ${text(facts, 'method')}${withOptions(facts)}${
        tablespace === undefined ? '' : ` TABLESPACE ${tablespace}`
      } AS ${text(facts, 'definition')} WITH NO DATA`,
    ];
  },
  drop: ({ identity }) => [`DROP MATERIALIZED VIEW IF EXISTS ${identity} CASCADE`],
  rename: renameInSchema('MATERIALIZED VIEW'),
  alter: (now, before) => {
    if (!sameQuery(now, before)) return undefined;
    const target = `ALTER MATERIALIZED VIEW ${before.identity}`;
    return flag(now.facts, 'populated') && !flag(before.facts, 'populated')
      ? [`REFRESH MATERIALIZED VIEW ${before.identity} WITH NO DATA`]
      : alterOptions(target, texts(now.facts, 'options'), texts(before.facts, 'options'));
  },
};

function withOptions(facts: CatalogItem['facts']): string {
  const options = texts(facts, 'options');
  return options.length === 0 ? '' : ` WITH (${options.map(option).join(', ')})`;
}

function sameQuery(now: CatalogItem, before: CatalogItem): boolean {
  return (
    text(now.facts, 'definition') === text(before.facts, 'definition') &&
    texts(now.facts, 'columns').join() === texts(before.facts, 'columns').join()
  );
}
