/**
 * Versions of the schema, each with a way up and a way down, applied in order at start. Never change one that has been
 * released: add another.
 */
import { DEFAULT_MIGRATION_TABLE, type Kysely, type Migration, Migrator, NO_MIGRATIONS, sql } from 'kysely';
import { StoreError } from './errors.js';

// Migrations must not follow the schema of today, so they see an untyped database (Kysely's own advice).
type AnyDatabase = Parameters<Migration['up']>[0];

export const MIGRATIONS: Readonly<Record<string, Required<Migration>>> = {
  '0001-foundation': {
    async up(db: AnyDatabase) {
      await db.schema
        .createTable('hold')
        .addColumn('number', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('digest', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addColumn('created_at', 'integer', (column) => column.notNull())
        .addColumn('expires_at', 'integer', (column) => column.notNull())
        .addColumn('approvers_needed', 'integer', (column) => column.notNull())
        .addColumn('ended_at', 'integer')
        .addColumn('ended_by', 'text')
        .addColumn('end_reason', 'text')
        .addCheckConstraint(
          'hold_state',
          sql`state in ('waiting', 'approved', 'released', 'rejected', 'expired', 'withdrawn')`,
        )
        .execute();
      await db.schema.createIndex('hold_by_state').on('hold').columns(['state', 'number']).execute();
      await db.schema
        .createTable('approval')
        .addColumn('hold_number', 'integer', (column) => column.notNull().references('hold.number'))
        .addColumn('approver', 'text', (column) => column.notNull())
        .addColumn('factor', 'text', (column) => column.notNull())
        .addColumn('digest', 'text', (column) => column.notNull())
        .addColumn('at', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('approval_once', ['hold_number', 'approver'])
        .execute();
      await db.schema
        .createTable('factor')
        .addColumn('approver', 'text', (column) => column.primaryKey())
        .addColumn('last_counter', 'integer', (column) => column.notNull())
        .addColumn('failures', 'integer', (column) => column.notNull())
        .addColumn('locked_until', 'integer', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('freeze')
        .addColumn('environment', 'text', (column) => column.notNull())
        .addColumn('from_time', 'integer', (column) => column.notNull())
        .addColumn('until_time', 'integer')
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('by', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('lifted_freeze')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .execute();
      await db.schema
        .createTable('placeholder')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('hash', 'blob', (column) => column.notNull().unique())
        .addColumn('scram_stored_key', 'blob', (column) => column.notNull())
        .addColumn('scram_server_key', 'blob', (column) => column.notNull())
        .addColumn('environment', 'text', (column) => column.notNull())
        .addColumn('resource', 'text', (column) => column.notNull())
        .addColumn('session_id', 'text')
        .addColumn('issued_at', 'integer', (column) => column.notNull())
        .addColumn('revoked_at', 'integer')
        .execute();
      await db.schema
        .createTable('session')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('document', 'text', (column) => column.notNull())
        .addColumn('opened_at', 'integer', (column) => column.notNull())
        .addColumn('closed_at', 'integer')
        .execute();
      await db.schema
        .createTable('destroyed')
        .addColumn('environment', 'text', (column) => column.notNull())
        .addColumn('at', 'integer', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('destroyed_by_time').on('destroyed').columns(['environment', 'at']).execute();
    },
    async down(db: AnyDatabase) {
      for (const table of [
        'destroyed',
        'session',
        'placeholder',
        'lifted_freeze',
        'freeze',
        'factor',
        'approval',
        'hold',
      ]) {
        await db.schema.dropTable(table).execute();
      }
    },
  },

  '0002-snapshots': {
    async up(db: AnyDatabase) {
      await db.schema
        .createTable('snapshot')
        .addColumn('number', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('about', 'text', (column) => column.notNull())
        .addColumn('created_at', 'integer', (column) => column.notNull())
        .addColumn('sha256', 'text')
        .addColumn('bytes', 'integer')
        .addColumn('undoable', 'text')
        .addColumn('changed_at', 'integer')
        .addColumn('changed_by', 'text')
        .addCheckConstraint(
          'snapshot_state',
          sql`state in ('draft', 'sealed', 'done', 'unneeded', 'uncertain', 'undone', 'expired')`,
        )
        .addCheckConstraint('snapshot_sealed', sql`(state = 'draft') = (sha256 is null)`)
        .execute();
      await db.schema.createIndex('snapshot_by_state').on('snapshot').columns(['state', 'number']).execute();
    },
    async down(db: AnyDatabase) {
      await db.schema.dropTable('snapshot').execute();
    },
  },
};

/** Names of all versions, oldest first. */
export const VERSIONS: readonly string[] = Object.keys(MIGRATIONS).sort();

/**
 * Brings the schema to a version (by default the newest), up or down; `none` is the empty database.
 *
 * @throws StoreError `STORE_NEWER` when the file was written by a newer Firebreak, `STORE_MIGRATION` when a step failed.
 */
export async function migrate<S>(kysely: Kysely<S>, target = 'newest'): Promise<void> {
  const done = await applied(kysely);
  const unknown = done.filter((name) => !VERSIONS.includes(name));
  // FAIL-CLOSED: a store of a newer version is refused, for this one would read it wrongly.
  if (unknown.length > 0) {
    throw new StoreError('STORE_NEWER', 'this state folder was written by a newer version of Firebreak', {
      hint: 'upgrade Firebreak, or name another folder with --state',
    });
  }
  if (target === 'newest' && done.length === VERSIONS.length) return;
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) } });
  const { error } =
    target === 'newest'
      ? await migrator.migrateToLatest()
      : await migrator.migrateTo(target === 'none' ? NO_MIGRATIONS : target);
  if (error !== undefined) {
    throw new StoreError('STORE_MIGRATION', 'the state folder could not be brought up to date; it is as it was', {
      hint: 'report this with the version of Firebreak that wrote the folder; that version still reads it',
      cause: error,
    });
  }
}

/** The versions that a database has, also those that this Firebreak does not know; Kysely's own list leaves these out. */
async function applied<S>(kysely: Kysely<S>): Promise<readonly string[]> {
  const tables = await kysely.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === DEFAULT_MIGRATION_TABLE)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(kysely);
  return rows.map((row) => row.name);
}
