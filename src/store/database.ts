/**
 * The embedded store: one SQLite file (WAL, synchronous FULL) behind Kysely. What a method has resolved is on disk, also
 * after `kill -9` or a power cut.
 */
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { migrate } from './migrations.js';
import type { Schema } from './schema.js';

export interface Database {
  readonly kysely: Kysely<Schema>;
  /** A number that changes when another process has changed the file (SQLite, PRAGMA data_version). */
  dataVersion(): number;
  close(): Promise<void>;
}

/** Opens, or creates, the store and brings its schema up to date. */
export async function openDatabase(path: string): Promise<Database> {
  const sqlite = new DatabaseSync(path);
  sqlite.exec('PRAGMA busy_timeout = 5000');
  sqlite.exec('PRAGMA journal_mode = WAL');
  sqlite.exec('PRAGMA synchronous = FULL');
  sqlite.exec('PRAGMA foreign_keys = ON');
  const kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: adapt(sqlite) }) });
  try {
    await migrate(kysely);
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  const version = sqlite.prepare('PRAGMA data_version');
  return {
    kysely,
    dataVersion: () => Number(version.get()?.['data_version']),
    close: () => kysely.destroy(),
  };
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
