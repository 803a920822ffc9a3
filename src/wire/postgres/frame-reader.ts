/**
 * Cuts a stream of typed messages (one letter, Int32 length, body) into events, whatever pieces it arrives in.
 * INVARIANT: no byte of a message is kept before its length has been compared with the bound of its type.
 * INVARIANT: bytes once handed out are never written again, so that a message may be kept without copying it.
 */
import { PostgresWireError } from './errors.js';

/**
 * What to do with one type of message. `whole`: give it in one piece; longer than `limit` (its length field), it is
 * `skip`ped with its body dropped, or it `end`s the connection. `stream`: give its bytes as they come, many messages of the
 * type as one stretch.
 */
export type FrameRule =
  | { readonly kind: 'whole'; readonly limit: number; readonly beyond: 'skip' | 'end' }
  | { readonly kind: 'stream' };

/** The rules by letter; a letter without one ends the connection. */
export type FrameRules = ReadonlyMap<number, FrameRule>;

export type FrameEvent =
  /** One whole message; `bytes` begins with its letter. */
  | { readonly kind: 'message'; readonly type: number; readonly bytes: Buffer }
  /** A piece of the stream made of messages of one type; it may begin and end in the middle of one. */
  | { readonly kind: 'stretch'; readonly type: number; readonly bytes: Buffer }
  /** A message over its bound; its body (`length` bytes with the length field) is dropped as it comes. */
  | { readonly kind: 'skipped'; readonly type: number; readonly length: number };

/** PostgreSQL's own bound of any message: `MaxAllocSize - 1` (libpq.h, `PQ_LARGE_MESSAGE_LIMIT`). */
const LARGEST = 0x3fff_fffe;
const HEADER = 5;
const NOTHING = Buffer.alloc(0);

export class FrameReader {
  readonly #rules: FrameRules;
  #storage: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** Bytes of the current message still to come, when it is streamed or skipped. */
  #left = 0;
  #streaming = 0;

  constructor(rules: FrameRules, first: Buffer = NOTHING) {
    this.#rules = rules;
    this.push(first);
  }

  /** Bytes received and not yet given out. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** True when the last stretch ended inside a message: nothing else may be put into the stream then. */
  get insideMessage(): boolean {
    return this.#left > 0;
  }

  /** Adds what arrived. The reader keeps the chunk: it must not be written again. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const kept = this.buffered;
    if (kept === 0) {
      this.#storage = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#storage.length) {
      // Doubling keeps a long message that comes in small pieces linear; a new block leaves handed-out bytes alone.
      const room = Buffer.allocUnsafe(2 * (kept + chunk.length));
      this.#storage.copy(room, 0, this.#start, this.#end);
      this.#storage = room;
      this.#start = 0;
      this.#end = kept;
    }
    chunk.copy(this.#storage, this.#end);
    this.#end += chunk.length;
  }

  /** What was received and not given out, for the reader of the next phase. This reader must not be used any more. */
  rest(): Buffer {
    const rest = this.#storage.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return rest;
  }

  /**
   * The next event; undefined when more bytes are needed.
   *
   * @throws PostgresWireError `FRAME_MALFORMED`, `FRAME_TOO_LONG`: the stream is lost.
   */
  next(): FrameEvent | undefined {
    if (this.#left > 0) {
      if (this.#streaming !== 0) return this.#stretch(this.#streaming);
      const dropped = Math.min(this.#left, this.buffered);
      this.#start += dropped;
      this.#left -= dropped;
      if (this.#left > 0) return undefined;
    }
    if (this.buffered < HEADER) return undefined;
    const type = this.#storage.readUInt8(this.#start);
    const length = this.#lengthAt(this.#start, type);
    const rule = this.#ruleOf(type);
    if (rule.kind === 'stream') return this.#stretch(type);
    if (length > rule.limit) {
      if (rule.beyond === 'end') throw tooLong(type, length);
      this.#start += 1;
      this.#left = length;
      this.#streaming = 0;
      return { kind: 'skipped', type, length };
    }
    if (this.buffered < 1 + length) return undefined;
    const bytes = this.#storage.subarray(this.#start, this.#start + 1 + length);
    this.#start += 1 + length;
    return { kind: 'message', type, bytes };
  }

  #stretch(type: number): FrameEvent | undefined {
    let position = this.#start;
    for (;;) {
      const taken = Math.min(this.#left, this.#end - position);
      position += taken;
      this.#left -= taken;
      if (this.#left > 0 || this.#end - position < HEADER || this.#storage.readUInt8(position) !== type) break;
      this.#left = 1 + this.#lengthAt(position, type);
    }
    this.#streaming = this.#left > 0 ? type : 0;
    if (position === this.#start) return undefined;
    const bytes = this.#storage.subarray(this.#start, position);
    this.#start = position;
    return { kind: 'stretch', type, bytes };
  }

  #lengthAt(position: number, type: number): number {
    const length = this.#storage.readInt32BE(position + 1);
    if (length < 4)
      throw new PostgresWireError('FRAME_MALFORMED', `message ${nameOf(type)} claims the length ${length}`);
    if (length > LARGEST) throw tooLong(type, length);
    return length;
  }

  #ruleOf(type: number): FrameRule {
    const rule = this.#rules.get(type);
    if (rule === undefined)
      throw new PostgresWireError('FRAME_MALFORMED', `no message ${nameOf(type)} is expected here`);
    return rule;
  }
}

function tooLong(type: number, length: number): PostgresWireError {
  return new PostgresWireError('FRAME_TOO_LONG', `message ${nameOf(type)} of ${length} bytes is over its bound`);
}

/** The letter as a person writes it. */
function nameOf(type: number): string {
  return type > 0x20 && type < 0x7f ? `\`${String.fromCharCode(type)}\`` : `0x${type.toString(16).padStart(2, '0')}`;
}
