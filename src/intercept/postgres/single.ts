import type { Execution } from '#action/submission';
import { errorResponse } from '#wire/postgres/build';
import type { AgentConnection } from './agent-connection.js';
import { type Answered, failedAtEnd, summaryOf, withError } from './answered.js';
import { Captured } from './captured.js';
import { PostgresDoorError } from './errors.js';
import { exchangeSegment } from './exchange-segment.js';
import { ActFailed, OwnerAct } from './owner-act.js';
import type { Segment } from './program.js';
import { ReadAct } from './read-act.js';
import { errorFields } from './refusal-messages.js';
import { outcomeUnknown } from './session-errors.js';
import type { Submitting } from './submitting.js';
import type { Trying } from './trying.js';
import type { UpstreamLink } from './upstream-link.js';
import { WriteTransaction } from './write-transaction.js';

const AFTER_APPROVAL =
  "it runs with the owner's rights, which are taken only after approval; what it takes away is kept then";

export class Single {
  readonly #connection: AgentConnection;
  readonly #submitting: Submitting;
  readonly #trying: Trying;

  constructor(connection: AgentConnection, submitting: Submitting, trying: Trying) {
    this.#connection = connection;
    this.#submitting = submitting;
    this.#trying = trying;
  }

  /** A statement of its own. */
  async run(segment: Segment, again: () => Segment): Promise<boolean> {
    const { link, keeper, lanes, resource, client } = this.#connection.parts;
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
      return await this.#submitting.submit(segment.statements, false, (answered) => ({
        ...(keeper === undefined || segment.control !== undefined
          ? {}
          : {
              tryOut: async (course, samples) => {
                touches = true;
                const reached = await this.#trying.reached(course);
                if (reached !== undefined) return { kind: 'impossible', reason: reached };
                if (course.lane === 'owner') {
                  if (resource.guarded !== true) return this.#ownerAct(segment, link).tryOut(answered);
                  const own = await this.#trying.ofSession(course, link);
                  if (own !== undefined) {
                    answered.sent = true;
                    answered.ok = false;
                    answered.replies = [errorResponse(errorFields(own, 'ERROR'))];
                    return { kind: 'failed', execution: { ok: false, summary: own.message } };
                  }
                  return { kind: 'later', reason: AFTER_APPROVAL, rows: await this.#trying.rowsOf(course) };
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
                    this.#connection.feed(copy, copied);
                  },
                );
                for (const bytes of reply.held) into.add(bytes);
                this.#connection.noteExecuted(segment);
                // The exchange ended with a ReadyForQuery.
                this.#connection.settings.reported();
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
                return this.#trying.measured(trial, samples, abandon, (error) =>
                  failedAtEnd(error, withError(into.pieces, error.reply, segment), answered),
                );
              },
            }),
        execute: async (permit, terms) => {
          permit.redeem(this.#connection.actionOf(again()));
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
            return this.#trying.runAgain(remembered, terms, answered, (replies) => replies.pieces);
          }
          if (course?.lane === 'read' && resource.guarded === true) {
            return new ReadAct({ ...this.#connection.parts, link, lanes, catalog: this.#connection.catalog }).execute(
              segment,
              course,
              answered,
            );
          }
          const reply = await this.#connection.streamed(segment, answered);
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
    const { lanes, link, resource } = this.#connection.parts;
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

  #ownerAct(segment: Segment, owner: UpstreamLink): OwnerAct {
    const { keeper } = this.#connection.parts;
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
}

/** What the server refuses inside a transaction block: nothing of it can be kept or taken back. */
async function runPlainly(link: UpstreamLink, segment: Segment, answered: Answered): Promise<Execution> {
  answered.sent = true;
  const said = new Captured();
  const reply = await exchangeSegment(link, segment, (bytes) => said.add(bytes));
  answered.ok = reply.ok;
  answered.replies = [...said.pieces, ...reply.held];
  return { ok: reply.ok, summary: reply.summary };
}
