import { type CatalogItem, text } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';

/** How pg_trigger.tgenabled and pg_rewrite.ev_enabled are written (documentation, ALTER TABLE). */
const ENABLED: Readonly<Record<string, string>> = {
  O: 'ENABLE',
  D: 'DISABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
};

export const triggerRules: KindRules = {
  kind: 'trigger',
  rank: 13,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'trigger'`,
      address: `'pg_trigger/' || t.oid || '/0'`,
      identity: `format('%I ON %I.%I', t.tgname, n.nspname, c.relname)`,
      of: `'pg_class/' || c.oid || '/0'`,
      derived: 't.tgparentid <> 0',
      facts: `'name', quote_ident(t.tgname), 'table', format('%I.%I', n.nspname, c.relname), 'definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled`,
      from: `pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN_SCHEMA} AND NOT t.tgisinternal`,
    }),
  create: (item) => [text(item.facts, 'definition'), ...enable(item, 'TRIGGER', 'O')],
  drop: ({ facts }) => [`DROP TRIGGER IF EXISTS ${text(facts, 'name')} ON ${text(facts, 'table')} CASCADE`],
  rename: (now, before, temporary) => [
    `ALTER TRIGGER ${text(now.facts, 'name')} ON ${text(now.facts, 'table')} RENAME TO ${temporary ?? text(before.facts, 'name')}`,
  ],
  alter: (now, before) =>
    text(now.facts, 'definition') === text(before.facts, 'definition') ? enable(before, 'TRIGGER', '') : undefined,
};

/** Rules of tables and views, but for the one that makes a view a view. */
export const ruleRules: KindRules = {
  kind: 'rule',
  rank: 13,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'rule'`,
      address: `'pg_rewrite/' || r.oid || '/0'`,
      identity: `format('%I ON %I.%I', r.rulename, n.nspname, c.relname)`,
      of: `'pg_class/' || c.oid || '/0'`,
      facts: `'name', quote_ident(r.rulename), 'table', format('%I.%I', n.nspname, c.relname), 'definition', pg_get_ruledef(r.oid), 'enabled', r.ev_enabled`,
      from: `pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN_SCHEMA} AND r.rulename <> '_RETURN'`,
    }),
  create: (item) => [text(item.facts, 'definition'), ...enable(item, 'RULE', 'O')],
  drop: ({ facts }) => [`DROP RULE IF EXISTS ${text(facts, 'name')} ON ${text(facts, 'table')} CASCADE`],
  rename: (now, before, temporary) => [
    `ALTER RULE ${text(now.facts, 'name')} ON ${text(now.facts, 'table')} RENAME TO ${temporary ?? text(before.facts, 'name')}`,
  ],
  alter: (now, before) =>
    text(now.facts, 'definition') === text(before.facts, 'definition') ? enable(before, 'RULE', '') : undefined,
};

function enable({ facts }: CatalogItem, what: 'TRIGGER' | 'RULE', usual: string): readonly string[] {
  const state = text(facts, 'enabled');
  const written = ENABLED[state];
  return state === usual || written === undefined
    ? []
    : [`ALTER TABLE ${text(facts, 'table')} ${written} ${what} ${text(facts, 'name')}`];
}
