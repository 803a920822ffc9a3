import type { SqlCourse } from '#action/course';
import type { Execution, ExecutionTerms, Trial } from '#action/submission';
import { assertNever } from '#base/assert-never';
import { errorResponse } from '#wire/postgres/build';
import type { AgentConnection } from './agent-connection.js';
import { type Answered, plainError, rolledBack, summaryOf } from './answered.js';
import type { Captured } from './captured.js';
import { PostgresDoorError } from './errors.js';
import { takeSamples } from './measure.js';
import { ownQueries } from './own-connection.js';
import { runsCode, temporaryAmong } from './reach.js';
import { type Rerun, Unsettled } from './rerun.js';
import { countRows } from './row-counts.js';
import { SqlState } from './sqlstates.js';
import type { UpstreamLink } from './upstream-link.js';
import type { WriteTransaction } from './write-transaction.js';

export class Trying {
  readonly #connection: AgentConnection;

  constructor(connection: AgentConnection) {
    this.#connection = connection;
  }

  /** Why it must not even be tried out: code that it runs could reach what no rollback takes back. */
  async reached(course: SqlCourse): Promise<string | undefined> {
    const { outside, link, resource } = this.#connection.parts;
    if (resource.guarded !== true || course.lane === 'owner') return undefined;
    const names = await outside();
    if (names.length === 0) return undefined;
    if (!course.unknown && !(await runsCode(ownQueries(link), course.tables))) return undefined;
    return `it runs code that could reach outside of the database by ${names.join(', ')}`;
  }

  /** FAIL-CLOSED: what reaches outside is not run inside a block: running it at once would be for good. */
  async reachedInside(open: WriteTransaction, course: SqlCourse | undefined): Promise<PostgresDoorError | undefined> {
    if (course === undefined || course.lane === 'read' || open.link.status !== 'T') return undefined;
    const reached = await this.reached(course);
    if (reached === undefined) return undefined;
    return new PostgresDoorError('STATEMENT_REFUSED', SqlState.featureNotSupported, `not in a block: ${reached}`, {
      hint: 'send it as a statement of its own, outside a transaction block: it then waits for a person',
    });
  }

  /**
   * The owner's connection does not see the session's temporary tables: behind the same name there may be another one.
   *
   * FAIL-CLOSED: what names a temporary table of the session is refused, unless it names it as one.
   */
  async ofSession(course: SqlCourse, link: UpstreamLink): Promise<PostgresDoorError | undefined> {
    if (link.status === 'E') return undefined;
    const temporary = await temporaryAmong(ownQueries(link), course.tables);
    if (temporary === undefined) return undefined;
    return new PostgresDoorError(
      'STATEMENT_REFUSED',
      SqlState.featureNotSupported,
      `\`${temporary}\` is a temporary table of this session, which the owner's connection does not see`,
      { hint: `write pg_temp.${temporary}, or the schema of the table that you mean` },
    );
  }

  /** Counts what the open transaction did. */
  async measured(
    open: WriteTransaction,
    samples: boolean,
    abandon: () => Promise<void>,
    failed: (error: Unsettled) => Execution,
  ): Promise<Trial> {
    try {
      return await this.#countedIn(open, samples, abandon);
    } catch (thrown) {
      // INVARIANT: nobody thinks while locks are held, also when nothing could be counted.
      await abandon();
      if (thrown instanceof Unsettled) return { kind: 'failed', execution: failed(thrown) };
      throw thrown;
    }
  }

  async #countedIn(open: WriteTransaction, samples: boolean, abandon: () => Promise<void>): Promise<Trial> {
    const { keeper, lanes, link } = this.#connection.parts;
    if (keeper === undefined) throw new TypeError('there is no keeper');
    const counted = await open.measure();
    const undoable = await keeper.undoable(open.own, counted);
    const outside = samples ? await lanes.reading(link).catch(() => undefined) : undefined; // They only illustrate.
    const rows =
      outside === undefined ? [] : await takeSamples(open.own, ownQueries(outside), counted.tables).catch(() => []); // Likewise.
    // A question that failed has failed the transaction with it.
    if (open.link.status !== 'T')
      throw new PostgresDoorError('STATEMENT_REFUSED', SqlState.systemError, 'what it did could not be counted');
    return { kind: 'measured', measurement: { ...counted, samples: rows }, undoable, abandon };
  }

  async runAgain(
    transaction: WriteTransaction,
    terms: ExecutionTerms,
    answered: Answered,
    repliesOf: (replies: Captured) => readonly Buffer[],
  ): Promise<Execution> {
    const { keeper } = this.#connection.parts;
    if (keeper === undefined || terms.agreed === undefined) throw new TypeError('nothing was agreed to');
    const rerun: Rerun = await transaction.again(terms.agreed, keeper, terms.draft);
    switch (rerun.kind) {
      case 'ready': {
        const { ok, summary, error } = await transaction.commit();
        answered.sent = true;
        answered.ok = ok;
        answered.replies = error === undefined ? repliesOf(rerun.replies) : [error];
        return { ok, summary: ok ? summaryOf(rerun.replies) : summary };
      }
      case 'failed':
        answered.sent = true;
        answered.ok = false;
        answered.replies = rerun.replies.pieces.length > 0 ? rerun.replies.pieces : [plainError(rerun.summary)];
        return { ok: false, summary: rerun.summary };
      case 'exceeded':
        return { ok: false, summary: 'rolled back: it went beyond what was agreed to', exceeded: rerun };
      case 'not-kept':
        return { ok: false, summary: 'rolled back: it could not be kept', notKept: rerun.why };
      case 'different':
        answered.sent = true;
        answered.ok = false;
        answered.replies = [errorResponse(rolledBack(rerun.why))];
        return { ok: false, summary: `rolled back: ${rerun.why}` };
      default:
        return assertNever(rerun);
    }
  }

  /** How many rows the tables hold that it would change as a whole. They only illustrate. */
  async rowsOf(course: SqlCourse): Promise<ReadonlyMap<string, number>> {
    const { lanes, link } = this.#connection.parts;
    try {
      return await countRows((await lanes.reading(link)) ?? link, course.tables);
    } catch {
      return new Map(); // A card without a number says so: all rows.
    }
  }
}
