/**
 * One transaction on the connection that may change rows: what runs in it, what it did, and the same once more. It is the
 * agent's own block (BEGIN ... COMMIT), or one that the door puts around statements which came without.
 */

import type { DatabaseKeeper, RowKeeping } from '#action/keeper';
import { beyond, type Measurement } from '#action/measurement';
import type { SnapshotDraft } from '#action/snapshot';
import { type SqlConnection, SqlError } from '#action/sql-connection';
import type { Agreed } from '#action/submission';
import { messageOf } from '#base/errors';
import { Captured } from './captured.js';
import { beforeCommit, committing } from './commit-outcome.js';
import { exchangeSegment } from './exchange-segment.js';
import { forgetNames } from './forget-names.js';
import { type Baseline, measureSince, takeBaseline } from './measure.js';
import { type Ended, ownCommand } from './own-command.js';
import { ownQueries } from './own-connection.js';
import type { Segment } from './program.js';
import { type Rerun, Unsettled } from './rerun.js';
import type { UpstreamLink } from './upstream-link.js';

/** What ran in it, to be able to run it again. */
interface Ran {
  readonly segment: Segment;
  /** What the agent sent for COPY FROM STDIN: CopyData and the end. */
  readonly copied: Buffer;
  /** Of the replies that the agent has seen; undefined when it has seen none yet. */
  readonly seen: string | undefined;
}

/** How much is kept to be run again. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_ATTEMPTS = 5;
/** serialization_failure, deadlock_detected: trying again is what they are for. */
const TRY_AGAIN = new Set(['40001', '40P01']);

export class WriteTransaction {
  readonly link: UpstreamLink;
  /** The agent's own block: it ends when the agent says so. */
  readonly explicit: boolean;
  readonly own: SqlConnection;
  readonly #ran: Ran[] = [];
  #bytes = 0;
  #count = 0;
  #baseline: Baseline | undefined;
  /** Something ran before anything was counted. */
  #uncounted = false;
  #settled = false;

  constructor(link: UpstreamLink, explicit: boolean) {
    this.link = link;
    this.explicit = explicit;
    this.own = ownQueries(link);
  }

  get segments(): readonly Segment[] {
    return this.#ran.map(({ segment }) => segment);
  }

  /** Something was run that may have changed something. */
  get counted(): boolean {
    return this.#baseline !== undefined;
  }

  /** For a block that the door opens. @throws PostgresDoorError, SqlError */
  async begin(isolation = ''): Promise<void> {
    await this.own.query(`BEGIN${isolation}`);
  }

  /** Before anything that may change rows: from here on everything counts. */
  async count(): Promise<void> {
    if (this.#baseline === undefined && this.link.status === 'T') this.#baseline = await takeBaseline(this.own);
  }

  /** It ran without having been counted from the beginning. */
  uncounted(): void {
    if (this.#baseline === undefined) this.#uncounted = true;
  }

  /**
   * Notes what ran in it.
   *
   * @param seen the digest of what the agent was told, if it was told at once.
   */
  ran(segment: Segment, seen: string | undefined, copied: Buffer = NO_BYTES): void {
    this.#count += 1;
    this.#bytes += segment.bytes.length + copied.length;
    if (this.#bytes <= MOST_BYTES) this.#ran.push({ segment, seen, copied });
  }

  /** Goes on in another transaction with what ran in this one. */
  adopt(other: WriteTransaction): void {
    this.#ran.push(...other.#ran);
    this.#bytes = other.#bytes;
    this.#count = other.#count;
  }

  /**
   * Runs what ran in it once more, in the open transaction of a connection.
   *
   * @returns why it cannot be, if it cannot: the transaction must then be rolled back.
   */
  async replay(link: UpstreamLink): Promise<string | undefined> {
    if (this.unrepeatable !== undefined) return this.unrepeatable;
    await forgetNames(link, this.segments);
    for (const ran of this.#ran) {
      const { reply, shown } = await runOnceMore(link, ran);
      if (!reply.ok) return `a statement fails now: ${reply.summary}`;
      if (!answersAlike(ran, shown)) return OTHERWISE;
    }
    return undefined;
  }

  /** How many statements are not among `segments`, because they were too much to keep. */
  get forgotten(): number {
    return this.#count - this.#ran.length;
  }

  /** Why it cannot be run a second time; undefined when it can. */
  get unrepeatable(): string | undefined {
    return this.#bytes > MOST_BYTES ? `it is longer than ${MOST_BYTES} bytes` : undefined;
  }

  /** Everything was run that waits for the end of the transaction; nothing may change rows any more. */
  get settled(): boolean {
    return this.#settled;
  }

  /** @throws Unsettled when what waited for the end of the transaction failed. */
  async measure(): Promise<Measurement> {
    await this.#settle();
    if (this.#baseline === undefined) this.#baseline = { counts: new Map(), temporary: new Set() };
    // FAIL-CLOSED: what was not counted from the beginning is counted with everything that the session did lately.
    return measureSince(this.own, this.#uncounted ? { counts: new Map(), temporary: new Set() } : this.#baseline);
  }

  /**
   * Runs the triggers that are deferred to the end now, so that they are counted with the rest.
   * INVARIANT: what would still run during COMMIT (a cursor WITH HOLD) cannot write: `committing` makes the transaction read-only.
   */
  async #settle(): Promise<void> {
    const { summary, error } = await ownCommand(this.link, 'SET CONSTRAINTS ALL IMMEDIATE');
    if (error !== undefined) throw new Unsettled(summary, error);
    this.#settled = true;
  }

  /** Takes everything back. Never throws: a connection that is gone has rolled back by itself. */
  async rollback(): Promise<void> {
    try {
      if (this.link.alive && this.link.status !== 'I') await this.own.query('ROLLBACK');
    } catch {
      this.link.close(); // The server rolls back what a closed connection leaves.
    }
  }

  /**
   * Makes it last.
   *
   * @returns the server's own ErrorResponse when it does not last (a deferred constraint, say).
   * @throws NothingLasts, CommitUnknown when the server is gone
   */
  async commit(): Promise<Ended> {
    const ended = await committing(this, () => ownCommand(this.link, 'COMMIT'));
    return { ...ended, ok: ended.ok && ended.summary === 'COMMIT' };
  }

  /** Runs what it ran once more, in a new transaction whose rows stand still, within what was agreed to. */
  async again(agreed: Agreed, keeper: DatabaseKeeper, draft: SnapshotDraft | undefined): Promise<Rerun> {
    for (let attempt = 1; ; attempt += 1) {
      const rerun = await beforeCommit(() => this.#once(agreed, keeper, draft));
      if (rerun.kind === 'failed' && TRY_AGAIN.has(rerun.summary.slice(0, 5)) && attempt < MOST_ATTEMPTS) continue;
      return rerun;
    }
  }

  async #once(agreed: Agreed, keeper: DatabaseKeeper, draft: SnapshotDraft | undefined): Promise<Rerun> {
    const why = this.unrepeatable;
    if (why !== undefined) return { kind: 'different', why };
    await forgetNames(this.link, this.segments);
    await this.begin(' ISOLATION LEVEL REPEATABLE READ');
    try {
      const tables = agreed.measurement?.tables ?? [];
      let keeping: RowKeeping | undefined;
      try {
        keeping = draft === undefined ? undefined : await keeper.beforeRows(this.own, tables);
      } catch (thrown) {
        return await this.#back({ kind: 'not-kept', why: messageOf(thrown) });
      }
      this.#baseline = await takeBaseline(this.own);
      this.#uncounted = false;
      let replies = new Captured();
      for (const ran of this.#ran) {
        const { reply, shown } = await runOnceMore(this.link, ran);
        if (!reply.ok) return await this.#back({ kind: 'failed', replies: shown, summary: reply.summary });
        if (ran.seen === undefined) replies = shown;
        else if (!answersAlike(ran, shown)) return await this.#back({ kind: 'different', why: OTHERWISE });
      }
      if (replies.overflowed) {
        const failure = replies.tooLong();
        return await this.#back({
          kind: 'failed',
          replies: new Captured(),
          summary: `${failure.sqlState}: ${failure.message}`,
        });
      }
      const measurement = await this.measure();
      const more = agreed.measurement === undefined ? undefined : beyond(agreed.measurement, measurement);
      if (more !== undefined) {
        const undoable = await keeper.undoable(this.own, measurement);
        return await this.#back({ kind: 'exceeded', why: more, measurement, undoable });
      }
      if (keeping !== undefined && draft !== undefined) {
        try {
          await keeping.keep(draft);
        } catch (thrown) {
          if (!this.link.alive) throw thrown;
          // FAIL-CLOSED: what cannot be kept does not last.
          return await this.#back({ kind: 'not-kept', why: messageOf(thrown) });
        }
      }
      return { kind: 'ready', replies, measurement };
    } catch (thrown) {
      if (thrown instanceof Unsettled) {
        const replies = new Captured();
        replies.add(thrown.reply);
        return this.#back({ kind: 'failed', replies, summary: thrown.message });
      }
      if (!(thrown instanceof SqlError)) throw thrown;
      return this.#back({ kind: 'failed', replies: new Captured(), summary: `${thrown.sqlState}: ${thrown.message}` });
    }
  }

  async #back<R extends Rerun>(rerun: R): Promise<R> {
    await this.rollback();
    return rerun;
  }
}

const OTHERWISE = 'its statements would be answered differently now';

async function runOnceMore(link: UpstreamLink, { segment, seen, copied }: Ran) {
  const shown = new Captured();
  const reply = await exchangeSegment(
    link,
    segment,
    (bytes) => shown.add(bytes),
    (copy) => {
      // The agent was asked for its data the first time.
      if (seen === undefined) shown.take();
      copy.end(copied);
    },
  );
  for (const bytes of reply.held) shown.add(bytes);
  return { reply, shown };
}

/** FAIL-CLOSED: an answer that was too long to be compared counts as another one. */
function answersAlike({ seen }: Ran, shown: Captured): boolean {
  return seen === undefined || (seen === shown.digest && !shown.overflowed);
}

const NO_BYTES = Buffer.alloc(0);
