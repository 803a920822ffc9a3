/**
 * One daemon to a state folder. The lock is an open SQLite transaction on a file of its own: the operating system drops it
 * when the process dies, however it dies, so no stale lock is ever left.
 */
import { chmodSync } from 'node:fs';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { messageOf } from '#base/errors';
import { StoreError } from './errors.js';

export interface StateLock {
  release(): void;
}

/** SQLite's result code for a lock that another connection has (https://sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

/**
 * @throws StoreError `STATE_LOCKED` when another process holds it, `STORE_UNREADABLE` when the file cannot be opened.
 */
export function lockState(path: string): StateLock {
  let sqlite: DatabaseSyncInstance | undefined;
  try {
    sqlite = new DatabaseSync(path);
    // Not by opening the file: closing any handle on it would drop this process's locks (fcntl(2), "Record locks").
    chmodSync(path, 0o600);
    sqlite.exec('PRAGMA busy_timeout = 0');
    sqlite.exec('BEGIN EXCLUSIVE');
    const held = sqlite;
    return { release: () => held.close() };
  } catch (cause) {
    sqlite?.close();
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) {
      throw new StoreError('STATE_LOCKED', 'another firebreak daemon works on this state folder', {
        hint: '`firebreak status` shows it; stop it first, or name another folder with --state',
        cause,
      });
    }
    throw new StoreError('STORE_UNREADABLE', `the lock \`${path}\` cannot be taken: ${messageOf(cause)}`, {
      hint: 'make the state folder and the files in it your own, and writable',
      cause,
    });
  }
}
