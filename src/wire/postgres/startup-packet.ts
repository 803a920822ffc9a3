/** The packets of a connection's first phase, which have a length but no letter (PostgreSQL documentation, "Start-up"). */
import { BodyReader, malformed } from './body-reader.js';
import { PostgresWireError } from './errors.js';
import { CANCEL_REQUEST, GSSENC_REQUEST, SSL_REQUEST } from './letters.js';

export type StartupPacket =
  | { readonly kind: 'ssl-request' }
  | { readonly kind: 'gssenc-request' }
  | { readonly kind: 'cancel-request'; readonly key: CancelKey }
  | {
      readonly kind: 'startup';
      readonly major: number;
      readonly minor: number;
      /** In the order sent; a name may come twice, and the last one counts. */
      readonly parameters: readonly (readonly [name: string, value: string])[];
    };

/** What BackendKeyData gives and CancelRequest shows. */
export interface CancelKey {
  readonly processId: number;
  readonly secret: Buffer;
}

/** postmaster.h, `MAX_STARTUP_PACKET_LENGTH`. */
const LONGEST = 10_000;
/** A secret of protocol 3.2 has up to 256 bytes; we give 4, and compare whatever comes. */
const LONGEST_SECRET = 256;

/** Collects one packet at a time. What is buffered behind it stays, so that a caller can see that there is something. */
export class StartupReader {
  #buffer: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
  }

  get buffered(): number {
    return this.#buffer.length;
  }

  /** Hands over what is left to the reader of the next phase. */
  rest(): Buffer {
    const rest = this.#buffer;
    this.#buffer = Buffer.alloc(0);
    return rest;
  }

  /**
   * The next packet; undefined when more bytes are needed.
   *
   * @throws PostgresWireError whatever is wrong with it: the connection must end.
   */
  next(): StartupPacket | undefined {
    if (this.#buffer.length < 4) return undefined;
    const length = this.#buffer.readInt32BE(0);
    if (length < 8 || length > LONGEST) {
      throw new PostgresWireError('FRAME_TOO_LONG', `a start-up packet cannot have ${length} bytes`);
    }
    if (this.#buffer.length < length) return undefined;
    const packet = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return decode(packet);
  }
}

function decode(packet: Buffer): StartupPacket {
  const reader = new BodyReader(packet, 4);
  const code = reader.uint32();
  switch (code) {
    case SSL_REQUEST:
      reader.end();
      return { kind: 'ssl-request' };
    case GSSENC_REQUEST:
      reader.end();
      return { kind: 'gssenc-request' };
    case CANCEL_REQUEST: {
      const processId = reader.int32();
      if (reader.left > LONGEST_SECRET) throw malformed('too long a secret');
      return { kind: 'cancel-request', key: { processId, secret: reader.bytes(reader.left) } };
    }
    default:
      return { kind: 'startup', major: code >>> 16, minor: code & 0xffff, parameters: pairs(reader) };
  }
}

function pairs(reader: BodyReader): [string, string][] {
  const found: [string, string][] = [];
  for (;;) {
    const name = reader.text();
    if (name === '') break;
    found.push([name, reader.text()]);
  }
  reader.end();
  return found;
}
