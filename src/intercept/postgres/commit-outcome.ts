/**
 * What became of a transaction whose connection was lost. Before its COMMIT is sent it is certain that nothing lasts; once it is
 * sent, the server knows by the transaction's id (documentation, "Transaction ID and Snapshot Information Functions").
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type SqlConnection, SqlError } from '#action/sql-connection';
import { messageOf } from '#base/errors';
import { PostgresDoorError, UpstreamGone } from './errors.js';
import type { OwnConnection } from './own-connection.js';
import { SqlState } from './sqlstates.js';

/** Names a transaction for whoever asks later. */
interface CommitMark {
  /** 64 bits, in decimal. */
  readonly xid: string;
  /** Changes when the server starts anew, also after a crash of one of its processes. */
  readonly server: string;
}

/** The connection was lost before COMMIT was sent: the server takes everything back. */
export class NothingLasts extends PostgresDoorError {
  constructor(cause: unknown) {
    const lost = messageOf(cause);
    super('UPSTREAM_LOST', SqlState.connectionFailure, `rolled back before it was committed: ${lost}`, {
      hint: 'nothing of it lasts: connect again and send it again if it is still wanted',
      cause,
    });
  }
}

/** COMMIT was sent, and its answer did not come. */
export class CommitUnknown extends PostgresDoorError {
  readonly mark: CommitMark;

  constructor(mark: CommitMark, cause: unknown) {
    super('UPSTREAM_LOST', SqlState.connectionFailure, `${messageOf(cause)}; ${howToFindOut(mark)}`, { cause });
    this.mark = mark;
  }
}

/** For the record and for people. */
function howToFindOut({ xid }: CommitMark): string {
  return (
    `COMMIT was sent and not answered: \`SELECT pg_xact_status('${xid}')\` on this server says \`committed\` or \`aborted\`, ` +
    'unless the server was restarted since; then look at the data as well'
  );
}

/**
 * After a crash the server may give the id of a transaction that never got to its disk to another one, so an id says nothing
 * without the life of the server that gave it: statistics are reset when it recovers, the postmaster's start when it is new.
 * In microseconds, which no setting of the session changes.
 */
const SERVER = `SELECT pg_catalog.concat(${microseconds('pg_catalog.pg_postmaster_start_time()')}, ' ',
  ${microseconds('(SELECT stats_reset FROM pg_catalog.pg_stat_bgwriter)')})`;

function microseconds(time: string): string {
  return `(pg_catalog.date_part('epoch'::pg_catalog.text, ${time}) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8`;
}

/**
 * Sends a COMMIT, by `send`, so that it can be found out what became of it.
 *
 * @throws NothingLasts, CommitUnknown when the connection is lost
 */
export async function committing<T>(
  transaction: { readonly link: { readonly status: string }; readonly own: SqlConnection; readonly settled: boolean },
  send: () => Promise<T>,
): Promise<T> {
  const { link, own, settled } = transaction;
  const mark = await beforeCommit(async () => (link.status === 'T' ? markOf(own, settled) : undefined));
  try {
    return await send();
  } catch (thrown) {
    if (!(thrown instanceof UpstreamGone)) throw thrown;
    // One that was given no id has changed nothing.
    throw mark === undefined ? new NothingLasts(thrown) : new CommitUnknown(mark, thrown);
  }
}

/** For what runs in a transaction that only this door commits. @throws NothingLasts when the connection is lost */
export async function beforeCommit<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw thrown instanceof UpstreamGone ? new NothingLasts(thrown) : thrown;
  }
}

/**
 * @param settled all that it changes was counted. INVARIANT: what COMMIT itself runs (the query of a cursor WITH HOLD,
 * PreCommit_Portals in portalmem.c) can then change nothing: read-only is a mode that a transaction can always take on.
 */
async function markOf(connection: SqlConnection, settled: boolean): Promise<CommitMark | undefined> {
  const seal = settled ? ", pg_catalog.set_config('transaction_read_only', 'on', true)" : '';
  const { rows } = await connection.query(
    `SELECT pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text, (${SERVER})${seal}`,
  );
  const [xid, server] = rows[0] ?? [];
  return typeof xid === 'string' && typeof server === 'string' ? { xid, server } : undefined;
}

const AGAIN_MS = 200;

/**
 * Asks the server, on a new connection, until it says or the time is up.
 *
 * @param open makes the connection; may reject as long as the server cannot be reached.
 * @param within milliseconds.
 * @returns undefined: it cannot be told for certain.
 */
export async function findOut(
  mark: CommitMark,
  open: () => Promise<OwnConnection>,
  within: number,
): Promise<'committed' | 'aborted' | undefined> {
  const deadline = Date.now() + within;
  for (;;) {
    let connection: OwnConnection | undefined;
    try {
      connection = await open();
      const became = await ask(connection, mark);
      if (became !== 'in progress') return became;
    } catch (thrown) {
      // The server is there and does not know: only a person can tell.
      if (thrown instanceof SqlError) return undefined;
    } finally {
      await connection?.close();
    }
    if (Date.now() + AGAIN_MS > deadline) return undefined;
    await sleep(AGAIN_MS);
  }
}

async function ask(
  connection: SqlConnection,
  { xid, server }: CommitMark,
): Promise<'committed' | 'aborted' | 'in progress' | undefined> {
  const { rows } = await connection.query(
    `SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8), (${SERVER})`,
    [xid],
  );
  const [status, now] = rows[0] ?? [];
  switch (status) {
    case 'aborted':
      return 'aborted';
    case 'committed':
      // FAIL-CLOSED: after a restart the id may be another transaction's.
      return now === server ? 'committed' : undefined;
    case 'in progress':
      // The server has not noticed yet that nobody is there: its COMMIT never came, or is being done.
      await connection
        .query(
          `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
            WHERE backend_xid OPERATOR(pg_catalog.=) $1::pg_catalog.text::pg_catalog.xid8::pg_catalog.xid
              AND state OPERATOR(pg_catalog.~~) 'idle in transaction%'`,
          [xid],
        )
        .catch(() => undefined); // Another role's connection may not be ended; it ends when the server notices.
      return 'in progress';
    default:
      return undefined;
  }
}
