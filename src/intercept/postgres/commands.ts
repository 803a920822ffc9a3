/**
 * Over 300 lines: the states of one connection's transaction belong together.
 *
 * What an agent's units do: each part is submitted, and runs in the lane and the transaction that fit it.
 * INVARIANT: nothing lasts without a permit. Without one there are only the door's own questions, units that only prepare, and
 * trials in a transaction that is rolled back.
 */
import type { SqlAction } from '#action/action';
import type { SqlCourse } from '#action/course';
import type { Measurement } from '#action/measurement';
import type { Permit } from '#action/permit';
import type { Answer, Question } from '#action/question';
import type { Execution, ExecutionTerms, Handling, Outcome, Trial } from '#action/submission';
import { assertNever } from '#base/assert-never';
import { commandComplete, errorResponse } from '#wire/postgres/build';
import { Backend, Frontend, type TransactionStatus } from '#wire/postgres/letters';
import type { ReportFields } from '#wire/postgres/report-fields';
import { Captured } from './captured.js';
import { Catalog } from './catalog.js';
import type { ClientLink } from './client-link.js';
import { CommitUnknown, committing, findOut, NothingLasts } from './commit-outcome.js';
import { feedCopy } from './copy-in.js';
import { PostgresDoorError, UpstreamGone } from './errors.js';
import type { CopyIn, Reply } from './exchange.js';
import { HeldNotices } from './held-notices.js';
import { introduce, type Lanes } from './lanes.js';
import { changesNothing, takeSamples } from './measure.js';
import { openOwnConnection, ownQueries } from './own-connection.js';
import { askPreparedStatement, failTransaction, syntaxErrorOf } from './own-questions.js';
import { ActFailed, OwnerAct } from './owner-act.js';
import { PipelineSettings } from './pipeline-settings.js';
import { readProgram, type Segment } from './program.js';
import { runsCode, temporaryAmong } from './reach.js';
import { ReadAct } from './read-act.js';
import { errorFields, refusalFields } from './refusal-messages.js';
import { countRows } from './row-counts.js';
import type { SessionParts } from './session.js';
import { asDoorError, committedUnheard, NOTHING_SENT, outcomeUnknown, WITHDRAWN } from './session-errors.js';
import { SqlState } from './sqlstates.js';
import { checkConnection, checkNames, isIssued } from './unit-checks.js';
import type { UpstreamLink } from './upstream-link.js';
import { exchangeSegment, messagesOf, type Rerun, Unsettled, WriteTransaction } from './write-transaction.js';

export interface CommandParts
  extends Pick<
    SessionParts,
    | 'resource'
    | 'placeholder'
    | 'broker'
    | 'submit'
    | 'split'
    | 'keeper'
    | 'limits'
    | 'heldNoticeMs'
    | 'commitSettleMs'
    | 'outside'
  > {
  readonly client: ClientLink;
  /** The writing connection, on which the session's own state lies. */
  readonly link: UpstreamLink;
  readonly lanes: Lanes;
  /** Cancels what the writing connection runs. */
  readonly cancelLink: () => void;
  readonly fatal: (error: PostgresDoorError) => void;
  /** Something was refused without having been submitted. */
  readonly refused: (detail: string) => void;
}

/** A part that was submitted and has no outcome yet. */
interface InFlight {
  readonly controller: AbortController;
  running: boolean;
}

/** What the agent is told once the outcome is on the record. */
interface Answered {
  replies: readonly Buffer[];
  sent: boolean;
  ok: boolean;
  /** The connection on which it ran is gone, and what became of it is known: the agent's connection ends with this. */
  lost?: PostgresDoorError;
}

export class Commands {
  readonly #parts: CommandParts;
  readonly #catalog = new Catalog();
  readonly #settings: PipelineSettings;
  /** The block that is open on the writing connection. */
  #open: WriteTransaction | undefined;
  #inFlight: InFlight | undefined;
  #copied = false;
  /** A block is being rolled back while people think. */
  #lettingGo: Promise<void> = Promise.resolve();

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.#settings = new PipelineSettings(parts.link.parameters);
  }

  /**
   * The unit that was just served copied in: its Sync was read as part of the copy and counts for nothing (documentation,
   * "COPY Operations"); the agent sends another one.
   */
  get copied(): boolean {
    return this.#copied;
  }

  /** As the agent is told it. */
  get status(): TransactionStatus {
    return this.#open?.explicit === false ? 'I' : this.#link.status;
  }

  /** The connection of the open block, or the writing one. */
  get #link(): UpstreamLink {
    return this.#open?.link ?? this.#parts.link;
  }

  cancel(): void {
    const flight = this.#inFlight;
    if (flight === undefined) return;
    if (flight.running) {
      this.#parts.cancelLink();
      this.#parts.lanes.cancel();
    } else flight.controller.abort();
  }

  /** Nobody waits for answers any more. @returns whether something is still under way. */
  gone(): boolean {
    this.#inFlight?.controller.abort();
    return this.#inFlight !== undefined;
  }

  /**
   * Runs a unit.
   *
   * @returns false when it ended with an error, which the agent was told.
   * @throws PostgresDoorError `STATEMENT_REFUSED`: nothing more of it runs, and the agent was not told yet.
   */
  async serve(bytes: Buffer, end: 'query' | 'sync' | 'flush'): Promise<boolean> {
    const { resource, link, split } = this.#parts;
    this.#copied = false;
    checkConnection(this.#parts, this.#settings, this.#catalog.bytes + bytes.length);
    const guarded = resource.guarded === true;
    const read = () => readProgram(bytes, this.#catalog, split, guarded);
    const segments = read();
    for (const [index, segment] of segments.entries()) {
      if (segment.statements.length > 0) {
        const uses = segment.uses.filter((name) => name !== '');
        await checkNames({ statements: segment.statements, uses }, this.#catalog, link);
      }
      // What an Execute names may have been parsed by a segment before it, so it is read as things stand now.
      const again = () => readProgram(bytes, this.#catalog, split, guarded)[index] ?? segment;
      if (!(await this.#run(segment, again, end))) return false;
    }
    if (end === 'query') this.#catalog.dropStatement('');
    return true;
  }

  /** The end of a unit: what came without a transaction block of its own lasts now, or never. */
  async synced(ok: boolean): Promise<void> {
    const open = this.#open;
    if (open !== undefined && !open.explicit) {
      if (ok && open.link.status === 'T') await this.#commit(open, undefined);
      else await open.rollback();
      this.#open = undefined;
    }
    this.#settings.reported();
    if (this.#link.status === 'I') {
      this.#close();
      this.#catalog.transactionEnded();
    } else if (this.#open === undefined) {
      // A text with a BEGIN among other commands went as it was: what ran before is not known here.
      this.#open = new WriteTransaction(this.#parts.link, true);
      this.#open.uncounted();
    }
  }

  /** Answers as PostgreSQL does when it refuses: the transaction has failed. */
  async refuse(fields: ReportFields): Promise<void> {
    const { client } = this.#parts;
    const link = this.#link;
    await this.#lettingGo;
    if (client.gone || !link.alive) return;
    // A block that was let go while people thought about it has failed, too.
    if (this.#open?.explicit === true && link.status === 'I') await this.#open.begin();
    if (link.pipelineOpen || link.status === 'T') await failTransaction(link);
    client.send(errorResponse(fields));
  }

  /** The block is over. */
  #close(): void {
    const owner = this.#open !== undefined && this.#open.link !== this.#parts.link;
    this.#open = undefined;
    if (owner) this.#parts.lanes.release();
  }

  async #run(segment: Segment, again: () => Segment, end: 'query' | 'sync' | 'flush'): Promise<boolean> {
    const { link, resource } = this.#parts;
    if (segment.statements.length === 0) return this.#prepareOnly(segment);
    if (resource.guarded === true && (await this.#misspelt(segment))) return false;
    if (segment.control === 'two-phase' && resource.guarded === true) {
      throw new PostgresDoorError(
        'STATEMENT_REFUSED',
        SqlState.featureNotSupported,
        'prepared transactions are not supported on a protected database: what they hold cannot be counted',
        { hint: 'use BEGIN and COMMIT' },
      );
    }
    if ((segment.control === 'commit-chain' || segment.control === 'rollback-chain') && resource.guarded === true) {
      throw new PostgresDoorError(
        'STATEMENT_REFUSED',
        SqlState.featureNotSupported,
        'AND CHAIN is not supported on a protected database: each transaction is judged by itself',
        { hint: 'use COMMIT or ROLLBACK, and then BEGIN' },
      );
    }
    const open = this.#open;
    if (open !== undefined) {
      const commits = segment.control === 'commit' || segment.control === 'commit-chain';
      if (commits && open.link.status === 'T') return this.#commit(open, segment);
      return this.#inside(open, segment, again);
    }
    if (segment.control === 'begin') return this.#begin(segment, again);
    if (end === 'flush' && segment.control === undefined) {
      const implicit = new WriteTransaction(link, false);
      await implicit.begin();
      this.#open = implicit;
      return this.#inside(implicit, segment, again);
    }
    return this.#alone(segment, again);
  }

  /** Nobody should have to look at a slip of the keyboard: what is no SQL to the server either gets its error, at once. */
  async #misspelt({ statements }: Segment): Promise<boolean> {
    const { split, client } = this.#parts;
    for (const { text } of statements) {
      const error = split(text) === undefined ? await syntaxErrorOf(this.#link, text) : undefined;
      if (error === undefined) continue;
      client.send(error);
      return true;
    }
    return false;
  }

  async #prepareOnly(segment: Segment): Promise<boolean> {
    const reply = await this.#stream(segment);
    for (const bytes of reply.held) this.#parts.client.send(bytes);
    this.#open?.ran(segment, undefined);
    return reply.ok;
  }

  async #begin(segment: Segment, again: () => Segment): Promise<boolean> {
    const { link } = this.#parts;
    return this.#submit(segment.statements, false, (answered) => ({
      execute: async (permit) => {
        permit.redeem(this.#actionOf(again()));
        const reply = await this.#streamed(segment, answered);
        if (reply.ok && link.status === 'T') this.#open = new WriteTransaction(link, true);
        return { ok: reply.ok, summary: reply.summary };
      },
    }));
  }

  /** Inside a block nothing lasts: it runs at once, and the COMMIT is judged with all of it. */
  async #inside(open: WriteTransaction, segment: Segment, again: () => Segment): Promise<boolean> {
    const { resource, keeper, link: write } = this.#parts;
    const guarded = resource.guarded === true;
    const { control } = segment;
    const harmless = control === 'modes' || control === 'rollback' || control === 'rollback-chain';
    return this.#submit(segment.statements, true, (answered) => ({
      ...(keeper === undefined ? {} : { tryOut: async () => AT_COMMIT }),
      // INVARIANT: nobody thinks while locks are held: the block is let go, and taken up again after approval.
      held: () => {
        this.#lettingGo = open.rollback();
      },
      execute: async (permit, terms) => {
        permit.redeem(this.#actionOf(again()));
        const reached =
          (await this.#reachedInside(open, terms.course)) ??
          (guarded && terms.course?.lane === 'owner' ? await this.#ofSession(terms.course, open.link) : undefined);
        if (reached !== undefined) {
          answered.sent = true;
          answered.ok = false;
          answered.replies = [errorResponse(errorFields(reached, 'ERROR'))];
          await failTransaction(open.link);
          return { ok: false, summary: reached.message };
        }
        let block = open;
        if (guarded && terms.course?.lane === 'owner' && open.link === write) {
          const taken = await this.#takeUp(open, answered);
          if (taken === undefined) return { ok: false, summary: 'the block could not be taken up again' };
          block = taken;
        }
        const { link } = block;
        if (link !== write) await this.#introduce(segment, link);
        if (!harmless && (guarded || terms.course?.lane !== 'read')) await block.count();
        const seen = new Captured();
        const copied: Buffer[] = [];
        const reply = await this.#streamed(segment, answered, seen, copied);
        for (const bytes of reply.held) seen.add(bytes);
        if (link.status === 'I') this.#close();
        else if (reply.ok && control === 'rollback-chain') this.#open = new WriteTransaction(link, true);
        else if (reply.ok) block.ran(segment, seen.overflowed ? undefined : seen.digest, Buffer.concat(copied));
        return { ok: reply.ok, summary: reply.summary };
      },
    }));
  }

  /**
   * Goes on with a block on a connection with the owner's rights: what ran in it runs there again, and must be answered alike.
   *
   * @returns undefined when it cannot be: the agent was told, and the block has failed.
   */
  async #takeUp(open: WriteTransaction, answered: Answered): Promise<WriteTransaction | undefined> {
    const { lanes, link } = this.#parts;
    const fail = async (fields: ReportFields) => {
      answered.sent = true;
      answered.ok = false;
      answered.replies = [errorResponse(fields)];
      // The block looks to the agent as it does after any error.
      if (link.status === 'I') await open.begin();
      if (link.status === 'T') await failTransaction(link);
      return undefined;
    };
    await this.#lettingGo;
    await open.rollback();
    let owner: UpstreamLink;
    try {
      owner = await lanes.owning(link);
    } catch (thrown) {
      if (!(thrown instanceof PostgresDoorError)) throw thrown;
      return fail(errorFields(thrown, 'ERROR'));
    }
    const block = new WriteTransaction(owner, true);
    await block.begin();
    for (const segment of open.segments) await this.#introduce(segment, owner);
    const why = await open.replay(owner);
    if (why !== undefined) {
      lanes.release();
      return fail(rolledBack(why));
    }
    block.adopt(open);
    this.#open = block;
    return block;
  }

  /** Makes the statements that a segment uses known to a connection that has not seen them. */
  async #introduce(segment: Segment, to: UpstreamLink): Promise<void> {
    const used = segment.uses.flatMap((name) => {
      const statement = this.#catalog.statement(name);
      return statement === undefined ? [] : [[name, statement] as const];
    });
    await introduce(to, new Map(used));
    // The writing connection answers to every name that the agent gives.
    await introduce(this.#parts.link, new Map([...segment.parses].filter(([name]) => name !== '')));
  }

  /**
   * The end of a block: all that ran in it is judged by what it did.
   *
   * @param segment the agent's COMMIT; undefined at the end of a pipeline without a block.
   */
  async #commit(open: WriteTransaction, segment: Segment | undefined): Promise<boolean> {
    const { keeper, lanes } = this.#parts;
    const { link } = open;
    const statements = [...open.segments.flatMap((one) => one.statements), ...(segment?.statements ?? [])];
    if (open.forgotten > 0) {
      statements.unshift({ text: `-- ${open.forgotten} more statements, each on the record`, parameters: [] });
    }
    // A pipeline that only read has nothing to commit.
    if (statements.length === 0) return (await open.commit()).ok;
    const sent = segment?.statements ?? [];
    let abandoned = false;
    const finished = await this.#submit(
      statements,
      false,
      (answered) => ({
        ...(keeper === undefined
          ? {}
          : {
              tryOut: async (course, samples) => {
                const reached = await this.#reached(course);
                if (reached !== undefined) {
                  // Nobody thinks while locks are held; and what must not be tried out is not run a second time.
                  await open.rollback();
                  throw new PostgresDoorError(
                    'STATEMENT_REFUSED',
                    SqlState.featureNotSupported,
                    `the transaction was rolled back: ${reached}`,
                  );
                }
                if (course.lane === 'owner') {
                  abandoned = true;
                  await open.rollback();
                  return this.#blockAct(open, segment).tryOut(answered);
                }
                const abandon = async () => {
                  abandoned = true;
                  await open.rollback();
                };
                return this.#measured(open, samples, abandon, (error) => failedAtEnd(error, [], answered));
              },
            }),
        execute: async (permit, terms) => {
          permit.redeem(this.#actionOf({ statements }, sent));
          if (abandoned && terms.course?.lane === 'owner')
            return this.#blockAct(open, segment).execute(terms, answered);
          if (abandoned) return this.#runAgain(open, terms, answered, () => (segment === undefined ? [] : [COMMITTED]));
          if (this.#parts.resource.guarded === true && terms.agreed === undefined && open.counted) {
            let found: Measurement;
            try {
              found = await open.measure();
            } catch (thrown) {
              if (!(thrown instanceof Unsettled)) throw thrown;
              return failedAtEnd(thrown, [], answered);
            }
            if (!changesNothing(found)) return { ok: false, summary: 'not committed', escalate: 'it changed rows' };
          }
          answered.sent = true;
          if (segment !== undefined) {
            const reply = await committing(open, () => this.#streamed(segment, answered));
            return { ok: reply.ok, summary: reply.summary };
          }
          const { ok, summary, error } = await open.commit();
          answered.ok = ok;
          answered.replies = error === undefined ? [] : [error];
          return { ok, summary };
        },
      }),
      sent,
    );
    lanes.touched();
    // Whatever became of it, the block is over: a refused COMMIT rolls back.
    if (link.alive && link.status !== 'I' && open.explicit && !finished) await open.rollback();
    if (finished && segment?.control === 'commit-chain') {
      if (link.status === 'I') await open.begin();
      this.#open = new WriteTransaction(link, true);
    }
    if (link.status === 'I') this.#close();
    return finished;
  }

  /** A statement of its own. */
  async #alone(segment: Segment, again: () => Segment): Promise<boolean> {
    const { link, keeper, lanes, resource, client } = this.#parts;
    let trial: WriteTransaction | undefined;
    let tried: Captured | undefined;
    const abandon = async () => {
      const transaction = trial;
      trial = undefined;
      await transaction?.rollback();
    };
    // What runs on the reading connection alone leaves the writing one's settings as they are.
    let touches = false;
    const remembered = new WriteTransaction(link, false);
    const copied: Buffer[] = [];
    let copying = true;
    try {
      return await this.#submit(segment.statements, false, (answered) => ({
        ...(keeper === undefined || segment.control !== undefined
          ? {}
          : {
              tryOut: async (course, samples) => {
                touches = true;
                const reached = await this.#reached(course);
                if (reached !== undefined) return { kind: 'impossible', reason: reached };
                if (course.lane === 'owner') {
                  if (resource.guarded !== true) return this.#ownerAct(segment, link).tryOut(answered);
                  const own = await this.#ofSession(course, link);
                  if (own !== undefined) {
                    answered.sent = true;
                    answered.ok = false;
                    answered.replies = [errorResponse(errorFields(own, 'ERROR'))];
                    return { kind: 'failed', execution: { ok: false, summary: own.message } };
                  }
                  return { kind: 'later', reason: AFTER_APPROVAL, rows: await this.#rowsOf(course) };
                }
                trial = remembered;
                await trial.begin();
                await trial.count();
                tried = new Captured();
                const into = tried;
                const reply = await exchangeSegment(
                  link,
                  segment,
                  (bytes) => into.add(bytes),
                  (copy) => {
                    // The agent sends its data only when it is asked to.
                    for (const bytes of into.take()) client.send(bytes);
                    this.#feed(copy, copied);
                  },
                );
                for (const bytes of reply.held) into.add(bytes);
                this.#noteExecuted(segment);
                // The exchange ended with a ReadyForQuery.
                this.#settings.reported();
                const failure = into.overflowed ? into.tooLong() : undefined;
                if (!reply.ok || failure !== undefined) {
                  await abandon();
                  answered.replies =
                    failure === undefined ? into.pieces : [errorResponse(errorFields(failure, 'ERROR'))];
                  answered.ok = false;
                  answered.sent = true;
                  return { kind: 'failed', execution: { ok: false, summary: failure?.message ?? reply.summary } };
                }
                if (link.status !== 'T') {
                  // FAIL-CLOSED: a statement that left the transaction it was tried in ends the connection.
                  throw outcomeUnknown('it ended the transaction in which it was tried out');
                }
                if (copying) trial.ran(segment, undefined, Buffer.concat(copied));
                copying = false;
                return this.#measured(trial, samples, abandon, (error) =>
                  failedAtEnd(error, withError(into.pieces, error.reply, segment), answered),
                );
              },
            }),
        execute: async (permit, terms) => {
          permit.redeem(this.#actionOf(again()));
          const { course } = terms;
          touches ||= course?.lane !== 'read' || terms.agreed !== undefined;
          if (trial !== undefined && tried !== undefined) {
            const { ok, summary, error } = await trial.commit();
            trial = undefined;
            answered.sent = true;
            answered.ok = ok;
            answered.replies = error === undefined ? tried.pieces : withError(tried.pieces, error, segment);
            return { ok, summary: ok ? summaryOf(tried) : summary };
          }
          if (course?.lane === 'owner' && keeper !== undefined && terms.agreed !== undefined && course.transactional) {
            return this.#asOwner(answered, (owner) => this.#ownerAct(segment, owner).execute(terms, answered));
          }
          if (course?.lane === 'owner' && resource.guarded === true) {
            return this.#asOwner(answered, (owner) => runPlainly(owner, segment, answered));
          }
          if (terms.agreed?.measurement !== undefined) {
            return this.#runAgain(remembered, terms, answered, (replies) => replies.pieces);
          }
          if (course?.lane === 'read' && resource.guarded === true) {
            return new ReadAct({ ...this.#parts, link, lanes, catalog: this.#catalog }).execute(
              segment,
              course,
              answered,
            );
          }
          const reply = await this.#streamed(segment, answered);
          return { ok: reply.ok, summary: reply.summary };
        },
      }));
    } finally {
      await abandon();
      if (touches) lanes.touched();
    }
  }

  /** With the owner's rights, taken now and given back at the end; where one credential does everything, with that. */
  async #asOwner(answered: Answered, work: (link: UpstreamLink) => Promise<Execution>): Promise<Execution> {
    const { lanes, link, resource } = this.#parts;
    if (resource.guarded !== true) return work(link);
    let owner: UpstreamLink;
    try {
      owner = await lanes.owning(link);
    } catch (thrown) {
      if (!(thrown instanceof PostgresDoorError)) throw thrown;
      answered.sent = true;
      answered.ok = false;
      answered.replies = [errorResponse(errorFields(thrown, 'ERROR'))];
      return { ok: false, summary: thrown.message };
    }
    try {
      return await work(owner);
    } finally {
      lanes.release();
    }
  }

  /** A whole block that changes the schema. */
  #blockAct(open: WriteTransaction, segment: Segment | undefined): OwnerAct {
    const { keeper } = this.#parts;
    if (keeper === undefined) throw new TypeError('there is no keeper');
    const act = async () => {
      const why = await open.replay(open.link);
      if (why !== undefined) throw new ActFailed([errorResponse(rolledBack(why))], `rolled back: ${why}`);
      return new Captured();
    };
    return new OwnerAct({ keeper, link: open.link, act, replies: segment === undefined ? [] : [COMMITTED] });
  }

  #ownerAct(segment: Segment, owner: UpstreamLink): OwnerAct {
    const { keeper } = this.#parts;
    if (keeper === undefined) throw new TypeError('there is no keeper');
    const act = async () => {
      const replies = new Captured();
      const reply = await exchangeSegment(owner, segment, (bytes) => replies.add(bytes));
      for (const bytes of reply.held) replies.add(bytes);
      if (!reply.ok) throw new ActFailed(replies.pieces, reply.summary);
      return replies;
    };
    return new OwnerAct({ keeper, link: owner, act });
  }

  /** How many rows the tables hold that it would change as a whole. They only illustrate. */
  async #rowsOf(course: SqlCourse): Promise<ReadonlyMap<string, number>> {
    const { lanes, link } = this.#parts;
    try {
      return await countRows((await lanes.reading(link)) ?? link, course.tables);
    } catch {
      return new Map(); // A card without a number says so: all rows.
    }
  }

  /** Why it must not even be tried out: code that it runs could reach what no rollback takes back. */
  async #reached(course: SqlCourse): Promise<string | undefined> {
    const { outside, link, resource } = this.#parts;
    if (resource.guarded !== true || course.lane === 'owner') return undefined;
    const names = await outside();
    if (names.length === 0) return undefined;
    if (!course.unknown && !(await runsCode(ownQueries(link), course.tables))) return undefined;
    return `it runs code that could reach outside of the database by ${names.join(', ')}`;
  }

  /** FAIL-CLOSED: what reaches outside is not run inside a block: running it at once would be for good. */
  async #reachedInside(open: WriteTransaction, course: SqlCourse | undefined): Promise<PostgresDoorError | undefined> {
    if (course === undefined || course.lane === 'read' || open.link.status !== 'T') return undefined;
    const reached = await this.#reached(course);
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
  async #ofSession(course: SqlCourse, link: UpstreamLink): Promise<PostgresDoorError | undefined> {
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
  async #measured(
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
    const { keeper, lanes, link } = this.#parts;
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

  async #runAgain(
    transaction: WriteTransaction,
    terms: ExecutionTerms,
    answered: Answered,
    repliesOf: (replies: Captured) => readonly Buffer[],
  ): Promise<Execution> {
    const { keeper } = this.#parts;
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

  /** Sends a segment and hands its replies on as they come; the end of them waits for the record. */
  async #streamed(segment: Segment, answered: Answered, seen?: Captured, copied?: Buffer[]): Promise<Reply> {
    answered.sent = true;
    const reply = await this.#stream(segment, seen, copied);
    answered.replies = reply.held;
    answered.ok = reply.ok;
    return reply;
  }

  async #stream(segment: Segment, seen?: Captured, copied?: Buffer[]): Promise<Reply> {
    const { client } = this.#parts;
    const link = this.#link;
    this.#noteExecuted(segment);
    return exchangeSegment(
      link,
      segment,
      (bytes) => {
        seen?.add(bytes);
        // An agent that does not read must not fill our memory; one that is gone must not stop the server's answers.
        if (!client.send(bytes)) link.pause();
      },
      (copy) => this.#feed(copy, copied),
    );
  }

  #feed(copy: CopyIn, copied?: Buffer[]): void {
    const { client, fatal } = this.#parts;
    this.#copied = true;
    void feedCopy(copy, client, (bytes) => copied?.push(bytes)).catch((thrown) => fatal(asDoorError(thrown)));
  }

  #noteExecuted(segment: Segment): void {
    this.#catalog.executed(segment.statements);
    this.#settings.executed(segment);
    this.#parts.lanes.touched();
  }

  /** @param sent what is sent now, if that is not all: how the rest was read was seen when it was sent. */
  #actionOf({ statements }: Pick<Segment, 'statements'>, sent = statements): SqlAction {
    const conform = this.#settings.stringsConform({ statements: sent });
    const { name } = this.#parts.resource;
    return { kind: 'sql', statements, resource: name, ...(conform ? {} : { standardConformingStrings: false }) };
  }

  /** Submits, and tells the agent what came of it. @returns whether it ran without an error. */
  async #submit(
    statements: SqlAction['statements'],
    deferred: boolean,
    handling: (answered: Answered) => {
      tryOut?: (course: SqlCourse, samples: boolean) => Promise<Trial>;
      held?: () => void;
      execute: (permit: Permit, terms: ExecutionTerms) => Promise<Execution>;
    },
    sent = statements,
  ): Promise<boolean> {
    const { resource, broker, placeholder, submit, client, heldNoticeMs } = this.#parts;
    const action = this.#actionOf({ statements }, sent);
    const flight: InFlight = { controller: new AbortController(), running: false };
    this.#inFlight = flight;
    const notices = new HeldNotices(client, heldNoticeMs);
    const answered: Answered = { replies: [], sent: false, ok: true };
    const { tryOut, held, execute } = handling(answered);
    const door: Handling = {
      signal: flight.controller.signal,
      answer: (question) => this.#answer(question, flight),
      held: (notice) => {
        notices.begin(notice);
        held?.();
      },
      ...(tryOut === undefined
        ? {}
        : {
            tryOut: async (course: SqlCourse, samples: boolean) => {
              flight.running = true;
              try {
                return await tryOut(course, samples);
              } catch (thrown) {
                if (!(thrown instanceof UpstreamGone)) throw thrown;
                return { kind: 'failed', execution: lost(new NothingLasts(thrown), answered) };
              } finally {
                flight.running = false;
              }
            },
          }),
      execute: async (permit, terms) => {
        notices.end();
        // It was withdrawn in the last moment, or the placeholder was while it waited: there is nobody to run it for.
        if (flight.controller.signal.aborted || !isIssued(this.#parts)) {
          return { ok: false, summary: 'nothing was sent: it was withdrawn' };
        }
        flight.running = true;
        try {
          return await execute(permit, terms);
        } catch (thrown) {
          if (thrown instanceof CommitUnknown) return await this.#settle(thrown, answered);
          if (thrown instanceof NothingLasts) return lost(thrown, answered);
          // What runs in an open transaction is rolled back with it.
          if (deferred && thrown instanceof UpstreamGone) return lost(new NothingLasts(thrown), answered);
          throw thrown;
        } finally {
          flight.running = false;
        }
      },
    };
    let outcome: Outcome;
    try {
      outcome = await submit({
        action,
        session: broker.sessionOf(placeholder),
        environments: resource.environments,
        ...(deferred ? { deferred } : {}),
        door,
      });
    } finally {
      notices.end();
      this.#inFlight = undefined;
    }
    return this.#conclude(outcome, answered);
  }

  /** The answer of a COMMIT did not come: the server is asked anew, for a while. @throws CommitUnknown it cannot be told */
  async #settle(unknown: CommitUnknown, answered: Answered): Promise<Execution> {
    const { resource, broker, commitSettleMs } = this.#parts;
    answered.sent = true;
    const deadline = () => AbortSignal.timeout(commitSettleMs);
    const open = () => openOwnConnection(resource, broker.credential(resource.credential), [], deadline());
    switch (await findOut(unknown.mark, open, commitSettleMs)) {
      case 'committed':
        answered.lost = committedUnheard(unknown);
        return { ok: true, summary: 'COMMIT, as the server said when it was asked anew: its answer had been lost' };
      case 'aborted':
        return lost(new NothingLasts(unknown.cause), answered);
      case undefined:
        throw unknown;
    }
  }

  /** The record is written: the agent may know. */
  async #conclude(outcome: Outcome, answered: Answered): Promise<boolean> {
    const { client, fatal } = this.#parts;
    switch (outcome.kind) {
      case 'executed':
        if (answered.lost !== undefined) {
          fatal(answered.lost);
          return false;
        }
        if (answered.sent) {
          for (const bytes of answered.replies) client.send(bytes);
          return answered.ok;
        }
        await this.refuse(refusalFields(WITHDRAWN));
        return false;
      case 'refused':
        if (answered.sent) fatal(outcomeUnknown(outcome.refusal.reason));
        else await this.refuse(refusalFields(outcome.refusal));
        return false;
      case 'unknown':
        if (answered.sent || !this.#parts.link.alive) fatal(outcomeUnknown(outcome.reason));
        else await this.refuse(refusalFields({ code: 'error', reason: outcome.reason, hint: NOTHING_SENT }));
        return false;
      default:
        return assertNever(outcome);
    }
  }

  async #answer(question: Question, flight: InFlight): Promise<Answer | undefined> {
    if (question.kind !== 'prepared-statement' || flight.running) return undefined;
    const text = await askPreparedStatement(this.#parts.link, question.name);
    return text === undefined ? undefined : { kind: 'prepared-statement', text };
  }
}

export type { Answered };

const AFTER_APPROVAL =
  "it runs with the owner's rights, which are taken only after approval; what it takes away is kept then";

/** What the server refuses inside a transaction block: nothing of it can be kept or taken back. */
async function runPlainly(link: UpstreamLink, segment: Segment, answered: Answered): Promise<Execution> {
  answered.sent = true;
  const said = new Captured();
  const reply = await exchangeSegment(link, segment, (bytes) => said.add(bytes));
  answered.ok = reply.ok;
  answered.replies = [...said.pieces, ...reply.held];
  return { ok: reply.ok, summary: reply.summary };
}

/** Nothing of it lasts, because the connection on which it ran is gone. */
function lost(error: NothingLasts, answered: Answered): Execution {
  answered.sent = true;
  answered.ok = false;
  answered.lost = error;
  return { ok: false, summary: error.message };
}

/** The block itself is the trial. */
const AT_COMMIT: Trial = { kind: 'impossible', reason: 'it is counted when its transaction is committed' };

/** How an agent reads that its block cannot be run once more as it was. */
function rolledBack(why: string): ReportFields {
  return {
    severity: 'ERROR',
    code: SqlState.serializationFailure,
    message: `firebreak: the transaction was rolled back: ${why}`,
    hint: 'run the whole transaction again',
  };
}

const COMMITTED = commandComplete('COMMIT');

/** What is checked at the end failed, as it would have at COMMIT. @param replies what the agent is told, unless only that */
function failedAtEnd(error: Unsettled, replies: readonly Buffer[], answered: Answered): Execution {
  answered.sent = true;
  answered.ok = false;
  answered.replies = replies.length > 0 ? replies : [error.reply];
  return { ok: false, summary: error.message };
}

/** The first tag or error of replies, for the record. */
function summaryOf(replies: Captured): string {
  return tagsOf(replies).join(', ') || 'done';
}

function tagsOf(replies: Captured): readonly string[] {
  return messagesIn(replies.pieces).flatMap((message) =>
    message[0] === Backend.CommandComplete ? [message.toString('utf8', 5, message.length - 1)] : [],
  );
}

/** What could only fail at the end failed: of a simple query the last success is not told. */
function withError(pieces: readonly Buffer[], error: Buffer, segment: Segment): readonly Buffer[] {
  const messages = messagesIn(pieces);
  const told =
    segment.expected.some(({ silent }) => silent === true) || segment.bytes[0] === Frontend.Query
      ? messages.slice(0, -1)
      : messages;
  return [...told, error];
}

function messagesIn(pieces: readonly Buffer[]): readonly Buffer[] {
  return messagesOf(Buffer.concat(pieces));
}

function plainError(summary: string): Buffer {
  return errorResponse({ severity: 'ERROR', code: summary.slice(0, 5), message: summary.slice(7) });
}
