import { type CatalogItem, flag, literal, objects, text, textOrNull, texts } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { renameInSchema } from './rename.js';

/** Enums, domains and composite types. Ranges, base types and shells are in no rule: `other` sees them. */
export const typeRules: KindRules = {
  kind: 'type',
  rank: 1,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'type'`,
      address: `'pg_type/' || t.oid || '/0'`,
      identity: `format('%I.%I', n.nspname, t.typname)`,
      facts: `'schema', quote_ident(n.nspname), 'name', quote_ident(t.typname), 'sort', t.typtype,
        'labels', (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
        'base', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
        'collation', CASE WHEN t.typtype = 'd' THEN ${collation('t.typcollation', 't.typbasetype')} END,
        'notNull', t.typnotnull, 'default', pg_get_expr(t.typdefaultbin, 0),
        'attributes', (SELECT jsonb_agg(jsonb_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
          'collation', ${collation('a.attcollation', 'a.atttypid')}) ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)`,
      from: `pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE ${OWN_SCHEMA} AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')`,
    }),
  create: (item) => [createType(item)],
  drop: (item) => [`DROP ${keyword(item)} IF EXISTS ${item.identity} CASCADE`],
  rename: (now, before, temporary) => renameInSchema(keyword(now))(now, before, temporary),
  alter: alterType,
};

/** A collation's name, when it is not the one that the type has anyway. */
export function collation(column: string, type: string): string {
  return `(SELECT format('%I.%I', cn.nspname, co.collname) FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
    WHERE co.oid = ${column} AND co.oid <> (SELECT bt.typcollation FROM pg_type bt WHERE bt.oid = ${type}))`;
}

export function collate(name: string | undefined): string {
  return name === undefined ? '' : ` COLLATE ${name}`;
}

function keyword(item: CatalogItem): 'DOMAIN' | 'TYPE' {
  return text(item.facts, 'sort') === 'd' ? 'DOMAIN' : 'TYPE';
}

function createType({ identity, facts }: CatalogItem): string {
  switch (text(facts, 'sort')) {
    case 'e':
      return `CREATE TYPE ${identity} AS ENUM (${texts(facts, 'labels').map(literal).join(', ')})`;
    case 'd': {
      const byDefault = textOrNull(facts, 'default');
      return `CREATE DOMAIN ${identity} AS ${text(facts, 'base')}${collate(textOrNull(facts, 'collation'))}${
        byDefault === undefined ? '' : ` DEFAULT ${byDefault}`
      }${flag(facts, 'notNull') ? ' NOT NULL' : ''}`;
    }
    default:
      return `CREATE TYPE ${identity} AS (${objects(facts, 'attributes').map(attribute).join(', ')})`;
  }
}

function attribute(facts: CatalogItem['facts']): string {
  return `${text(facts, 'name')} ${text(facts, 'type')}${collate(textOrNull(facts, 'collation'))}`;
}

/**
 * Enum labels that were renamed, a domain's default and NOT NULL. A label that was added stays: PostgreSQL cannot drop one,
 * and making the type anew would take every column of it.
 */
function alterType(now: CatalogItem, before: CatalogItem): readonly string[] | undefined {
  const target = before.identity;
  switch (text(before.facts, 'sort')) {
    case 'e': {
      const wanted = texts(before.facts, 'labels');
      const labels = texts(now.facts, 'labels');
      if (labels.length !== wanted.length) return [];
      return wanted.flatMap((label, at) => {
        const present = labels[at] ?? label;
        return present === label ? [] : [`ALTER TYPE ${target} RENAME VALUE ${literal(present)} TO ${literal(label)}`];
      });
    }
    case 'd': {
      const byDefault = textOrNull(before.facts, 'default');
      return [
        `ALTER DOMAIN ${target} ${byDefault === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${byDefault}`}`,
        `ALTER DOMAIN ${target} ${flag(before.facts, 'notNull') ? 'SET' : 'DROP'} NOT NULL`,
      ];
    }
    default:
      return undefined;
  }
}
