import type { Measurement } from '#action/measurement';
import type { Trial } from '#action/submission';
import { commandComplete, errorResponse } from '#wire/postgres/build';
import type { ReportFields } from '#wire/postgres/report-fields';
import type { AgentConnection } from './agent-connection.js';
import { type Answered, failedAtEnd, rolledBack } from './answered.js';
import { Captured } from './captured.js';
import { committing } from './commit-outcome.js';
import { PostgresDoorError } from './errors.js';
import { changesNothing } from './measure.js';
import { failTransaction } from './own-questions.js';
import { ActFailed, OwnerAct } from './owner-act.js';
import type { Segment } from './program.js';
import { errorFields } from './refusal-messages.js';
import { Unsettled } from './rerun.js';
import { SqlState } from './sqlstates.js';
import type { Submitting } from './submitting.js';
import type { Trying } from './trying.js';
import type { UpstreamLink } from './upstream-link.js';
import { WriteTransaction } from './write-transaction.js';

/** The block itself is the trial. */
const AT_COMMIT: Trial = { kind: 'impossible', reason: 'it is counted when its transaction is committed' };

const COMMITTED = commandComplete('COMMIT');

export class Block {
  readonly #connection: AgentConnection;
  readonly #submitting: Submitting;
  readonly #trying: Trying;

  constructor(connection: AgentConnection, submitting: Submitting, trying: Trying) {
    this.#connection = connection;
    this.#submitting = submitting;
    this.#trying = trying;
  }

  async begin(segment: Segment, again: () => Segment): Promise<boolean> {
    const { link } = this.#connection.parts;
    return this.#submitting.submit(segment.statements, false, (answered) => ({
      execute: async (permit) => {
        permit.redeem(this.#connection.actionOf(again()));
        const reply = await this.#connection.streamed(segment, answered);
        if (reply.ok && link.status === 'T') this.#connection.open = new WriteTransaction(link, true);
        return { ok: reply.ok, summary: reply.summary };
      },
    }));
  }

  /** Inside a block nothing lasts: it runs at once, and the COMMIT is judged with all of it. */
  async inside(open: WriteTransaction, segment: Segment, again: () => Segment): Promise<boolean> {
    const { resource, keeper, link: write } = this.#connection.parts;
    const guarded = resource.guarded === true;
    const { control } = segment;
    const harmless = control === 'modes' || control === 'rollback' || control === 'rollback-chain';
    return this.#submitting.submit(segment.statements, true, (answered) => ({
      ...(keeper === undefined ? {} : { tryOut: async () => AT_COMMIT }),
      // INVARIANT: nobody thinks while locks are held: the block is let go, and taken up again after approval.
      held: () => {
        this.#connection.lettingGo = open.rollback();
      },
      execute: async (permit, terms) => {
        permit.redeem(this.#connection.actionOf(again()));
        const reached =
          (await this.#trying.reachedInside(open, terms.course)) ??
          (guarded && terms.course?.lane === 'owner'
            ? await this.#trying.ofSession(terms.course, open.link)
            : undefined);
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
        if (link !== write) await this.#connection.introduce(segment, link);
        if (!harmless && (guarded || terms.course?.lane !== 'read')) await block.count();
        const seen = new Captured();
        const copied: Buffer[] = [];
        const reply = await this.#connection.streamed(segment, answered, seen, copied);
        for (const bytes of reply.held) seen.add(bytes);
        if (link.status === 'I') this.#connection.close();
        else if (reply.ok && control === 'rollback-chain') this.#connection.open = new WriteTransaction(link, true);
        else if (reply.ok) block.ran(segment, seen.digest, Buffer.concat(copied));
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
    const { lanes, link } = this.#connection.parts;
    const fail = async (fields: ReportFields) => {
      answered.sent = true;
      answered.ok = false;
      answered.replies = [errorResponse(fields)];
      // The block looks to the agent as it does after any error.
      if (link.status === 'I') await open.begin();
      if (link.status === 'T') await failTransaction(link);
      return undefined;
    };
    await this.#connection.lettingGo;
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
    for (const segment of open.segments) await this.#connection.introduce(segment, owner);
    const why = await open.replay(owner);
    if (why !== undefined) {
      lanes.release();
      return fail(rolledBack(why));
    }
    block.adopt(open);
    this.#connection.open = block;
    return block;
  }

  /**
   * The end of a block: all that ran in it is judged by what it did.
   *
   * @param segment the agent's COMMIT; undefined at the end of a pipeline without a block.
   */
  async commit(open: WriteTransaction, segment: Segment | undefined): Promise<boolean> {
    const { keeper, lanes } = this.#connection.parts;
    const { link } = open;
    const statements = [...open.segments.flatMap((one) => one.statements), ...(segment?.statements ?? [])];
    if (open.forgotten > 0) {
      statements.unshift({ text: `-- ${open.forgotten} more statements, each on the record`, parameters: [] });
    }
    // A pipeline that only read has nothing to commit.
    if (statements.length === 0) return (await open.commit()).ok;
    const sent = segment?.statements ?? [];
    let abandoned = false;
    const finished = await this.#submitting.submit(
      statements,
      false,
      (answered) => ({
        ...(keeper === undefined
          ? {}
          : {
              tryOut: async (course, samples) => {
                const reached = await this.#trying.reached(course);
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
                return this.#trying.measured(open, samples, abandon, (error) => failedAtEnd(error, [], answered));
              },
            }),
        execute: async (permit, terms) => {
          permit.redeem(this.#connection.actionOf({ statements }, sent));
          if (abandoned && terms.course?.lane === 'owner')
            return this.#blockAct(open, segment).execute(terms, answered);
          if (abandoned)
            return this.#trying.runAgain(open, terms, answered, () => (segment === undefined ? [] : [COMMITTED]));
          if (this.#connection.parts.resource.guarded === true && terms.agreed === undefined && open.counted) {
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
            const reply = await committing(open, () => this.#connection.streamed(segment, answered));
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
      this.#connection.open = new WriteTransaction(link, true);
    }
    if (link.status === 'I') this.#connection.close();
    return finished;
  }

  /** A whole block that changes the schema. */
  #blockAct(open: WriteTransaction, segment: Segment | undefined): OwnerAct {
    const { keeper } = this.#connection.parts;
    if (keeper === undefined) throw new TypeError('there is no keeper');
    const act = async () => {
      const why = await open.replay(open.link);
      if (why !== undefined) throw new ActFailed([errorResponse(rolledBack(why))], `rolled back: ${why}`);
      return new Captured();
    };
    return new OwnerAct({ keeper, link: open.link, act, replies: segment === undefined ? [] : [COMMITTED] });
  }
}
