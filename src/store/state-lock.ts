/**
 * One daemon to a state folder. The lock is an open SQLite transaction on a file of its own: the operating system drops it
 * when the process dies, however it dies, so no stale lock is ever left.
 */
import { DatabaseSync } from '@photostructure/sqlite';
import { StoreError } from './errors.js';

export interface StateLock {
  release(): void;
}

/** @throws StoreError `STATE_LOCKED` when another process holds it. */
export function lockState(path: string): StateLock {
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec('PRAGMA busy_timeout = 0');
    sqlite.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    sqlite.close();
    throw new StoreError('STATE_LOCKED', 'another firebreak daemon works on this state folder', {
      hint: '`firebreak status` shows it; stop it first, or name another folder with --state',
      cause,
    });
  }
  return { release: () => sqlite.close() };
}
