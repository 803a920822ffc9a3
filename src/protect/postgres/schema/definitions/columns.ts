import { type CatalogItem, flag, text, textOrNull, texts } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { alterOptions } from './tables.js';
import { collation } from './type-definitions.js';

const STORAGE: Readonly<Record<string, string>> = { p: 'PLAIN', e: 'EXTERNAL', m: 'MAIN', x: 'EXTENDED' };
const COMPRESSION: Readonly<Record<string, string>> = { '': 'default', p: 'pglz', l: 'lz4' };

/** Columns of tables. A column that is gone, or has another type, takes values with it: its table is made anew. */
export const columnRules: KindRules = {
  kind: 'column',
  rank: 3,
  otherwise: 'recreate owner',
  source: () =>
    itemSource({
      kind: `'column'`,
      address: `'pg_class/' || c.oid || '/' || a.attnum`,
      identity: `format('%I.%I.%I', n.nspname, c.relname, a.attname)`,
      of: `'pg_class/' || c.oid || '/0'`,
      derived: 'a.attinhcount > 0 AND NOT a.attislocal AND NOT c.relispartition',
      facts: `'name', quote_ident(a.attname), 'table', format('%I.%I', n.nspname, c.relname),
        'position', row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
        'type', format_type(a.atttypid, a.atttypmod), 'collation', ${collation('a.attcollation', 'a.atttypid')},
        'notNull', a.attnotnull, 'local', a.attislocal, 'inherited', a.attinhcount,
        'generation', a.attgenerated, 'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'storage', a.attstorage, 'usualStorage', ty.typstorage, 'compression', a.attcompression,
        'statistics', coalesce(a.attstattarget, -1), 'options', to_jsonb(a.attoptions)`,
      from: `pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type ty ON ty.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE ${OWN_SCHEMA} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
    }),
  // CREATE TABLE has made the column itself.
  create: (item) => settings(item, undefined),
  drop: ({ facts }) => [`ALTER TABLE ${text(facts, 'table')} DROP COLUMN IF EXISTS ${text(facts, 'name')} CASCADE`],
  rename: (now, before, temporary) => [
    `ALTER TABLE ${text(now.facts, 'table')} RENAME COLUMN ${text(now.facts, 'name')} TO ${temporary ?? text(before.facts, 'name')}`,
  ],
  alter: (now, before) => {
    for (const fact of ['type', 'collation', 'generation', 'generated'] as const)
      if (textOrNull(now.facts, fact) !== textOrNull(before.facts, fact)) return undefined;
    return settings(before, now);
  },
};

/** What of a column can be set later; all of it that is not as usual, or not as `now`. */
function settings({ facts }: CatalogItem, now: CatalogItem | undefined): readonly string[] {
  const target = `ALTER TABLE ONLY ${text(facts, 'table')} ALTER COLUMN ${text(facts, 'name')}`;
  const differs = (fact: string, usual: string) =>
    textOrNull(facts, fact) !== (now === undefined ? usual : textOrNull(now.facts, fact));
  const storage = STORAGE[text(facts, 'storage')];
  const compression = COMPRESSION[text(facts, 'compression')];
  const statistics = String(facts['statistics']);
  return [
    ...(now !== undefined && flag(now.facts, 'notNull') !== flag(facts, 'notNull')
      ? [`${target} ${flag(facts, 'notNull') ? 'SET' : 'DROP'} NOT NULL`]
      : []),
    ...(storage !== undefined && differs('storage', text(facts, 'usualStorage'))
      ? [`${target} SET STORAGE ${storage}`]
      : []),
    ...(compression !== undefined && differs('compression', '') ? [`${target} SET COMPRESSION ${compression}`] : []),
    ...(statistics !== String(now?.facts['statistics'] ?? -1) ? [`${target} SET STATISTICS ${statistics}`] : []),
    ...alterOptions(target, now === undefined ? [] : texts(now.facts, 'options'), texts(facts, 'options')),
  ];
}
