import { type CatalogItem, flag, objects, text } from '../catalog-item.js';
import { itemSource, type KindRules, OWN_SCHEMA } from './kind-rules.js';

interface Subject {
  readonly catalog: string;
  /** SQL for what GRANT calls it, and what ALTER ... OWNER TO calls it. */
  readonly grant: string;
  readonly alter: string;
  readonly name: string;
  readonly acl: string;
  readonly owner: string;
  /** As of acldefault(). */
  readonly sort: string;
  readonly from: string;
}

const SUBJECTS: readonly Subject[] = [
  {
    catalog: 'pg_class',
    grant: `CASE x.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END`,
    alter: `CASE x.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END`,
    name: `format('%I.%I', n.nspname, x.relname)`,
    acl: 'x.relacl',
    owner: 'x.relowner',
    sort: `CASE x.relkind WHEN 'S' THEN 's' ELSE 'r' END`,
    from: `pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace WHERE ${OWN_SCHEMA} AND x.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')`,
  },
  {
    catalog: 'pg_proc',
    grant: `CASE x.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END`,
    alter: `CASE x.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END`,
    name: `format('%I.%I(%s)', n.nspname, x.proname, pg_get_function_identity_arguments(x.oid))`,
    acl: 'x.proacl',
    owner: 'x.proowner',
    sort: `'f'`,
    from: `pg_proc x JOIN pg_namespace n ON n.oid = x.pronamespace WHERE ${OWN_SCHEMA}`,
  },
  {
    catalog: 'pg_type',
    grant: `'TYPE'`,
    alter: `CASE x.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END`,
    name: `format('%I.%I', n.nspname, x.typname)`,
    acl: 'x.typacl',
    owner: 'x.typowner',
    sort: `'T'`,
    from: `pg_type x JOIN pg_namespace n ON n.oid = x.typnamespace LEFT JOIN pg_class c ON c.oid = x.typrelid
      WHERE ${OWN_SCHEMA} AND (x.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')`,
  },
  {
    catalog: 'pg_namespace',
    grant: `'SCHEMA'`,
    alter: `'SCHEMA'`,
    name: `quote_ident(n.nspname)`,
    acl: 'n.nspacl',
    owner: 'n.nspowner',
    sort: `'n'`,
    from: `pg_namespace n CROSS JOIN LATERAL (SELECT n.oid) x WHERE ${OWN_SCHEMA}`,
  },
];

/** Owner and grants. Default grants are written out, since ALTER DEFAULT PRIVILEGES may say otherwise by then. */
export const rightsRules: KindRules = {
  kind: 'rights',
  rank: 20,
  otherwise: 'leave',
  soft: true,
  source: () => [...SUBJECTS.map(ofObject), OF_COLUMNS].join(' UNION ALL '),
  create: ({ facts }) => [
    ...owner(facts),
    ...revokeUsual(facts),
    ...objects(facts, 'grants').map((grant) => grantCommand(facts, grant)),
  ],
  alter: (now, before) => [
    ...owner(before.facts),
    // First what is too much: then what REVOKE takes along (a column's with its table's) is granted again.
    ...objects(now.facts, 'grants').map((grant) => revokeCommand(before.facts, grant)),
    ...objects(before.facts, 'grants').map((grant) => grantCommand(before.facts, grant)),
  ],
  drop: ({ facts }) => objects(facts, 'grants').map((grant) => revokeCommand(facts, grant)),
};

function ofObject(subject: Subject): string {
  return itemSource({
    kind: `'rights'`,
    address: `'${subject.catalog}/' || x.oid || '/rights'`,
    identity: `${subject.grant} || ' ' || ${subject.name}`,
    of: `'${subject.catalog}/' || x.oid || '/0'`,
    facts: `'on', ${subject.grant} || ' ' || ${subject.name}, 'alter', ${subject.alter} || ' ' || ${subject.name},
      'owner', quote_ident(pg_get_userbyid(${subject.owner})),
      'grants', ${grants(`coalesce(${subject.acl}, acldefault((${subject.sort})::"char", ${subject.owner}))`)}`,
    from: subject.from,
  });
}

const OF_COLUMNS = itemSource({
  kind: `'rights'`,
  address: `'pg_class/' || c.oid || '/rights' || a.attnum`,
  identity: `'COLUMN ' || format('%I.%I.%I', n.nspname, c.relname, a.attname)`,
  of: `'pg_class/' || c.oid || '/0'`,
  facts: `'on', 'TABLE ' || format('%I.%I', n.nspname, c.relname), 'column', quote_ident(a.attname), 'grants', ${grants('a.attacl')}`,
  from: `pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${OWN_SCHEMA} AND a.attacl IS NOT NULL AND NOT a.attisdropped`,
});

function grants(acl: string): string {
  return `(SELECT jsonb_agg(jsonb_build_object('to', CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END,
    'by', quote_ident(pg_get_userbyid(e.grantor)), 'privilege', e.privilege_type, 'grantable', e.is_grantable)
    ORDER BY e.grantee, e.privilege_type, e.grantor) FROM aclexplode(${acl}) e)`;
}

type Facts = CatalogItem['facts'];

function owner(facts: Facts): readonly string[] {
  return 'alter' in facts ? [`ALTER ${text(facts, 'alter')} OWNER TO ${text(facts, 'owner')}`] : [];
}

function revokeUsual(facts: Facts): readonly string[] {
  if (!('alter' in facts)) return [];
  return ['PUBLIC', text(facts, 'owner')].map((role) => `REVOKE ALL ON ${text(facts, 'on')} FROM ${role}`);
}

function revokeCommand(facts: Facts, grant: Facts): string {
  return `REVOKE ${privilege(facts, grant)} ON ${text(facts, 'on')} FROM ${text(grant, 'to')} CASCADE`;
}

function grantCommand(facts: Facts, grant: Facts): string {
  const option = flag(grant, 'grantable') && text(grant, 'to') !== 'PUBLIC' ? ' WITH GRANT OPTION' : '';
  return `GRANT ${privilege(facts, grant)} ON ${text(facts, 'on')} TO ${text(grant, 'to')}${option}`;
}

function privilege(facts: Facts, grant: Facts): string {
  return 'column' in facts ? `${text(grant, 'privilege')} (${text(facts, 'column')})` : text(grant, 'privilege');
}
