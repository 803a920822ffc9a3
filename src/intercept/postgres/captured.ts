/** Replies that an agent must not see before it is known that what they tell of lasts. */
import { createHash } from 'node:crypto';
import { Backend } from '#wire/postgres/letters';
import { PostgresDoorError } from './errors.js';
import { messagesOf } from './exchange-segment.js';
import { SqlState } from './sqlstates.js';

/** An answer to keep back is bounded; what is longer must be read outside of what changes rows. */
const MOST_BYTES = 64 * 1024 * 1024;

export class Captured {
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** @throws PostgresDoorError `STATEMENT_REFUSED` when there is too much of it. */
  add(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes <= MOST_BYTES) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  /** It was too much to keep: nobody may see a part of it. */
  get overflowed(): boolean {
    return this.#bytes > MOST_BYTES;
  }

  get pieces(): readonly Buffer[] {
    if (this.overflowed) throw this.tooLong();
    return this.#pieces;
  }

  /** What to tell the agent of it. */
  tooLong(): PostgresDoorError {
    return new PostgresDoorError(
      'STATEMENT_REFUSED',
      SqlState.programLimitExceeded,
      'its answer is too long to be kept back until what it changes is decided on',
      { hint: 'leave out RETURNING, or change fewer rows at a time' },
    );
  }

  /** What came so far; it is not kept any more. */
  take(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** Equal for equal replies, whatever numbers the server gave to tables and types that they come from. */
  get digest(): string {
    const hash = createHash('sha256');
    for (const message of messagesOf(Buffer.concat(this.#pieces))) {
      if (message[0] !== Backend.RowDescription) hash.update(message);
    }
    return hash.digest('hex');
  }
}
