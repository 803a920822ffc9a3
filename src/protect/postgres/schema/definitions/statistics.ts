import { text } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';
import { renameInSchema } from './rename.js';

/** CREATE STATISTICS. What ANALYZE has gathered is not kept: it comes again. */
export const statisticsRules: KindRules = {
  kind: 'statistics',
  rank: 11,
  otherwise: 'recreate',
  soft: true,
  source: () =>
    itemSource({
      kind: `'statistics'`,
      address: `'pg_statistic_ext/' || s.oid || '/0'`,
      identity: `format('%I.%I', n.nspname, s.stxname)`,
      of: `'pg_class/' || s.stxrelid || '/0'`,
      facts: `'schema', quote_ident(n.nspname), 'name', quote_ident(s.stxname), 'definition', pg_get_statisticsobjdef(s.oid),
        'target', coalesce(s.stxstattarget, -1)::text`,
      from: `pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${OWN_SCHEMA}`,
    }),
  create: ({ identity, facts }) => [
    text(facts, 'definition'),
    ...(text(facts, 'target') === '-1' ? [] : [`ALTER STATISTICS ${identity} SET STATISTICS ${text(facts, 'target')}`]),
  ],
  drop: ({ identity }) => [`DROP STATISTICS IF EXISTS ${identity}`],
  rename: renameInSchema('STATISTICS'),
};
