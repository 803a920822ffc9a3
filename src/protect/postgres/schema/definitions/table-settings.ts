import { type CatalogItem, flag, text, textOrNull } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';

const REPLICA: Readonly<Record<string, string>> = { d: 'DEFAULT', n: 'NOTHING', f: 'FULL' };

/** What a table is told when its rows and indexes are there: row security, replica identity, the index it is clustered on. */
export const tableSettingsRules: KindRules = {
  kind: 'table settings',
  rank: 14,
  otherwise: 'leave',
  source: () =>
    itemSource({
      kind: `'table settings'`,
      address: `'pg_class/' || c.oid || '/settings'`,
      identity: `format('%I.%I', n.nspname, c.relname)`,
      of: `'pg_class/' || c.oid || '/0'`,
      facts: `'table', format('%I.%I', n.nspname, c.relname), 'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'replica', c.relreplident,
        'replicaIndex', (SELECT quote_ident(ic.relname) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident),
        'clustered', (SELECT quote_ident(ic.relname) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisclustered)`,
      from: `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN_SCHEMA} AND c.relkind IN ('r', 'p', 'm')`,
    }),
  create: (item) => apply(item, undefined),
  alter: (now, before) => apply(before, now),
};

function apply({ facts }: CatalogItem, now: CatalogItem | undefined): readonly string[] {
  const target = `ALTER TABLE ${text(facts, 'table')}`;
  const was = now?.facts ?? { rowSecurity: false, forced: false, replica: 'd' };
  const replica = text(facts, 'replica');
  const index = textOrNull(facts, 'replicaIndex');
  const clustered = textOrNull(facts, 'clustered');
  const commands: string[] = [];
  if (flag(was, 'rowSecurity') !== flag(facts, 'rowSecurity'))
    commands.push(`${target} ${flag(facts, 'rowSecurity') ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`);
  if (flag(was, 'forced') !== flag(facts, 'forced'))
    commands.push(`${target} ${flag(facts, 'forced') ? 'FORCE' : 'NO FORCE'} ROW LEVEL SECURITY`);
  if (text(was, 'replica') !== replica || textOrNull(was, 'replicaIndex') !== index)
    commands.push(
      `${target} REPLICA IDENTITY ${index === undefined ? (REPLICA[replica] ?? 'NOTHING') : `USING INDEX ${index}`}`,
    );
  if (textOrNull(was, 'clustered') !== clustered)
    commands.push(`${target} ${clustered === undefined ? 'SET WITHOUT CLUSTER' : `CLUSTER ON ${clustered}`}`);
  return commands;
}
