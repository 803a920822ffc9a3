import { type CatalogItem, flag, text, textOrNull } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { renameInSchema } from './rename.js';

const OPTIONS = `'type', format_type(s.seqtypid, NULL), 'start', s.seqstart::text, 'increment', s.seqincrement::text,
  'min', s.seqmin::text, 'max', s.seqmax::text, 'cache', s.seqcache::text, 'cycle', s.seqcycle, 'persistence', c.relpersistence`;

const OWNER = `LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  LEFT JOIN pg_class oc ON oc.oid = d.refobjid LEFT JOIN pg_namespace o ON o.oid = oc.relnamespace`;

const FROM = `pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace ${OWNER}`;

const COMMON = {
  address: `'pg_class/' || c.oid || '/0'`,
  of: `'pg_class/' || d.refobjid || '/0'`,
  filenode: 'c.relfilenode',
};

/** Sequences for themselves, and those of `serial`; an identity column's is the `identity` item. */
export const sequenceRules: KindRules = {
  kind: 'sequence',
  rank: 4,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      ...COMMON,
      kind: `'sequence'`,
      identity: `format('%I.%I', n.nspname, c.relname)`,
      facts: `'schema', quote_ident(n.nspname), 'name', quote_ident(c.relname), ${OPTIONS},
        'ownedBy', CASE WHEN a.attname IS NOT NULL THEN format('%I.%I.%I', o.nspname, oc.relname, a.attname) END`,
      from: `${FROM} WHERE ${OWN_SCHEMA} AND d.deptype IS DISTINCT FROM 'i'`,
    }),
  create: ({ identity, facts }) => {
    const unlogged = text(facts, 'persistence') === 'u' ? 'UNLOGGED ' : '';
    const created = `CREATE ${unlogged}SEQUENCE ${identity} AS ${text(facts, 'type')} ${options(facts)}`;
    return [`${created} OWNED BY ${textOrNull(facts, 'ownedBy') ?? 'NONE'}`];
  },
  drop: ({ identity }) => [`DROP SEQUENCE IF EXISTS ${identity} CASCADE`],
  rename: (now, before, temporary) =>
    // What a column owns moves to another schema with its table.
    textOrNull(now.facts, 'ownedBy') === undefined
      ? renameInSchema('SEQUENCE')(now, before, temporary)
      : renameOwned(now, before, temporary),
  alter: (_now, { identity, facts }) => [
    `ALTER SEQUENCE ${identity} AS ${text(facts, 'type')} ${options(facts)}`,
    `ALTER SEQUENCE ${identity} OWNED BY ${textOrNull(facts, 'ownedBy') ?? 'NONE'}`,
  ],
};

/** `GENERATED ... AS IDENTITY` of a column, with its sequence. */
export const identityRules: KindRules = {
  kind: 'identity',
  rank: 5,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      ...COMMON,
      kind: `'identity'`,
      identity: `format('%I.%I', n.nspname, c.relname)`,
      facts: `'schema', quote_ident(n.nspname), 'name', quote_ident(c.relname), ${OPTIONS}, 'table', format('%I.%I', o.nspname, oc.relname),
        'column', quote_ident(a.attname), 'always', a.attidentity = 'a'`,
      from: `${FROM} WHERE ${OWN_SCHEMA} AND d.deptype = 'i'`,
    }),
  create: ({ identity, facts }) => [
    `ALTER TABLE ${text(facts, 'table')} ALTER COLUMN ${text(facts, 'column')} ADD GENERATED ${
      flag(facts, 'always') ? 'ALWAYS' : 'BY DEFAULT'
    } AS IDENTITY (SEQUENCE NAME ${identity} ${options(facts)})`,
  ],
  drop: ({ facts }) => [`ALTER TABLE ${text(facts, 'table')} ALTER COLUMN ${text(facts, 'column')} DROP IDENTITY`],
  rename: (now, before, temporary) => renameOwned(now, before, temporary),
  alter: (now, before) =>
    text(now.facts, 'type') !== text(before.facts, 'type')
      ? undefined
      : [
          `ALTER TABLE ${text(before.facts, 'table')} ALTER COLUMN ${text(before.facts, 'column')} SET GENERATED ${
            flag(before.facts, 'always') ? 'ALWAYS' : 'BY DEFAULT'
          }`,
          `ALTER SEQUENCE ${before.identity} ${options(before.facts)}`,
        ],
};

function options(facts: CatalogItem['facts']): string {
  const of = (name: string) => text(facts, name);
  return `START WITH ${of('start')} INCREMENT BY ${of('increment')} MINVALUE ${of('min')} MAXVALUE ${of('max')} CACHE ${of('cache')} ${
    flag(facts, 'cycle') ? 'CYCLE' : 'NO CYCLE'
  }`;
}

function renameOwned(now: CatalogItem, before: CatalogItem, temporary?: string): readonly string[] {
  const name = temporary ?? text(before.facts, 'name');
  return text(now.facts, 'name') === name ? [] : [`ALTER SEQUENCE ${now.identity} RENAME TO ${name}`];
}
