/**
 * Roles whose members can do more than any lane needs: PostgreSQL's predefined ones (documentation, "Predefined Roles") and
 * those that stand in for a superuser at providers of managed databases.
 */
import type { Lane, RoleFinding } from './report.js';

interface GrantedRole {
  readonly lanes: Readonly<Record<Lane, RoleFinding['severity'] | undefined>>;
  readonly why: string;
}

const refusedTo = (why: string): GrantedRole => ({ lanes: { read: 'refuse', write: 'refuse', owner: 'refuse' }, why });
const warned = (why: string): GrantedRole => ({ lanes: { read: 'warn', write: 'warn', owner: 'warn' }, why });

const SUPERUSER_IN_ALL_BUT_NAME = refusedTo(
  "it is the provider's stand-in for a superuser: it creates roles and extensions and reaches what other roles own",
);

const GRANTED_ROLES: ReadonlyMap<string, GrantedRole> = new Map<string, GrantedRole>([
  [
    'pg_execute_server_program',
    refusedTo('COPY ... PROGRAM runs commands on the database server, also in a READ ONLY transaction'),
  ],
  ['pg_write_server_files', refusedTo("COPY ... TO writes the server's files, also in a READ ONLY transaction")],
  ['pg_read_server_files', refusedTo("COPY ... FROM reads the server's files: passwords, keys, every other database")],
  [
    'pg_write_all_data',
    {
      lanes: { read: 'refuse', write: 'refuse', owner: 'warn' },
      why: 'it writes every table and sets every sequence of every schema, now and in future; setval survives a ROLLBACK',
    },
  ],
  ['pg_signal_backend', refusedTo("it cancels and ends other roles' sessions, and no transaction takes that back")],
  ['pg_signal_autovacuum_worker', refusedTo('it ends the vacuuming that keeps the database from standing still')],
  ['pg_checkpoint', refusedTo('CHECKPOINT is outside every transaction, and slows the whole server down')],
  [
    'pg_maintain',
    {
      lanes: { read: 'refuse', write: 'refuse', owner: undefined },
      why: 'it locks every table against all use (CLUSTER, REINDEX, VACUUM FULL, REFRESH, LOCK TABLE)',
    },
  ],
  ['pg_create_subscription', refusedTo('a subscription connects to other servers and writes what they send')],
  ['pg_use_reserved_connections', warned('it takes the connections that are kept for administrators')],
  ['pg_monitor', warned("it sees other sessions' statements, with what is written in them")],
  ['pg_read_all_stats', warned("it sees other sessions' statements, with what is written in them")],
  ['rds_superuser', SUPERUSER_IN_ALL_BUT_NAME],
  ['rdsadmin', SUPERUSER_IN_ALL_BUT_NAME],
  ['cloudsqlsuperuser', SUPERUSER_IN_ALL_BUT_NAME],
  ['alloydbsuperuser', SUPERUSER_IN_ALL_BUT_NAME],
  ['azure_pg_admin', SUPERUSER_IN_ALL_BUT_NAME],
  ['azuresu', SUPERUSER_IN_ALL_BUT_NAME],
  ['neon_superuser', SUPERUSER_IN_ALL_BUT_NAME],
  ['databricks_superuser', SUPERUSER_IN_ALL_BUT_NAME],
  ['supabase_admin', SUPERUSER_IN_ALL_BUT_NAME],
  ['rds_replication', refusedTo('it reads every change of the whole server, and its slots can fill the disk')],
  ['rds_iam', warned('it logs in with a token of AWS instead of the password that Firebreak keeps')],
]);

/**
 * What membership in a role means for a lane; undefined when nothing speaks against it.
 *
 * @param supabase true when the server is one of Supabase's, where the role `postgres` is the administrator.
 */
export function judgeMembership(
  role: string,
  lane: Lane,
  supabase: boolean,
): { readonly severity: RoleFinding['severity']; readonly why: string } | undefined {
  const known = supabase && role === 'postgres' ? SUPERUSER_IN_ALL_BUT_NAME : GRANTED_ROLES.get(role);
  const severity = known?.lanes[lane];
  return known === undefined || severity === undefined ? undefined : { severity, why: known.why };
}

/** Roles that no owner's login may be a member of. */
export function namesOfMightyRoles(): readonly string[] {
  return [...GRANTED_ROLES].filter(([, { lanes }]) => lanes.owner === 'refuse').map(([name]) => name);
}
