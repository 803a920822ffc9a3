/**
 * The embedded store: one SQLite file (WAL, synchronous FULL) behind Kysely. What a method has resolved is on disk, also
 * after `kill -9` or a power cut.
 */
import { chmodSync } from 'node:fs';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { messageOf } from '#base/errors';
import { StoreError } from './errors.js';
import { migrate } from './migrations.js';
import type { Schema } from './schema.js';

export interface Database {
  readonly kysely: Kysely<Schema>;
  close(): Promise<void>;
}

/**
 * Opens, or creates, the store and brings its schema up to date. Only the owner may read its files.
 *
 * @throws StoreError `STORE_UNREADABLE` when the file is no database or cannot be opened, and as `migrate`.
 */
export async function openDatabase(path: string): Promise<Database> {
  const sqlite = openFile(path);
  const kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: adapt(sqlite) }) });
  try {
    await migrate(kysely);
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  return {
    kysely,
    close: () => kysely.destroy(),
  };
}

function openFile(path: string): DatabaseSyncInstance {
  let sqlite: DatabaseSyncInstance | undefined;
  try {
    sqlite = new DatabaseSync(path);
    // Before the first write: SQLite gives `-wal` and `-shm` the mode of the database itself.
    chmodSync(path, 0o600);
    sqlite.exec('PRAGMA busy_timeout = 5000');
    sqlite.exec('PRAGMA journal_mode = WAL');
    sqlite.exec('PRAGMA synchronous = FULL');
    sqlite.exec('PRAGMA foreign_keys = ON');
    return sqlite;
  } catch (cause) {
    sqlite?.close();
    throw new StoreError('STORE_UNREADABLE', `the store \`${path}\` cannot be opened: ${messageOf(cause)}`, {
      hint: 'keep the file as it is and put one from a backup in its place, or name another folder with --state',
      cause,
    });
  }
}

/** Kysely's SqliteDialect speaks to better-sqlite3; this driver has the interface of node:sqlite. */
function adapt(sqlite: DatabaseSyncInstance) {
  return {
    close: () => sqlite.close(),
    prepare: (sql: string) => {
      const statement = sqlite.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...parameters),
        run: (parameters: readonly unknown[]) => {
          const { changes, lastInsertRowid } = statement.run(...parameters);
          return { changes, lastInsertRowid };
        },
        iterate: (parameters: readonly unknown[]) => statement.iterate(...parameters) as IterableIterator<unknown>,
      };
    },
  };
}
