/**
 * One agent's connection between start-up and the end: takes unit by unit, has each decided, and lets it run or says why not.
 * INVARIANT: nothing but a unit that only prepares, and the door's own questions, goes upstream without a permit.
 */
import type { Duplex } from 'node:stream';
import type { CredentialBroker, Placeholder } from '#action/credential';
import type { Answer, Question } from '#action/question';
import type { Outcome, Submit } from '#action/submission';
import { assertNever } from '#base/assert-never';
import { errorResponse, readyForQuery, sync } from '#wire/postgres/build';
import { FrameReader } from '#wire/postgres/frame-reader';
import { commandRules } from '#wire/postgres/frame-rules';
import { Frontend } from '#wire/postgres/letters';
import type { ReportFields } from '#wire/postgres/report-fields';
import { Catalog } from './catalog.js';
import { ClientLink } from './client-link.js';
import { feedCopy } from './copy-in.js';
import { PostgresDoorError } from './errors.js';
import { HeldNotices } from './held-notices.js';
import type { DoorReport, PostgresDoorLimits, PostgresResource } from './options.js';
import { askPreparedStatement, failTransaction } from './own-questions.js';
import { PipelineSettings } from './pipeline-settings.js';
import { errorFields, refusalFields } from './refusal-messages.js';
import { asDoorError, NOTHING_SENT, outcomeUnknown, WITHDRAWN } from './session-errors.js';
import { SqlState } from './sqlstates.js';
import { type Unit, UnitAssembler } from './unit.js';
import { checkConnection, checkNames, isIssued } from './unit-checks.js';
import { actionOf, readUnit, type UnitReading } from './unit-reading.js';
import { type Reply, UpstreamLink } from './upstream-link.js';
import type { Upstream } from './upstream-login.js';

export interface SessionParts {
  readonly socket: Duplex;
  /** What the agent sent behind its authentication. */
  readonly rest: Buffer;
  readonly upstream: Upstream;
  readonly resource: PostgresResource;
  readonly placeholder: Placeholder;
  readonly broker: CredentialBroker;
  readonly submit: Submit;
  readonly limits: PostgresDoorLimits;
  readonly heldNoticeMs: number;
  readonly report: (event: DoorReport) => void;
  /** Asks the upstream to cancel what this connection runs there. */
  readonly cancelUpstream: () => void;
}

/** A unit that was submitted and has no outcome yet. */
interface InFlight {
  readonly controller: AbortController;
  running: boolean;
}

export class Session {
  readonly #parts: SessionParts;
  readonly #client: ClientLink;
  readonly #link: UpstreamLink;
  readonly #catalog = new Catalog();
  readonly #settings: PipelineSettings;
  readonly #units: UnitAssembler;
  #inFlight: InFlight | undefined;
  #ended = false;
  /**
   * After an error before a Sync, everything up to it is passed over, as the server does. `own`: the server knows nothing of
   * it, and the Sync is answered here. `upstream`: the server is passing over as well, and the Sync goes there.
   */
  #skipping: 'no' | 'own' | 'upstream' = 'no';

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { limits } = parts;
    this.#units = new UnitAssembler(limits);
    const reader = new FrameReader(commandRules(limits.statementBytes, limits.unitBytes), parts.rest);
    this.#client = new ClientLink(parts.socket, reader, limits.pendingBytes, () => this.#agentGone());
    this.#link = new UpstreamLink(parts.upstream, {
      unsolicited: (bytes) => void this.#client.send(bytes),
      lost: (error) => this.#fatal(error),
    });
    this.#settings = new PipelineSettings(this.#link.parameters);
    this.#client.onDrain(() => this.#link.resume());
  }

  /** Serves the agent until either side ends. Never throws. */
  async run(): Promise<void> {
    try {
      while (!this.#ended && !this.#client.gone) {
        const event = this.#client.next();
        if (event === undefined) await this.#client.arrival();
        else if (this.#skipping !== 'no') await this.#passOver(event.type);
        else for (const unit of this.#units.add(event)) await this.#serve(unit);
      }
    } catch (thrown) {
      const error = asDoorError(thrown);
      if (!this.#ended) this.#report(error.message);
      this.#fatal(error);
    } finally {
      this.#end();
    }
  }

  /** A CancelRequest came: what waits is withdrawn, what runs is cancelled upstream, and nothing else is touched. */
  cancel(): void {
    if (this.#inFlight === undefined) return;
    if (this.#inFlight.running) this.#parts.cancelUpstream();
    else this.#inFlight.controller.abort();
  }

  /** The door closes. */
  shutDown(): void {
    this.#fatal(new PostgresDoorError('UPSTREAM_LOST', SqlState.adminShutdown, 'Firebreak is shutting down'));
  }

  async #serve(unit: Unit): Promise<void> {
    if (this.#ended) return;
    if (unit.end === 'terminate') return this.#end();
    let reading: UnitReading;
    try {
      if (unit.problem !== undefined) throw unit.problem;
      checkConnection(this.#parts, this.#settings, this.#catalog.bytes + unit.bytes.length);
      reading = readUnit(unit.bytes, this.#catalog);
      if (reading.statements.length > 0) await checkNames(reading, this.#catalog, this.#link);
    } catch (thrown) {
      if (!(thrown instanceof PostgresDoorError) || thrown.code !== 'STATEMENT_REFUSED') throw thrown;
      this.#report(`statement refused: ${thrown.message}`);
      return this.#refuse(unit, errorFields(thrown, 'ERROR'));
    }
    if (reading.statements.length === 0) this.#finish(unit, await this.#exchange(unit, reading));
    else await this.#submit(unit, reading);
  }

  async #submit(unit: Unit, reading: UnitReading): Promise<void> {
    const { resource, broker, placeholder, submit } = this.#parts;
    const action = actionOf(reading, resource.name, this.#settings.stringsConform(reading));
    const flight: InFlight = { controller: new AbortController(), running: false };
    this.#inFlight = flight;
    const notices = new HeldNotices(this.#client, this.#parts.heldNoticeMs);
    let sent = false;
    let reply: Reply | undefined;
    let outcome: Outcome;
    try {
      outcome = await submit({
        action,
        session: broker.sessionOf(placeholder),
        environments: resource.environments,
        door: {
          signal: flight.controller.signal,
          answer: (question) => this.#answer(question, flight),
          held: (notice) => notices.begin(notice),
          execute: async (permit) => {
            notices.end();
            // It was withdrawn in the last moment, or the placeholder was while it waited: there is nobody to run it for.
            if (flight.controller.signal.aborted || !isIssued(this.#parts))
              return { ok: false, summary: 'nothing was sent: it was withdrawn' };
            const again = readUnit(unit.bytes, this.#catalog);
            permit.redeem(actionOf(again, resource.name, this.#settings.stringsConform(again)));
            sent = true;
            flight.running = true;
            reply = await this.#exchange(unit, again);
            return { ok: reply.ok, summary: reply.summary };
          },
        },
      });
    } finally {
      notices.end();
      this.#inFlight = undefined;
    }
    await this.#conclude(unit, outcome, sent, reply);
  }

  async #conclude(unit: Unit, outcome: Outcome, sent: boolean, reply: Reply | undefined): Promise<void> {
    switch (outcome.kind) {
      case 'executed':
        if (reply !== undefined) return this.#finish(unit, reply);
        return this.#refuse(unit, refusalFields(WITHDRAWN));
      case 'refused':
        if (!sent) return this.#refuse(unit, refusalFields(outcome.refusal));
        return this.#fatal(outcomeUnknown(outcome.refusal.reason));
      case 'unknown':
        if (!sent)
          return this.#refuse(unit, refusalFields({ code: 'error', reason: outcome.reason, hint: NOTHING_SENT }));
        return this.#fatal(outcomeUnknown(outcome.reason));
      default:
        return assertNever(outcome);
    }
  }

  #exchange(unit: Unit, reading: UnitReading): Promise<Reply> {
    this.#catalog.executed(reading.statements);
    this.#settings.executed(reading);
    return this.#link.exchange({
      bytes: unit.bytes,
      expected: reading.expected,
      deliver: (bytes) => {
        // An agent that does not read must not fill our memory; one that is gone must not stop the server's answers.
        if (!this.#client.send(bytes)) this.#link.pause();
      },
      copyBegins: (copy) => void feedCopy(copy, this.#client).catch((thrown) => this.#fatal(asDoorError(thrown))),
    });
  }

  /** The record is written: the agent may know. */
  #finish(unit: Unit, reply: Reply): void {
    for (const bytes of reply.held) this.#client.send(bytes);
    if (reply.skipsToSync) this.#skipping = 'upstream';
    if (!this.#link.pipelineOpen) {
      this.#settings.reported();
      if (this.#link.status === 'I') this.#catalog.transactionEnded();
    }
    if (unit.end === 'query') this.#catalog.dropStatement('');
  }

  /** Answers as PostgreSQL does: the error, then ReadyForQuery after a Query or at the Sync. */
  async #refuse(unit: Unit, fields: ReportFields): Promise<void> {
    if (this.#ended || this.#client.gone) return;
    if (this.#link.pipelineOpen || this.#link.status === 'T') await failTransaction(this.#link);
    const error = errorResponse(fields);
    if (unit.end === 'flush') {
      this.#client.send(error);
      this.#skipping = 'own';
    } else {
      this.#client.send(Buffer.concat([error, readyForQuery(this.#link.status)]));
    }
  }

  async #passOver(type: number): Promise<void> {
    if (type === Frontend.Terminate) return this.#end();
    if (type !== Frontend.Sync) return;
    const where = this.#skipping;
    this.#skipping = 'no';
    if (where === 'own') this.#client.send(readyForQuery(this.#link.status));
    else for (const unit of this.#units.add({ kind: 'message', type, bytes: SYNC })) await this.#serve(unit);
  }

  async #answer(question: Question, flight: InFlight): Promise<Answer | undefined> {
    if (question.kind !== 'prepared-statement' || flight.running || this.#ended) return undefined;
    const text = await askPreparedStatement(this.#link, question.name);
    return text === undefined ? undefined : { kind: 'prepared-statement', text };
  }

  #agentGone(): void {
    const flight = this.#inFlight;
    if (flight === undefined) {
      this.#end();
      return;
    }
    // What runs is left to its end, so that the record says what became of it; its answers go nowhere.
    flight.controller.abort();
    this.#link.resume();
  }

  /** Ends the connection with a last word. */
  #fatal(error: PostgresDoorError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#inFlight?.controller.abort();
    // A message inside another one could not be read.
    if (this.#link.insideMessage) this.#client.destroy();
    else this.#client.end(errorResponse(errorFields(error, 'FATAL')));
    this.#link.close();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#inFlight?.controller.abort();
    this.#client.end();
    this.#link.close();
  }

  #report(detail: string): void {
    const { report, resource } = this.#parts;
    report({
      kind: 'administered',
      act: 'connection-refused',
      by: 'firebreak',
      subject: resource.name,
      detail,
      ok: false,
    });
  }
}

const SYNC = sync();
