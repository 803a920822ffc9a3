/**
 * The live connection to the real server. Exchanges are answered in the order in which they were asked: a unit's bytes go out,
 * its replies are handed on as they come, and the end of them is kept back for whoever asked, so that the record can be
 * written before the agent knows.
 */
import type { Duplex } from 'node:stream';
import { messageOf } from '#base/errors';
import { flush, parameterStatus, terminate } from '#wire/postgres/build';
import type { FrameEvent, FrameReader } from '#wire/postgres/frame-reader';
import { Backend, type TransactionStatus } from '#wire/postgres/letters';
import { decodeParameterStatus, decodeReadyForQuery, decodeReport } from '#wire/postgres/server-messages';
import { PostgresDoorError, UpstreamGone } from './errors.js';
import type { CopyIn, LinkEvents, Reply, Request } from './exchange.js';
import { Outbox } from './outbox.js';
import { ReplyTracker } from './reply-tracker.js';
import { SqlState } from './sqlstates.js';
import type { Upstream } from './upstream-login.js';

/** What the door itself asks is bounded: a statement's text, escaped and encoded. */
const MOST_ROW_BYTES = 16 * 1024 * 1024;
const NOTHING: readonly Buffer[] = [];

interface Running {
  readonly request: Request;
  readonly tracker: ReplyTracker;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: PostgresDoorError) => void;
  rowBytes: number;
}

export class UpstreamLink {
  readonly parameters: Map<string, string>;
  /** As the agent was last told them. */
  readonly #told: Map<string, string>;
  #untold = false;
  readonly #socket: Duplex;
  readonly #reader: FrameReader;
  readonly #events: LinkEvents;
  readonly #outbox = new Outbox();
  /** The chunk at hand begins inside a message of which the agent has a part. */
  #continues = false;
  #status: TransactionStatus = 'I';
  #pipelineOpen = false;
  /** In the order in which they were sent; the first one's replies come next. */
  readonly #sent: Running[] = [];
  #lost: UpstreamGone | undefined;
  /** The server's own word before it closes. */
  #farewell: string | undefined;

  constructor(upstream: Upstream, events: LinkEvents) {
    this.parameters = upstream.parameters;
    this.#told = new Map(upstream.parameters);
    this.#socket = upstream.socket;
    this.#reader = upstream.reader;
    this.#events = events;
    const closed = () => this.#broken('it closed the connection');
    this.#socket
      .on('data', (chunk: Buffer) => this.#onData(chunk))
      .on('end', closed)
      .on('close', closed);
    this.#socket.resume();
  }

  /** As of the last ReadyForQuery. */
  get status(): TransactionStatus {
    return this.#status;
  }

  /** Something was sent since the last ReadyForQuery and no Sync has ended it: an implicit transaction may be open. */
  get pipelineOpen(): boolean {
    return this.#pipelineOpen;
  }

  get busy(): boolean {
    return this.#sent.length > 0;
  }

  /** False once the server is gone: whatever was open there is rolled back. */
  get alive(): boolean {
    return this.#lost === undefined;
  }

  /** True while a reply's bytes are half delivered: no message of our own may be put between them. */
  get insideMessage(): boolean {
    return this.#reader.insideMessage;
  }

  /**
   * Sends a unit and follows its replies. One that ends with a Sync may be followed by another at once, unless it copies in.
   *
   * @throws PostgresDoorError `UPSTREAM_LOST` when the server went away: what it did of the unit is unknown.
   */
  exchange(request: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) return reject(this.#lost);
      const tracker = new ReplyTracker(request.expected);
      const running: Running = { request, tracker, resolve, reject, rowBytes: 0 };
      this.#pipelineOpen = true;
      this.#socket.write(request.bytes);
      this.#sent.push(running);
      if (tracker.done && this.#sent[0] === running) this.#finish(running, undefined);
    });
  }

  /** What the agent must be told of settings before the next ReadyForQuery (guc.c, `ReportChangedGUCOptions`). */
  changedParameters(): readonly Buffer[] {
    if (!this.#untold) return NOTHING;
    this.#untold = false;
    const changed: Buffer[] = [];
    for (const [name, value] of this.parameters) {
      if (this.#told.get(name) === value) continue;
      this.#told.set(name, value);
      changed.push(parameterStatus(name, value));
    }
    return changed;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection; whatever was open there is rolled back by the server. */
  close(): void {
    if (!this.busy && this.#lost === undefined) {
      this.#socket.end(terminate(), () => this.#socket.destroy());
    }
    this.#broken('Firebreak ended it');
  }

  #onData(chunk: Buffer): void {
    this.#continues = this.#reader.insideMessage;
    try {
      this.#reader.push(chunk);
      for (let event = this.#reader.next(); event !== undefined; event = this.#reader.next()) this.#take(event);
    } catch (thrown) {
      this.#deliver();
      this.#broken(messageOf(thrown));
      return;
    }
    this.#deliver();
  }

  #take(event: FrameEvent): void {
    if (event.kind === 'skipped') throw new TypeError('no server message is skipped');
    const [running] = this.#sent;
    switch (event.type) {
      case Backend.ParameterStatus: {
        const { name, value } = decodeParameterStatus(event.bytes);
        this.parameters.set(name, value);
        // While something runs, the door may change a setting and set it back; what is left of it is told at the end.
        if (running !== undefined) this.#untold = true;
        else if (this.#events.quiet !== true) {
          this.#told.set(name, value);
          this.#outbox.add(event.bytes);
        }
        return;
      }
      case Backend.NoticeResponse:
        // What the server remarks on the door's own commands is not the agent's.
        if (running === undefined || running.request.deliver !== undefined) this.#outbox.add(event.bytes);
        return;
      case Backend.NotificationResponse:
        this.#outbox.add(event.bytes);
        return;
      case Backend.ErrorResponse: {
        const { severity, message, code } = decodeReport(event.bytes);
        if (severity === 'ERROR' && running !== undefined) break;
        // The server is about to close. Who waits is told by us, once it has: then it is known that nothing more comes.
        this.#farewell = `${message} (${code})`;
        return;
      }
      case Backend.ReadyForQuery:
        this.#status = decodeReadyForQuery(event.bytes);
        this.#pipelineOpen = false;
        if (running === undefined) {
          this.#outbox.add(event.bytes);
          return;
        }
        break;
    }
    if (running === undefined)
      throw new PostgresDoorError('UPSTREAM_LOST', SqlState.connectionFailure, 'it sent an answer to nothing');
    this.#follow(running, event.type, event.bytes, event.kind === 'message');
  }

  #follow(running: Running, type: number, bytes: Buffer, whole: boolean): void {
    const { tracker, request } = running;
    const copied = tracker.copyIn;
    const shown = tracker.shown(type, bytes);
    tracker.observe(type, whole ? bytes : undefined);
    if (tracker.done) {
      this.#finish(running, shown);
      return;
    }
    if (request.deliver !== undefined) {
      if (shown !== undefined) this.#outbox.add(shown);
    } else if (type === Backend.DataRow) this.#keepRow(running, bytes);
    // INVARIANT: what is kept back at the end begins with a whole message, so that others may be put before it.
    if (this.#continues) this.#deliver();
    this.#continues = false;
    if (!copied && tracker.copyIn) {
      this.#deliver();
      if (request.copyBegins === undefined) throw new TypeError('the door does not ask for copies');
      request.copyBegins(this.#copyOf(running));
    }
  }

  #keepRow(running: Running, bytes: Buffer): void {
    running.rowBytes += bytes.length;
    if (running.rowBytes > MOST_ROW_BYTES) {
      throw new PostgresDoorError('UPSTREAM_LOST', SqlState.connectionFailure, 'its answer is over the bound');
    }
    running.request.rows?.push(bytes);
  }

  #finish(running: Running, last: Buffer | undefined): void {
    this.#sent.shift();
    const own = running.request.deliver === undefined;
    if (last !== undefined && !own) this.#outbox.add(last);
    // Notifications and reports that came with the answer to an own question are for the agent, not for who asks next.
    if (own) for (const piece of this.#outbox.take()) this.#events.unsolicited(piece);
    // All that came in one chunk leaves in one write: a write costs more than everything else that the door does.
    const held = own ? [] : this.#outbox.take();
    const { ok, summary, skipsToSync } = running.tracker;
    running.resolve({ held, ok, summary, skipsToSync });
    const [next] = this.#sent;
    if (next?.tracker.done === true) this.#finish(next, undefined);
  }

  #deliver(): void {
    const deliver = this.#sent[0]?.request.deliver ?? this.#events.unsolicited;
    for (const piece of this.#outbox.take()) deliver(piece);
  }

  #copyOf(running: Running): CopyIn {
    const socket = this.#socket;
    const isOpen = () => this.#sent[0] === running && running.tracker.copyIn;
    return {
      get open() {
        return isOpen();
      },
      send: (bytes) => socket.write(bytes),
      drained: () =>
        new Promise((resolve) => {
          if (!socket.writableNeedDrain || socket.destroyed) return resolve();
          const done = () => {
            socket.off('drain', done).off('close', done);
            resolve();
          };
          socket.on('drain', done).on('close', done);
        }),
      end: (bytes) => {
        running.tracker.copyEnded();
        // The agent's next Sync is a unit of its own, after this one; without one, only Flush makes the server answer.
        socket.write(Buffer.concat([bytes, flush()]));
      },
    };
  }

  #broken(reason: string): void {
    if (this.#lost !== undefined) return;
    const said = this.#farewell === undefined ? reason : `it said: ${this.#farewell}`;
    this.#lost = new UpstreamGone(said);
    if (!this.#socket.writableEnded) this.#socket.destroy();
    const waiting = this.#sent.splice(0);
    if (waiting.length === 0) this.#events.lost(this.#lost);
    for (const running of waiting) running.reject(this.#lost);
  }
}
