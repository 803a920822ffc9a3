/** An act that needs an owner's rights: rehearsed, kept, run and committed in one transaction. */
import type { DatabaseKeeper } from '#action/keeper';
import { beyond, type Measurement, NOTHING_MEASURED } from '#action/measurement';
import type { Undoable } from '#action/snapshot';
import type { Execution, ExecutionTerms, Trial } from '#action/submission';
import { messageOf } from '#base/errors';
import type { Answered } from './answered.js';
import type { Captured } from './captured.js';
import { NothingLasts } from './commit-outcome.js';
import { UpstreamGone } from './errors.js';
import { measureSince, takeBaseline } from './measure.js';
import type { UpstreamLink } from './upstream-link.js';
import { WriteTransaction } from './write-transaction.js';

interface Parts {
  readonly keeper: DatabaseKeeper;
  /** A connection with the owner's rights. */
  readonly link: UpstreamLink;
  /** Runs it in the open transaction of the connection. @throws ActFailed */
  readonly act: () => Promise<Captured>;
  /** What the agent is told at the end; by default what the act was answered. */
  readonly replies?: readonly Buffer[];
}

/** After its locks it must see what others have committed before them. */
const READ_COMMITTED = ' ISOLATION LEVEL READ COMMITTED';

/** The server refused the act itself, or answered it otherwise than before. */
export class ActFailed extends Error {
  readonly replies: readonly Buffer[];
  readonly summary: string;

  constructor(replies: readonly Buffer[], summary: string) {
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

  /** Runs it and takes it back: what it changes, and whether that could be undone. */
  async tryOut(answered: Answered): Promise<Trial> {
    const transaction = new WriteTransaction(this.#parts.link, false);
    try {
      await transaction.begin(READ_COMMITTED);
      const { measurement, undoable } = await this.#rehearse(transaction);
      await transaction.rollback();
      return { kind: 'measured', measurement, undoable, abandon: async () => {} };
    } catch (thrown) {
      await transaction.rollback();
      if (!(thrown instanceof ActFailed)) throw thrown;
      return { kind: 'failed', execution: failed(thrown, answered) };
    }
  }

  async execute(terms: ExecutionTerms, answered: Answered): Promise<Execution> {
    const { link, replies } = this.#parts;
    const transaction = new WriteTransaction(link, false);
    await transaction.begin(READ_COMMITTED);
    let committing = false;
    try {
      const { measurement, undoable, keep } = await this.#rehearse(transaction);
      const why = tooMuch(terms, measurement, undoable);
      if (why !== undefined) {
        await transaction.rollback();
        return { ok: false, summary: `rolled back: ${why}`, exceeded: { why, measurement, undoable } };
      }
      if (terms.draft !== undefined) {
        try {
          await keep(terms.draft);
        } catch (thrown) {
          // FAIL-CLOSED: what cannot be kept is not taken away.
          await transaction.rollback();
          return { ok: false, summary: 'rolled back: it could not be kept', notKept: messageOf(thrown) };
        }
      }
      const said = await this.#parts.act();
      committing = true;
      const { ok, summary, error } = await transaction.commit();
      answered.sent = true;
      answered.ok = ok;
      answered.replies = error === undefined ? (replies ?? said.pieces) : [error];
      return { ok, summary };
    } catch (thrown) {
      if (committing) throw thrown;
      await transaction.rollback();
      if (thrown instanceof UpstreamGone) throw new NothingLasts(thrown);
      if (!(thrown instanceof ActFailed)) throw thrown;
      return failed(thrown, answered);
    }
  }

  async #rehearse(transaction: WriteTransaction) {
    const { keeper, act } = this.#parts;
    const { own } = transaction;
    const baseline = await takeBaseline(own);
    let measurement: Measurement = NOTHING_MEASURED;
    const { undoable, keep } = await keeper.beforeSchema(own, async () => {
      await act();
      const { tables, sequences } = await measureSince(own, baseline);
      // Catalogs and locks are what such an act is about; its text says which.
      measurement = { ...NOTHING_MEASURED, tables, sequences };
    });
    return { measurement, undoable, keep };
  }
}

function tooMuch({ agreed }: ExecutionTerms, measurement: Measurement, undoable: Undoable): string | undefined {
  if (agreed === undefined) return undefined;
  if (agreed.undoable.answer === 'yes' && undoable.answer !== 'yes') {
    return `it cannot be undone whole: ${undoable.because.join(', and ')}`;
  }
  return agreed.measurement === undefined ? undefined : beyond(agreed.measurement, measurement);
}

function failed({ replies, summary }: ActFailed, answered: Answered): Execution {
  answered.sent = true;
  answered.ok = false;
  answered.replies = replies;
  return { ok: false, summary };
}
