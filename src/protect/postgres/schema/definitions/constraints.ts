import { type CatalogItem, flag, text, textOrNull, texts } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { option } from './tables.js';

/** Constraints of tables and domains. A constraint trigger is a trigger; a domain's NOT NULL belongs to the domain. */
export const constraintRules: KindRules = {
  kind: 'constraint',
  rank: 7,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'constraint'`,
      address: `'pg_constraint/' || k.oid || '/0'`,
      identity: `format('%I ON %s', k.conname, ${ON})`,
      of: `CASE WHEN k.conrelid <> 0 THEN 'pg_class/' || k.conrelid ELSE 'pg_type/' || k.contypid END || '/0'`,
      // Made with the parent's: a partition's copy of a foreign key, what a child inherits. A partition is made as a table
      // for itself and attached, so its CHECK and NOT NULL are made for it.
      derived: `(k.contype = 'f' AND k.conparentid <> 0) OR (k.contype IN ('c', 'n') AND NOT k.conislocal AND NOT coalesce(c.relispartition, false))`,
      facts: `'name', quote_ident(k.conname), 'on', ${ON}, 'sort', k.contype, 'domain', k.conrelid = 0,
        'definition', pg_get_constraintdef(k.oid), 'noInherit', k.connoinherit AND k.contype IN ('c', 'n'), 'valid', k.convalidated, 'local', k.conislocal,
        'partitioned', coalesce(c.relkind = 'p', false), 'cascades', k.contype = 'f' AND (k.confdeltype IN ('c', 'n', 'd')),
        'columns', (SELECT jsonb_agg(quote_ident(a.attname) ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)),
        'index', CASE WHEN k.contype IN ('p', 'u', 'x') THEN format('%I.%I', n.nspname, ic.relname) END, 'indexOptions', to_jsonb(ic.reloptions),
        'indexDefinition', CASE WHEN k.contype IN ('p', 'u', 'x') THEN pg_get_indexdef(k.conindid) END,
        'deferrable', k.condeferrable, 'comesFromPartition', k.conparentid <> 0`,
      from: `pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace LEFT JOIN pg_class c ON c.oid = k.conrelid
        LEFT JOIN pg_type t ON t.oid = k.contypid LEFT JOIN pg_namespace tn ON tn.oid = t.typnamespace
        LEFT JOIN pg_namespace cn ON cn.oid = c.relnamespace
        LEFT JOIN pg_class ic ON ic.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
        WHERE ${OWN_SCHEMA} AND k.contype IN ('c', 'f', 'p', 'u', 'x', 'n') AND NOT (k.contype = 'n' AND k.conrelid = 0)
          AND (c.relkind IS NULL OR c.relkind IN ('r', 'p'))`,
    }),
  create: (item) => createConstraint(item),
  inline: isNamedNotNull,
  drop: ({ facts }) => [
    flag(facts, 'domain')
      ? `ALTER DOMAIN ${text(facts, 'on')} DROP CONSTRAINT IF EXISTS ${text(facts, 'name')}`
      : `ALTER TABLE ${text(facts, 'on')} DROP CONSTRAINT IF EXISTS ${text(facts, 'name')} CASCADE`,
  ],
  // Whether it is the table's own or a parent's changes as the table is attached, and not by itself.
  alter: (now, before) => (withoutOrigin(now) === withoutOrigin(before) ? [] : undefined),
  rename: ({ facts }, before, temporary) => [
    `ALTER ${flag(facts, 'domain') ? 'DOMAIN' : 'TABLE'} ${text(facts, 'on')} RENAME CONSTRAINT ${text(facts, 'name')} TO ${
      temporary ?? text(before.facts, 'name')
    }`,
  ],
};

const ON = `CASE WHEN k.conrelid <> 0 THEN format('%I.%I', cn.nspname, c.relname) ELSE format('%I.%I', tn.nspname, t.typname) END`;

/** NOT NULL as a constraint with a name, from PostgreSQL 18; CREATE TABLE writes it with its column. */
export function isNamedNotNull({ kind, facts }: CatalogItem): boolean {
  return kind === 'constraint' && text(facts, 'sort') === 'n' && flag(facts, 'valid');
}

function createConstraint({ facts }: CatalogItem): readonly string[] {
  const [name, on] = [text(facts, 'name'), text(facts, 'on')];
  const target = flag(facts, 'domain') ? `ALTER DOMAIN ${on}` : `ALTER TABLE ${on}`;
  const index = textOrNull(facts, 'index');
  const options = texts(facts, 'indexOptions');
  return [
    `${target} ADD CONSTRAINT ${name} ${text(facts, 'definition')}`,
    ...(index === undefined || options.length === 0
      ? []
      : [`ALTER INDEX ${index} SET (${options.map(option).join(', ')})`]),
  ];
}

/**
 * The same foreign key without a look at the rows, for the rehearsal: its tables are there, but not filled. Undefined where
 * PostgreSQL has no such thing (before 18, a foreign key of a partitioned table).
 */
export function withoutValidation({ facts }: CatalogItem): string | undefined {
  if (text(facts, 'sort') !== 'f' || flag(facts, 'partitioned')) return undefined;
  const definition = text(facts, 'definition');
  const notValid = definition.endsWith(' NOT VALID') ? definition : `${definition} NOT VALID`;
  return `ALTER TABLE ${text(facts, 'on')} ADD CONSTRAINT ${text(facts, 'name')} ${notValid}`;
}

function withoutOrigin({ facts }: CatalogItem): string {
  return JSON.stringify({ ...facts, local: null, comesFromPartition: null });
}
