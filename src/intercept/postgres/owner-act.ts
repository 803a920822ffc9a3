/** An act that needs an owner's rights: kept, run and committed in one transaction, on a connection that lives as long as it. */
import type { DatabaseKeeper } from '#action/keeper';
import { NOTHING_MEASURED } from '#action/measurement';
import type { Execution, ExecutionTerms, Trial } from '#action/submission';
import { messageOf } from '#base/errors';
import { errorResponse } from '#wire/postgres/build';
import { Captured } from './captured.js';
import type { Answered } from './commands.js';
import { PostgresDoorError } from './errors.js';
import type { Lanes } from './lanes.js';
import type { Segment } from './program.js';
import { errorFields } from './refusal-messages.js';
import type { UpstreamLink } from './upstream-link.js';
import { exchangeSegment, WriteTransaction } from './write-transaction.js';

interface Parts {
  readonly keeper: DatabaseKeeper;
  readonly lanes: Lanes;
  readonly write: UpstreamLink;
  /** The owner's credential is taken only after approval; elsewhere the one credential does everything. */
  readonly guarded: boolean;
  readonly segment: Segment;
}

/** The server refused the act itself. */
class ActFailed extends Error {
  readonly replies: Captured;
  readonly summary: string;

  constructor(replies: Captured, summary: string) {
    super(summary);
    this.replies = replies;
    this.summary = summary;
  }
}

export class OwnerAct {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async tryOut(answered: Answered): Promise<Trial> {
    const { guarded, write, keeper } = this.#parts;
    if (guarded) {
      const reason =
        "it runs with the owner's rights, which are taken only after approval; what it takes away is kept then";
      return { kind: 'later', reason, facts: NOTHING_MEASURED };
    }
    const transaction = new WriteTransaction(write, false);
    try {
      await transaction.begin();
      const { undoable } = await keeper.beforeSchema(transaction.own, () => this.#act(write).then(() => undefined));
      await transaction.rollback();
      return { kind: 'measured', measurement: NOTHING_MEASURED, undoable, abandon: async () => {} };
    } catch (thrown) {
      await transaction.rollback();
      if (!(thrown instanceof ActFailed)) throw thrown;
      return { kind: 'failed', execution: failed(thrown, answered) };
    }
  }

  async execute(terms: ExecutionTerms, answered: Answered): Promise<Execution> {
    return this.#withLink(answered, async (link) => {
      const transaction = new WriteTransaction(link, false);
      await transaction.begin();
      const { keeper } = this.#parts;
      let committing = false;
      try {
        const keeping = await keeper.beforeSchema(transaction.own, () => this.#act(link).then(() => undefined));
        const promised = terms.agreed?.undoable.answer === 'yes';
        if (promised && keeping.undoable.answer !== 'yes') {
          await transaction.rollback();
          const why = `it cannot be undone whole: ${keeping.undoable.because.join(', and ')}`;
          return {
            ok: false,
            summary: `rolled back: ${why}`,
            exceeded: { why, measurement: NOTHING_MEASURED, undoable: keeping.undoable },
          };
        }
        if (terms.draft !== undefined) {
          try {
            await keeping.keep(terms.draft);
          } catch (thrown) {
            // FAIL-CLOSED: what cannot be kept is not taken away.
            await transaction.rollback();
            return { ok: false, summary: 'rolled back: it could not be kept', notKept: messageOf(thrown) };
          }
        }
        const replies = await this.#act(link);
        committing = true;
        const { ok, summary, error } = await transaction.commit();
        answered.sent = true;
        answered.ok = ok;
        answered.replies = error === undefined ? replies.pieces : [error];
        return { ok, summary };
      } catch (thrown) {
        if (committing) throw thrown;
        await transaction.rollback();
        if (!(thrown instanceof ActFailed)) throw thrown;
        return failed(thrown, answered);
      }
    });
  }

  /** For what the server refuses inside a transaction block. Nothing of it can be kept or taken back. */
  async outsideTransaction(answered: Answered): Promise<Execution> {
    return this.#withLink(answered, async (link) => {
      answered.sent = true;
      const said = new Captured();
      const reply = await exchangeSegment(link, this.#parts.segment, (bytes) => said.add(bytes));
      answered.ok = reply.ok;
      answered.replies = [...said.pieces, ...reply.held];
      return { ok: reply.ok, summary: reply.summary };
    });
  }

  async #withLink(answered: Answered, work: (link: UpstreamLink) => Promise<Execution>): Promise<Execution> {
    const { guarded, lanes, write } = this.#parts;
    if (!guarded) return work(write);
    let link: UpstreamLink;
    try {
      link = await lanes.owning(write);
    } catch (thrown) {
      if (!(thrown instanceof PostgresDoorError)) throw thrown;
      answered.sent = true;
      answered.ok = false;
      answered.replies = [errorResponse(errorFields(thrown, 'ERROR'))];
      return { ok: false, summary: thrown.message };
    }
    try {
      return await work(link);
    } finally {
      lanes.release();
    }
  }

  async #act(link: UpstreamLink): Promise<Captured> {
    const replies = new Captured();
    const reply = await exchangeSegment(link, this.#parts.segment, (bytes) => replies.add(bytes));
    for (const bytes of reply.held) replies.add(bytes);
    if (!reply.ok) throw new ActFailed(replies, reply.summary);
    return replies;
  }
}

function failed({ replies, summary }: ActFailed, answered: Answered): Execution {
  answered.sent = true;
  answered.ok = false;
  answered.replies = replies.pieces;
  return { ok: false, summary };
}
