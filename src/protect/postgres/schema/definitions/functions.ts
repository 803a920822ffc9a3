import { type CatalogItem, text } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { renameInSchema } from './rename.js';

/** Functions, procedures and window functions; aggregates are in no rule, and seen as `other` (pg_aggregate). */
export const functionRules: KindRules = {
  kind: 'function',
  rank: 2,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'function'`,
      address: `'pg_proc/' || p.oid || '/0'`,
      identity: `format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))`,
      facts: `'schema', quote_ident(n.nspname), 'name', quote_ident(p.proname), 'arguments', pg_get_function_identity_arguments(p.oid),
        'definition', pg_get_functiondef(p.oid), 'keyword', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END`,
      from: `pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OWN_SCHEMA} AND p.prokind IN ('f', 'p', 'w')`,
    }),
  create: ({ facts }) => [text(facts, 'definition')],
  drop: ({ identity, facts }) => [`DROP ${text(facts, 'keyword')} IF EXISTS ${identity} CASCADE`],
  rename: (now, before, temporary) => renameInSchema(text(now.facts, 'keyword'), argumentsOf)(now, before, temporary),
  // CREATE OR REPLACE FUNCTION keeps the object, and what depends on it.
  alter: (_now, { facts }) => [text(facts, 'definition')],
};

function argumentsOf({ facts }: CatalogItem): string {
  return `(${text(facts, 'arguments')})`;
}
