/**
 * How a SQL action would have to run, as its text tells. INVARIANT: it picks the lane and nothing more. A wrong word here
 * ends as an error of the server or as a hold: what a statement may do is bounded by its lane's privilege, and what it did
 * is counted before it is committed.
 */
export interface SqlCourse {
  /**
   * `read`: it only reads. `write`: it changes rows, or nobody knows what. `owner`: it needs the rights of an owner (DDL,
   * TRUNCATE, GRANT).
   */
  readonly lane: 'read' | 'write' | 'owner';
  /** It reads or changes what one connection knows: settings, prepared statements, cursors, temporary tables, LISTEN. */
  readonly session: boolean;
  /** False: the server refuses it inside a transaction block (VACUUM, CREATE DATABASE, ...CONCURRENTLY). */
  readonly transactional: boolean;
  /** Why it must not be tried out: what it reaches, a rollback does not take back. */
  readonly outside?: string | undefined;
  /** It runs code of which nobody here knows what it does. */
  readonly unknown: boolean;
  /** Tables that it says it changes, as it writes them. */
  readonly tables: readonly string[];
  /** It makes or drops what only this session has: rows of catalogs change. */
  readonly temporary: boolean;
}

/** One command of a text. */
export interface SqlPiece {
  /** In UTF-16 units of the text. */
  readonly start: number;
  readonly end: number;
  /** Characters (code points) before `start`, as the server counts positions. */
  readonly offset: number;
  readonly control: TransactionControl | undefined;
}

/**
 * `begin`: a transaction block. `modes`: SET TRANSACTION, which must come before anything else. `savepoint`: also RELEASE and
 * ROLLBACK TO. `two-phase`: PREPARE TRANSACTION and its kin. `alone`: DISCARD, which needs a message and a moment of its own.
 * `commit-chain`, `rollback-chain`: AND CHAIN, which ends one block and begins the next in one step.
 */
export type TransactionControl =
  | 'begin'
  | 'modes'
  | 'savepoint'
  | 'commit'
  | 'commit-chain'
  | 'rollback'
  | 'rollback-chain'
  | 'two-phase'
  | 'alone';

/** The commands of a text; undefined when it cannot be read. */
export type SplitSql = (text: string) => readonly SqlPiece[] | undefined;
