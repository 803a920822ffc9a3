/** Decoders of the messages that a client sends and that carry something to decide on. All take a whole message. */
import { BodyReader, malformed } from './body-reader.js';

export interface ParseMessage {
  readonly statement: string;
  readonly text: string;
  /** One for each parameter whose type the client declares; 0 leaves it to the server. */
  readonly typeOids: readonly number[];
}

export interface BindMessage {
  readonly portal: string;
  readonly statement: string;
  /** 0 text, 1 binary: one for each value, as the protocol's short forms (none, one for all) are spelled out. */
  readonly formats: readonly number[];
  readonly values: readonly (Buffer | null)[];
}

/** What Describe and Close are about. */
export interface Target {
  readonly kind: 'statement' | 'portal';
  readonly name: string;
}

export function decodeQuery(message: Buffer): string {
  const reader = new BodyReader(message);
  const text = reader.text();
  reader.end();
  return text;
}

export function decodeParse(message: Buffer): ParseMessage {
  const reader = new BodyReader(message);
  const statement = reader.text();
  const text = reader.text();
  const typeOids = Array.from({ length: reader.count() }, () => reader.uint32());
  reader.end();
  return { statement, text, typeOids };
}

export function decodeBind(message: Buffer): BindMessage {
  const reader = new BodyReader(message);
  const portal = reader.text();
  const statement = reader.text();
  const given = Array.from({ length: reader.count() }, () => reader.int16());
  const values = Array.from({ length: reader.count() }, () => reader.value());
  for (let left = reader.count(); left > 0; left -= 1) reader.int16(); // result formats
  reader.end();
  if (given.length > 1 && given.length !== values.length) throw malformed('formats that do not match its parameters');
  const formats = values.map((_, index) => (given.length === 1 ? given[0] : given[index]) ?? 0);
  if (formats.some((format) => format !== 0 && format !== 1))
    throw malformed('a format that is neither text nor binary');
  return { portal, statement, formats, values };
}

export function decodeExecute(message: Buffer): { readonly portal: string; readonly maxRows: number } {
  const reader = new BodyReader(message);
  const portal = reader.text();
  const maxRows = reader.int32();
  reader.end();
  return { portal, maxRows };
}

/** Of Describe or Close. */
export function decodeTarget(message: Buffer): Target {
  const reader = new BodyReader(message);
  const letter = reader.byte();
  const name = reader.text();
  reader.end();
  if (letter === 0x53) return { kind: 'statement', name }; // 'S'
  if (letter === 0x50) return { kind: 'portal', name }; // 'P'
  throw malformed('a target that is neither statement nor portal');
}

export function decodeSaslInitialResponse(message: Buffer): { readonly mechanism: string; readonly data: Buffer } {
  const reader = new BodyReader(message);
  const mechanism = reader.text();
  const data = reader.value();
  reader.end();
  if (data === null) throw malformed('no initial response');
  return { mechanism, data };
}

export function decodeSaslResponse(message: Buffer): Buffer {
  return message.subarray(5);
}
