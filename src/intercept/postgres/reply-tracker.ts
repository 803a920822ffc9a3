/**
 * Follows the server's replies to one unit of work, message by message, so that the last one can be told from the others
 * (PostgreSQL documentation, "Message Flow"). Pure state: no sockets.
 */
import { Backend, Frontend } from '#wire/postgres/letters';
import { decodeCommandComplete, decodeReport, shiftPosition } from '#wire/postgres/server-messages';
import { PostgresDoorError } from './errors.js';
import { SqlState } from './sqlstates.js';

/** One message that was sent, and what to do when the server has accepted it. */
export interface Expected {
  /** Its `Frontend` letter. */
  readonly letter: number;
  readonly confirmed?: () => void;
  /** The agent did not send it in this form: its mere confirmation (ParseComplete, NoData, ...) is not shown to it. */
  readonly silent?: boolean;
  /** Characters of the agent's text before the part that was sent as a statement of its own: errors point into the whole. */
  readonly textOffset?: number;
}

/** Messages that only confirm. An Execute has none of them. */
const CONFIRMATIONS: ReadonlySet<number> = new Set([
  Backend.ParseComplete,
  Backend.BindComplete,
  Backend.CloseComplete,
  Backend.NoData,
  Backend.ParameterDescription,
  Backend.ReadyForQuery,
]);

const MOST_TAGS = 10;

export class ReplyTracker {
  #left: readonly Expected[];
  /** Inside a Query: something that may end it has come. */
  #answered = false;
  /** An extended message failed: the server passes over everything up to Sync. */
  #failed = false;
  readonly #tags: string[] = [];
  #tagCount = 0;
  #error: string | undefined;
  #copyIn = false;
  #describing = false;

  /** @param expected what was sent, in order, without Flush, which has no reply. */
  constructor(expected: readonly Expected[]) {
    this.#left = expected;
  }

  /** Nothing more will come. */
  get done(): boolean {
    return this.#left.length === 0;
  }

  /** The server waits for CopyData. */
  get copyIn(): boolean {
    return this.#copyIn;
  }

  /** It failed, and no Sync was sent with it: the server passes over what comes until one does. */
  get skipsToSync(): boolean {
    return this.done && this.#failed;
  }

  get ok(): boolean {
    return this.#error === undefined;
  }

  /** Command tags, or the first error: one line. */
  get summary(): string {
    if (this.#error !== undefined) return this.#error;
    const more = this.#tagCount > this.#tags.length ? [`and ${this.#tagCount - this.#tags.length} more`] : [];
    return [...this.#tags, ...more].join(', ') || 'done';
  }

  /** The reply as the agent is to see it; undefined when it is not. Asked before `observe`. */
  shown(type: number, message: Buffer): Buffer | undefined {
    const [front] = this.#left;
    if (front?.silent === true && CONFIRMATIONS.has(type)) return undefined;
    if (type === Backend.ErrorResponse && front?.textOffset !== undefined)
      return shiftPosition(message, front.textOffset);
    return message;
  }

  /** The client has ended its side of a copy. */
  copyEnded(): void {
    this.#copyIn = false;
  }

  /**
   * @param message the whole message when it is one that is read whole.
   * @throws PostgresDoorError `UPSTREAM_LOST` for a reply that cannot come here.
   */
  observe(type: number, message?: Buffer): void {
    const [front] = this.#left;
    if (type === Backend.ErrorResponse) {
      this.#onError(message);
      return;
    }
    if (type === Backend.ReadyForQuery) {
      this.#onReady(front);
      return;
    }
    if (front === undefined || this.#failed) throw unexpected(type);
    switch (front.letter) {
      case Frontend.Parse:
        this.#only(type, Backend.ParseComplete);
        return;
      case Frontend.Bind:
        this.#only(type, Backend.BindComplete);
        return;
      case Frontend.Close:
        this.#only(type, Backend.CloseComplete);
        return;
      case Frontend.Describe:
        this.#onDescription(type);
        return;
      case Frontend.Execute:
      case Frontend.Query:
        this.#onExecution(front, type, message);
        return;
      default:
        throw unexpected(type);
    }
  }

  #only(type: number, wanted: number): void {
    if (type !== wanted) throw unexpected(type);
    this.#shift();
  }

  #shift(): void {
    const [front, ...left] = this.#left;
    this.#left = left;
    front?.confirmed?.();
  }

  #onDescription(type: number): void {
    // Of a statement: ParameterDescription, then the rows; of a portal: the rows only.
    if (type === Backend.ParameterDescription && !this.#describing) {
      this.#describing = true;
      return;
    }
    if (type !== Backend.RowDescription && type !== Backend.NoData) throw unexpected(type);
    this.#describing = false;
    this.#shift();
  }

  #onExecution(front: Expected, type: number, message: Buffer | undefined): void {
    switch (type) {
      case Backend.DataRow:
      case Backend.CopyData:
      case Backend.CopyDone:
      case Backend.CopyOutResponse:
        return;
      case Backend.RowDescription:
        if (front.letter !== Frontend.Query) throw unexpected(type);
        return;
      case Backend.CopyInResponse:
        this.#onCopyIn(front);
        return;
      case Backend.CommandComplete:
        this.#complete(front, message === undefined ? '' : decodeCommandComplete(message));
        return;
      case Backend.EmptyQueryResponse:
        this.#complete(front, 'EMPTY');
        return;
      case Backend.PortalSuspended:
        if (front.letter === Frontend.Query) throw unexpected(type);
        this.#complete(front, 'SUSPENDED');
        return;
      default:
        throw unexpected(type);
    }
  }

  #onCopyIn(front: Expected): void {
    if (front.letter === Frontend.Query) {
      this.#copyIn = true;
      return;
    }
    // The server reads a Sync that was sent along as part of the copy and ignores it (documentation, "COPY Operations");
    // the client sends another one when it is done, as a unit of its own. Anything else behind it makes the copy fail.
    if (this.#left.slice(1).some(({ letter }) => letter !== Frontend.Sync)) return;
    this.#left = [front];
    this.#copyIn = true;
  }

  #complete(front: Expected, tag: string): void {
    this.#copyIn = false;
    this.#tagCount += 1;
    if (this.#tags.length < MOST_TAGS) this.#tags.push(tag);
    if (front.letter === Frontend.Query) this.#answered = true;
    else this.#shift();
  }

  #onError(message: Buffer | undefined): void {
    this.#copyIn = false;
    if (message !== undefined && this.#error === undefined) {
      const { code, message: text } = decodeReport(message);
      this.#error = `${code}: ${text.replaceAll(/\s+/g, ' ')}`;
    }
    if (this.#left[0]?.letter === Frontend.Query) {
      this.#answered = true;
      return;
    }
    this.#failed = true;
    this.#describing = false;
    this.#left = this.#left.filter(({ letter }) => letter === Frontend.Sync);
  }

  #onReady(front: Expected | undefined): void {
    const ends = front?.letter === Frontend.Sync || (front?.letter === Frontend.Query && this.#answered);
    // Otherwise it answers a Sync of an earlier copy that failed before the server had read it: the client gets it as it
    // would without us, and this unit goes on.
    if (!ends) return;
    this.#failed = false;
    this.#shift();
  }
}

function unexpected(type: number): PostgresDoorError {
  return new PostgresDoorError(
    'UPSTREAM_LOST',
    SqlState.connectionFailure,
    `the database server sent \`${String.fromCharCode(type)}\` where it cannot come`,
  );
}
