/**
 * Gathers what an agent sends into units of work: one Query message, or all extended-protocol messages up to Sync or Flush.
 */
import { flush } from '#wire/postgres/build';
import type { FrameEvent } from '#wire/postgres/frame-reader';
import { Frontend } from '#wire/postgres/letters';
import { PostgresDoorError } from './errors.js';
import type { PostgresDoorLimits } from './options.js';
import { Outbox } from './outbox.js';
import { SqlState } from './sqlstates.js';

export interface Unit {
  /** `query`: one Query (or a refused FunctionCall, which ends alike). */
  readonly end: 'query' | 'sync' | 'flush' | 'terminate';
  /** The very bytes to send, whole messages. */
  readonly bytes: Buffer;
  /** Why it cannot even be looked at. */
  readonly problem?: PostgresDoorError | undefined;
}

export class UnitAssembler {
  readonly #limits: PostgresDoorLimits;
  #outbox = new Outbox();
  #size = 0;
  #problem: PostgresDoorError | undefined;

  constructor(limits: PostgresDoorLimits) {
    this.#limits = limits;
  }

  /** What this event completes: mostly nothing, one unit, or two when a Query comes without a Sync before it. */
  add(event: FrameEvent): readonly Unit[] {
    switch (event.type) {
      case Frontend.CopyData:
      case Frontend.CopyDone:
      case Frontend.CopyFail:
        // Outside a copy the server ignores them (postgres.c): a client may not know yet that its copy has failed.
        return [];
      case Frontend.Query:
        return [...this.#unsynced(), unitOf('query', event, this.#tooLong(event))];
      case Frontend.FunctionCall:
        return [...this.#unsynced(), unitOf('query', event, functionCall())];
      case Frontend.Terminate:
        return [{ end: 'terminate', bytes: Buffer.alloc(0) }];
      default:
        this.#keep(event);
        if (event.type === Frontend.Sync) return [this.#take('sync')];
        if (event.type === Frontend.Flush) return [this.#take('flush')];
        return [];
    }
  }

  #keep(event: FrameEvent): void {
    this.#problem ??= this.#tooLong(event);
    if (event.kind === 'skipped') return;
    this.#size += event.bytes.length;
    if (this.#size > this.#limits.unitBytes) {
      this.#problem ??= tooLong(`messages of more than ${this.#limits.unitBytes} bytes before a Sync`);
    }
    // Nothing of a unit that will be refused is kept, however much of it comes.
    if (this.#problem === undefined) this.#outbox.add(event.bytes);
    else this.#outbox = new Outbox();
  }

  #take(end: 'sync' | 'flush'): Unit {
    const pieces = this.#outbox.take();
    const [only] = pieces;
    const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    const problem = this.#problem;
    this.#size = 0;
    this.#problem = undefined;
    return { end, bytes, problem };
  }

  /** Extended messages before a Query: they run first. Flush makes the server answer them. */
  #unsynced(): Unit[] {
    if (this.#size === 0 && this.#problem === undefined) return [];
    this.#outbox.add(flush());
    return [this.#take('flush')];
  }

  #tooLong(event: FrameEvent): PostgresDoorError | undefined {
    if (event.kind !== 'skipped') return undefined;
    return event.type === Frontend.Bind
      ? tooLong(`parameters of more than ${this.#limits.unitBytes} bytes`)
      : tooLong(`a statement of more than ${this.#limits.statementBytes} bytes`);
  }
}

function unitOf(end: 'query', event: FrameEvent, problem: PostgresDoorError | undefined): Unit {
  return { end, bytes: event.kind === 'message' ? event.bytes : Buffer.alloc(0), problem };
}

function tooLong(what: string): PostgresDoorError {
  return new PostgresDoorError('STATEMENT_REFUSED', SqlState.programLimitExceeded, `${what} cannot be looked at`, {
    hint: 'send it in smaller statements; COPY has no such bound',
  });
}

// FAIL-CLOSED: a function call message is always refused: it runs any function without a statement to look at.
function functionCall(): PostgresDoorError {
  return new PostgresDoorError(
    'STATEMENT_REFUSED',
    SqlState.featureNotSupported,
    'function call messages are not allowed',
    { hint: 'call the function in a SELECT statement' },
  );
}
