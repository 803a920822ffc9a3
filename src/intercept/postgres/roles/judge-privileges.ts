/** What a lane may not be able to do with things that it does not own, and why. */
import { quoteIdentifier } from '#action/sql-connection';
import type { Privilege, PrivilegeScope } from './privilege-facts.js';
import type { Lane, RoleFinding } from './report.js';

interface Rule {
  readonly scopes: readonly PrivilegeScope[];
  readonly privileges: readonly string[];
  readonly read: RoleFinding['severity'] | undefined;
  readonly write: RoleFinding['severity'] | undefined;
  readonly owner?: RoleFinding['severity'];
  readonly why: string;
}

const RULES: readonly Rule[] = [
  {
    scopes: ['table', 'column'],
    privileges: ['INSERT', 'UPDATE', 'DELETE'],
    read: 'refuse',
    write: undefined,
    why: 'a role for reading that can write turns every mistake about what a statement does into lost rows',
  },
  {
    scopes: ['table'],
    privileges: ['TRUNCATE'],
    read: 'refuse',
    write: 'refuse',
    why: 'TRUNCATE empties tables without row triggers and without being counted; it belongs to the owner lane',
  },
  {
    scopes: ['table'],
    privileges: ['TRIGGER'],
    read: 'refuse',
    write: 'refuse',
    why: "a trigger runs with the rights of whoever writes to the table next, the owner's and the administrator's too",
  },
  {
    scopes: ['table'],
    privileges: ['MAINTAIN'],
    read: 'refuse',
    write: 'refuse',
    why: 'CLUSTER, REINDEX and VACUUM FULL lock a table against every other use for as long as they take',
  },
  {
    scopes: ['table', 'column'],
    privileges: ['REFERENCES'],
    read: 'warn',
    write: 'warn',
    why: "a foreign key from a table of its own would forbid others' deletions; it cannot make that table here, so this is needless and not dangerous",
  },
  {
    scopes: ['sequence'],
    privileges: ['UPDATE'],
    read: 'refuse',
    write: 'refuse',
    why: 'setval is not undone by a ROLLBACK: trying a statement out would change it for good, and keys would be given twice',
  },
  {
    scopes: ['schema'],
    privileges: ['CREATE'],
    read: 'refuse',
    write: 'refuse',
    why: "a function or table made there can stand in for another of the same name in anybody's statements (CVE-2018-1058), and its maker owns it",
  },
  {
    scopes: ['database'],
    privileges: ['CREATE'],
    read: 'refuse',
    write: 'refuse',
    why: 'it makes schemas, and whatever it likes in them as their owner',
  },
  {
    scopes: ['database'],
    privileges: ['TEMPORARY'],
    read: 'warn',
    write: undefined,
    why: 'reading needs no temporary tables; a READ ONLY transaction refuses to make them all the same',
  },
  {
    scopes: ['parameter'],
    privileges: ['ALTER SYSTEM'],
    read: 'refuse',
    write: 'refuse',
    owner: 'refuse',
    why: 'ALTER SYSTEM changes the server for everybody, outside every transaction',
  },
  {
    scopes: ['parameter'],
    privileges: ['SET'],
    read: 'refuse',
    write: 'refuse',
    why: 'such a setting is for superusers for a reason: session_replication_role turns triggers and foreign keys off, track_counts the counting of rows',
  },
  {
    scopes: ['function'],
    privileges: ['EXECUTE'],
    read: 'refuse',
    write: 'refuse',
    owner: 'refuse',
    why: "it reads or writes the server's files, or steers the server, outside every transaction",
  },
];

/** The privileges that a lane's rules look at. */
export function privilegesOf(lane: Lane): readonly string[] {
  return [...new Set(RULES.flatMap((rule) => (rule[lane] === undefined ? [] : rule.privileges)))];
}

/** One finding for each sort of privilege that the lane must not have. */
export function judgePrivileges(privileges: readonly Privilege[], lane: Lane): readonly RoleFinding[] {
  return RULES.flatMap((rule) => {
    const severity = rule[lane];
    if (severity === undefined) return [];
    return rule.privileges.flatMap((privilege) => {
      const had = privileges.filter((one) => one.privilege === privilege && rule.scopes.includes(one.scope));
      if (had.length === 0) return [];
      return [{ severity, what: whatOf(privilege, had), why: rule.why, fix: had.map(revoke).join('\n') }];
    });
  });
}

/** Rights that the role could give to others. */
export function judgeGrantOptions(privileges: readonly Privilege[], lane: Lane): readonly RoleFinding[] {
  const had = privileges.filter(({ mayPassOn }) => mayPassOn);
  if (lane === 'owner' || had.length === 0) return [];
  return [
    {
      severity: 'warn',
      what: `may pass on ${nounOf(had)}: ${examplesOf(had)}`,
      why: 'what it grants to others stays when it loses its own rights, unless that is revoked with CASCADE',
      fix: had.map((one) => revoke(one).replace(/^REVOKE /, 'REVOKE GRANT OPTION FOR ')).join('\n'),
    },
  ];
}

function whatOf(privilege: string, had: readonly Privilege[]): string {
  const through = had.every(({ grantee }) => grantee === undefined) ? ', as everybody may (PUBLIC)' : '';
  return `has ${privilege} on ${nounOf(had)}: ${examplesOf(had)}${through}`;
}

function nounOf(had: readonly Privilege[]): string {
  const count = had.reduce((sum, one) => sum + one.count, 0);
  const [first] = had;
  return `${count} ${first?.scope ?? 'thing'}${count === 1 ? '' : 's'}`;
}

function examplesOf(had: readonly Privilege[]): string {
  const shown = had.flatMap(({ examples }) => examples).slice(0, 3);
  const count = had.reduce((sum, one) => sum + one.count, 0);
  return shown.join(', ') + (count > shown.length ? ' and others' : '');
}

function revoke({ scope, container, privilege, grantee, examples }: Privilege): string {
  const from = grantee === undefined ? 'PUBLIC' : quoteIdentifier(grantee);
  const name = quoteIdentifier(container);
  switch (scope) {
    case 'table':
      return `REVOKE ${privilege} ON ALL TABLES IN SCHEMA ${name} FROM ${from};`;
    case 'sequence':
      return `REVOKE ${privilege} ON ALL SEQUENCES IN SCHEMA ${name} FROM ${from};`;
    case 'column':
      // A REVOKE on the table takes the right on each of its columns as well (documentation, "REVOKE").
      return `REVOKE ${privilege} ON ALL TABLES IN SCHEMA ${name} FROM ${from};`;
    case 'schema':
      return `REVOKE ${privilege} ON SCHEMA ${name} FROM ${from};`;
    case 'database':
      return `REVOKE ${privilege} ON DATABASE ${name} FROM ${from};`;
    case 'parameter':
      return `REVOKE ${privilege} ON PARAMETER ${name} FROM ${from};`;
    case 'function':
      return examples.map((one) => `REVOKE ${privilege} ON ROUTINE ${one} FROM ${from};`).join('\n');
  }
}
