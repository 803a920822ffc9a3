/** Reads the fields of one message's body in order. Never reads past its end, and `end()` refuses what is left over. */
import { PostgresWireError } from './errors.js';

// `fatal`: bytes that are not UTF-8 must not become a text that differs from them. `ignoreBOM`: a BOM is part of the text.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class BodyReader {
  readonly #body: Buffer;
  #at: number;

  /** @param message with its letter and length: reading begins behind them. */
  constructor(message: Buffer, skip = 5) {
    this.#body = message;
    this.#at = skip;
  }

  get left(): number {
    return this.#body.length - this.#at;
  }

  byte(): number {
    return this.#body.readUInt8(this.#advance(1));
  }

  int16(): number {
    return this.#body.readInt16BE(this.#advance(2));
  }

  /** A number of things that follow: the protocol writes it as Int16 and means 0 to 65,535. */
  count(): number {
    return this.#body.readUInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#body.readInt32BE(this.#advance(4));
  }

  uint32(): number {
    return this.#body.readUInt32BE(this.#advance(4));
  }

  bytes(length: number): Buffer {
    if (length < 0) throw malformed('a negative length');
    const from = this.#advance(length);
    return this.#body.subarray(from, from + length);
  }

  /** A length (Int32, -1 for null) and that many bytes. */
  value(): Buffer | null {
    const length = this.int32();
    return length === -1 ? null : this.bytes(length);
  }

  /** A text that ends with a NUL. */
  text(): string {
    const nul = this.#body.indexOf(0, this.#at);
    if (nul === -1) throw malformed('a text without an end');
    const text = decodeUtf8(this.#body.subarray(this.#at, nul));
    this.#at = nul + 1;
    return text;
  }

  end(): void {
    // A parser that stops at a NUL and a server that does not would read two different statements.
    if (this.left !== 0) throw malformed(`${this.left} bytes behind its end`);
  }

  #advance(length: number): number {
    if (length > this.left) throw malformed('fewer bytes than its fields need');
    const from = this.#at;
    this.#at += length;
    return from;
  }
}

/** @throws PostgresWireError `TEXT_NOT_UTF8` */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new PostgresWireError('TEXT_NOT_UTF8', 'a text is not valid UTF-8', {
      hint: 'set client_encoding to UTF8 and send UTF-8',
      cause,
    });
  }
}

export function malformed(what: string): PostgresWireError {
  return new PostgresWireError('MESSAGE_MALFORMED', `the message has ${what}`);
}
