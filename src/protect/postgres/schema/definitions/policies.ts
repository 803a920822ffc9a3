import { flag, text, textOrNull, texts } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';

const COMMANDS: Readonly<Record<string, string>> = { r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE', '*': 'ALL' };

/** Row security policies. Whether row security is on belongs to `table settings`. */
export const policyRules: KindRules = {
  kind: 'policy',
  rank: 13,
  otherwise: 'recreate',
  source: () =>
    itemSource({
      kind: `'policy'`,
      address: `'pg_policy/' || p.oid || '/0'`,
      identity: `format('%I ON %I.%I', p.polname, n.nspname, c.relname)`,
      of: `'pg_class/' || c.oid || '/0'`,
      facts: `'name', quote_ident(p.polname), 'table', format('%I.%I', n.nspname, c.relname), 'command', p.polcmd, 'permissive', p.polpermissive,
        'roles', (SELECT jsonb_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END ORDER BY r) FROM unnest(p.polroles) r),
        'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)`,
      from: `pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN_SCHEMA}`,
    }),
  create: ({ facts }) => {
    const using = textOrNull(facts, 'using');
    const check = textOrNull(facts, 'check');
    return [
      [
        `CREATE POLICY ${text(facts, 'name')} ON ${text(facts, 'table')} AS ${flag(facts, 'permissive') ? 'PERMISSIVE' : 'RESTRICTIVE'}`,
        ` FOR ${COMMANDS[text(facts, 'command')] ?? 'ALL'} TO ${texts(facts, 'roles').join(', ')}`,
        using === undefined ? '' : ` USING (${using})`,
        check === undefined ? '' : ` WITH CHECK (${check})`,
      ].join(''),
    ];
  },
  drop: ({ facts }) => [`DROP POLICY IF EXISTS ${text(facts, 'name')} ON ${text(facts, 'table')}`],
  rename: (now, before, temporary) => [
    `ALTER POLICY ${text(now.facts, 'name')} ON ${text(now.facts, 'table')} RENAME TO ${temporary ?? text(before.facts, 'name')}`,
  ],
};
