import { type CatalogItem, flag, text, textOrNull, texts } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { renameInSchema } from './rename.js';

/** Tables, partitioned ones included; their columns are items of their own, and `createTable` writes both. */
export const tableRules: KindRules = {
  kind: 'table',
  rank: 3,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'table'`,
      address: `'pg_class/' || c.oid || '/0'`,
      identity: `format('%I.%I', n.nspname, c.relname)`,
      filenode: `CASE c.relkind WHEN 'r' THEN c.relfilenode END`,
      facts: `'schema', quote_ident(n.nspname), 'name', quote_ident(c.relname), 'persistence', c.relpersistence, 'partition', c.relispartition,
        'options', to_jsonb(c.reloptions), 'toastOptions', (SELECT to_jsonb(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid),
        'method', (SELECT quote_ident(am.amname) FROM pg_am am WHERE am.oid = c.relam),
        'tablespace', (SELECT quote_ident(ts.spcname) FROM pg_tablespace ts WHERE ts.oid = c.reltablespace),
        'ofType', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
        'partitionKey', pg_get_partkeydef(c.oid),
        'parents', CASE WHEN NOT c.relispartition THEN (SELECT jsonb_agg(format('%I.%I', pn.nspname, pc.relname) ORDER BY i.inhseqno)
          FROM pg_inherits i JOIN pg_class pc ON pc.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = pc.relnamespace WHERE i.inhrelid = c.oid) END`,
      from: `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN_SCHEMA} AND c.relkind IN ('r', 'p')`,
    }),
  // Written by `createTable`, which needs the columns too.
  create: () => [],
  drop: ({ identity }) => [`DROP TABLE IF EXISTS ${identity} CASCADE`],
  rename: renameInSchema('TABLE'),
  alter: alterTable,
};

/**
 * CREATE TABLE with everything that cannot be added later: columns in their order, NOT NULL (with its name, from PostgreSQL
 * 18), generation expressions, parents, partition key.
 *
 * @param columns in their order. @param notNulls named NOT NULL constraints by column.
 */
export function createTable(
  table: CatalogItem,
  columns: readonly CatalogItem[],
  notNulls: ReadonlyMap<string, CatalogItem>,
): string {
  const { facts } = table;
  const parents = texts(facts, 'parents');
  const written = columns
    .filter((column) => parents.length === 0 || flag(column.facts, 'local'))
    .map((column) => columnClause(column.facts, notNulls.get(text(column.facts, 'name'))));
  const key = textOrNull(facts, 'partitionKey');
  const method = textOrNull(facts, 'method');
  const tablespace = textOrNull(facts, 'tablespace');
  const options = [...texts(facts, 'options'), ...texts(facts, 'toastOptions').map((option) => `toast.${option}`)];
  return [
    `CREATE ${text(facts, 'persistence') === 'u' ? 'UNLOGGED ' : ''}TABLE ${table.identity} (${written.join(', ')})`,
    parents.length === 0 ? '' : ` INHERITS (${parents.join(', ')})`,
    key === undefined ? '' : ` PARTITION BY ${key}`,
    method === undefined || key !== undefined ? '' : ` USING ${method}`,
    options.length === 0 ? '' : ` WITH (${options.map(option).join(', ')})`,
    tablespace === undefined ? '' : ` TABLESPACE ${tablespace}`,
  ].join('');
}

function columnClause(facts: CatalogItem['facts'], notNull: CatalogItem | undefined): string {
  const collated = textOrNull(facts, 'collation');
  const generated = textOrNull(facts, 'generated');
  const named = notNull === undefined ? '' : ` CONSTRAINT ${text(notNull.facts, 'name')}`;
  return [
    `${text(facts, 'name')} ${text(facts, 'type')}`,
    collated === undefined ? '' : ` COLLATE ${collated}`,
    generated === undefined
      ? ''
      : ` GENERATED ALWAYS AS (${generated}) ${text(facts, 'generation') === 'v' ? 'VIRTUAL' : 'STORED'}`,
    flag(facts, 'notNull') ? `${named} NOT NULL` : '',
    notNull !== undefined && flag(notNull.facts, 'noInherit') ? ' NO INHERIT' : '',
  ].join('');
}

/** `name=value` of reloptions as SQL writes it: values are quoted, since an option's value is any text. */
export function option(written: string): string {
  const at = written.indexOf('=');
  return `${written.slice(0, at)}='${written.slice(at + 1).replaceAll("'", "''")}'`;
}

/** The commands that give a relation these options, and no others. */
export function alterOptions(target: string, now: readonly string[], before: readonly string[]): readonly string[] {
  const gone = now.filter((each) => !before.includes(each)).map((each) => each.slice(0, each.indexOf('=')));
  return [
    ...(gone.length === 0 ? [] : [`${target} RESET (${gone.join(', ')})`]),
    ...(before.length === 0 ? [] : [`${target} SET (${before.map(option).join(', ')})`]),
  ];
}

function alterTable(now: CatalogItem, before: CatalogItem): readonly string[] | undefined {
  const target = `ALTER TABLE ${before.identity}`;
  for (const fact of ['ofType', 'partitionKey'] as const)
    if (textOrNull(now.facts, fact) !== textOrNull(before.facts, fact)) return undefined;
  const was = texts(now.facts, 'parents');
  const parents = texts(before.facts, 'parents');
  const changed = (fact: string) => textOrNull(now.facts, fact) !== textOrNull(before.facts, fact);
  return [
    ...was.filter((parent) => !parents.includes(parent)).map((parent) => `${target} NO INHERIT ${parent}`),
    ...parents.filter((parent) => !was.includes(parent)).map((parent) => `${target} INHERIT ${parent}`),
    ...alterOptions(target, tableOptions(now), tableOptions(before)),
    ...(changed('persistence')
      ? [`${target} SET ${text(before.facts, 'persistence') === 'u' ? 'UNLOGGED' : 'LOGGED'}`]
      : []),
    ...(changed('method') ? [`${target} SET ACCESS METHOD ${textOrNull(before.facts, 'method') ?? 'DEFAULT'}`] : []),
    ...(changed('tablespace')
      ? [`${target} SET TABLESPACE ${textOrNull(before.facts, 'tablespace') ?? 'pg_default'}`]
      : []),
  ];
}

function tableOptions({ facts }: CatalogItem): readonly string[] {
  return [...texts(facts, 'options'), ...texts(facts, 'toastOptions').map((each) => `toast.${each}`)];
}
