/** Submits a part of a unit, and tells the agent what came of it once that is on the record. */
import type { SqlAction } from '#action/action';
import type { SqlCourse } from '#action/course';
import type { Permit } from '#action/permit';
import type { Answer, Question } from '#action/question';
import type { Execution, ExecutionTerms, Handling, Outcome, Trial } from '#action/submission';
import { assertNever } from '#base/assert-never';
import type { AgentConnection } from './agent-connection.js';
import { type Answered, lost } from './answered.js';
import { CommitUnknown, findOut, NothingLasts } from './commit-outcome.js';
import { UpstreamGone } from './errors.js';
import { HeldNotices } from './held-notices.js';
import { openOwnConnection } from './own-connection.js';
import { askPreparedStatement } from './own-questions.js';
import { refusalFields } from './refusal-messages.js';
import { committedUnheard, NOTHING_SENT, outcomeUnknown, WITHDRAWN } from './session-errors.js';
import { isIssued } from './unit-checks.js';

/** A part that was submitted and has no outcome yet. */
interface InFlight {
  readonly controller: AbortController;
  running: boolean;
}

export class Submitting {
  readonly #connection: AgentConnection;
  #inFlight: InFlight | undefined;

  constructor(connection: AgentConnection) {
    this.#connection = connection;
  }

  cancel(): void {
    const flight = this.#inFlight;
    if (flight === undefined) return;
    if (flight.running) {
      this.#connection.parts.cancelLink();
      this.#connection.parts.lanes.cancel();
    } else flight.controller.abort();
  }

  /** Nobody waits for answers any more. @returns whether something is still under way. */
  gone(): boolean {
    this.#inFlight?.controller.abort();
    return this.#inFlight !== undefined;
  }

  /** Submits, and tells the agent what came of it. @returns whether it ran without an error. */
  async submit(
    statements: SqlAction['statements'],
    deferred: boolean,
    handling: (answered: Answered) => {
      tryOut?: (course: SqlCourse, samples: boolean) => Promise<Trial>;
      held?: () => void;
      execute: (permit: Permit, terms: ExecutionTerms) => Promise<Execution>;
    },
    sent = statements,
  ): Promise<boolean> {
    const { resource, broker, placeholder, submit, client, heldNoticeMs } = this.#connection.parts;
    const action = this.#connection.actionOf({ statements }, sent);
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
        if (flight.controller.signal.aborted || !isIssued(this.#connection.parts)) {
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
    const { resource, broker, commitSettleMs } = this.#connection.parts;
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
    const { client, fatal } = this.#connection.parts;
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
        await this.#connection.refuse(refusalFields(WITHDRAWN));
        return false;
      case 'refused':
        if (answered.sent) fatal(outcomeUnknown(outcome.refusal.reason));
        else await this.#connection.refuse(refusalFields(outcome.refusal));
        return false;
      case 'unknown':
        if (answered.sent || !this.#connection.parts.link.alive) fatal(outcomeUnknown(outcome.reason));
        else
          await this.#connection.refuse(refusalFields({ code: 'error', reason: outcome.reason, hint: NOTHING_SENT }));
        return false;
      default:
        return assertNever(outcome);
    }
  }

  async #answer(question: Question, flight: InFlight): Promise<Answer | undefined> {
    if (question.kind !== 'prepared-statement' || flight.running) return undefined;
    const text = await askPreparedStatement(this.#connection.parts.link, question.name);
    return text === undefined ? undefined : { kind: 'prepared-statement', text };
  }
}
