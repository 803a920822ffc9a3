/** What its attributes, memberships and possessions make of a role. */
import { quoteIdentifier } from '#action/sql-connection';
import { judgeMembership } from './granted-roles.js';
import type { LoginFacts, ReachedRole } from './login-facts.js';
import type { Owned } from './privilege-facts.js';
import type { Lane, RoleFinding } from './report.js';

/** The server reports `default_transaction_read_only` to clients from 14 on (release notes of 14), and the door watches it. */
export const OLDEST_VERSION = 140_000;

export function judgeServer({ serverVersion, trackCounts, replicationRole, role }: LoginFacts): readonly RoleFinding[] {
  const findings: RoleFinding[] = [];
  if (serverVersion < OLDEST_VERSION) {
    findings.push({
      severity: 'refuse',
      what: `the server is PostgreSQL ${Math.floor(serverVersion / 10_000)}`,
      why: 'before 14 the server does not tell its clients when read-only mode is turned off, and gets no security fixes',
      fix: '-- move the database to PostgreSQL 14 or later',
    });
  }
  if (!trackCounts) {
    findings.push({
      severity: 'refuse',
      what: 'the server does not count rows (track_counts is off)',
      why: 'what a statement really changes is measured with these counts; without them it would look like nothing',
      fix: "ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf(); -- or in the provider's settings, and ALTER ROLE ... RESET track_counts",
    });
  }
  if (replicationRole !== 'origin') {
    findings.push({
      severity: 'refuse',
      what: `runs with session_replication_role = ${replicationRole}`,
      why: 'triggers and foreign keys are off then: what cascades and what is checked elsewhere would be lost without a word',
      fix: `ALTER ROLE ${quoteIdentifier(role)} RESET session_replication_role; -- and ALTER DATABASE ... RESET, where it was set for all`,
    });
  }
  return findings;
}

interface AttributeRule {
  readonly has: (role: ReachedRole) => boolean;
  readonly name: string;
  readonly severity: (lane: Lane) => RoleFinding['severity'];
  readonly why: string;
}

const refuse = (): RoleFinding['severity'] => 'refuse';

const ATTRIBUTES: readonly AttributeRule[] = [
  {
    has: (role) => role.superuser,
    name: 'SUPERUSER',
    severity: refuse,
    why: "no check of the server's applies to it: a READ ONLY transaction does not keep it from running programs there",
  },
  {
    has: (role) => role.replication,
    name: 'REPLICATION',
    severity: refuse,
    why: 'it copies the whole server past every rule, and its slots can fill the disk',
  },
  {
    has: (role) => role.bypassRowSecurity,
    name: 'BYPASSRLS',
    severity: refuse,
    why: 'row security, which may be all that keeps tenants apart, does not apply to it',
  },
  {
    has: (role) => role.createRole,
    name: 'CREATEROLE',
    severity: refuse,
    why: 'it makes itself logins that Firebreak does not know, and before PostgreSQL 16 grants itself nearly every role',
  },
  {
    has: (role) => role.createDatabase,
    name: 'CREATEDB',
    severity: () => 'warn',
    why: 'CREATE DATABASE is outside every transaction and can fill the disk',
  },
];

/** Rights that come with the role itself or with one that it can become. */
export function judgeReach({ reach, supabase, role }: LoginFacts, lane: Lane): readonly RoleFinding[] {
  const attributes = ATTRIBUTES.flatMap(({ has, name, severity, why }) =>
    reach.filter(has).map((reached): RoleFinding => {
      const itself = reached.via === undefined;
      return {
        severity: severity(lane),
        what: itself ? `is ${name}` : `can become ${reached.name}, which is ${name}`,
        why,
        fix: itself ? `ALTER ROLE ${quoteIdentifier(reached.name)} NO${name};` : leave(reached, role),
      };
    }),
  );
  const memberships = reach.flatMap((reached): readonly RoleFinding[] => {
    const judged = judgeMembership(reached.name, lane, supabase);
    if (judged === undefined) return [];
    const itself = reached.via === undefined;
    return [
      {
        severity: judged.severity,
        what: itself ? `is ${reached.name}` : `is a member of ${reached.name}${byWay(reached)}`,
        why: judged.why,
        fix: itself ? '-- use a role of its own: `firebreak db provision` makes one' : leave(reached, role),
      },
    ];
  });
  return [...attributes, ...memberships];
}

/** The server keeps an owner from nothing, and lets the owner take back every REVOKE. */
export function judgeOwned(owned: readonly Owned[], { role, reach }: LoginFacts): readonly RoleFinding[] {
  const others = reach.filter(({ via }) => via !== undefined).map(({ name }) => name);
  return owned.map(({ sort, count, examples }) => ({
    // A large object's maker is its owner, and any role may make one.
    severity: sort === 'large object' ? 'warn' : 'refuse',
    what: `owns ${count} ${sort}${count === 1 ? '' : 's'}: ${examples.join(', ')}${count > examples.length ? ' and others' : ''}`,
    why:
      sort === 'large object'
        ? 'it can change and delete what it owns; large objects cannot be brought back'
        : 'an owner can drop and alter it, and grant itself every right on it, whatever was revoked',
    fix:
      others.length === 0
        ? `-- let agents use another role (\`firebreak db provision\` makes one), or: REASSIGN OWNED BY ${quoteIdentifier(role)} TO new_owner;`
        : `-- leave the role that owns it (${others.join(', ')}), or: REASSIGN OWNED BY ... TO new_owner;`,
  }));
}

function leave({ name, via }: ReachedRole, role: string): string {
  return name === 'pg_database_owner'
    ? '-- ALTER DATABASE ... OWNER TO a role that agents do not use'
    : `REVOKE ${quoteIdentifier(via ?? name)} FROM ${quoteIdentifier(role)};`;
}

function byWay({ name, via }: ReachedRole): string {
  return via === undefined || via === name ? '' : ` (through ${via})`;
}
