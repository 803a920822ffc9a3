/** Decoders of the messages that a server sends and that a gateway must understand. All take a whole message. */
import { BodyReader, malformed } from './body-reader.js';
import type { TransactionStatus } from './letters.js';
import { REPORT_FIELDS, type ReportFields } from './report-fields.js';
import type { CancelKey } from './startup-packet.js';

export type Authentication =
  | { readonly kind: 'ok' }
  | { readonly kind: 'cleartext' }
  | { readonly kind: 'md5' }
  | { readonly kind: 'sasl'; readonly mechanisms: readonly string[] }
  | { readonly kind: 'sasl-continue'; readonly data: Buffer }
  | { readonly kind: 'sasl-final'; readonly data: Buffer }
  /** Kerberos, GSSAPI, SSPI... */
  | { readonly kind: 'unsupported'; readonly method: number };

export function decodeAuthentication(message: Buffer): Authentication {
  const reader = new BodyReader(message);
  const method = reader.int32();
  switch (method) {
    case 0:
      reader.end();
      return { kind: 'ok' };
    case 3:
      reader.end();
      return { kind: 'cleartext' };
    case 5:
      return { kind: 'md5' };
    case 10: {
      const mechanisms: string[] = [];
      for (let name = reader.text(); name !== ''; name = reader.text()) mechanisms.push(name);
      reader.end();
      return { kind: 'sasl', mechanisms };
    }
    case 11:
      return { kind: 'sasl-continue', data: reader.bytes(reader.left) };
    case 12:
      return { kind: 'sasl-final', data: reader.bytes(reader.left) };
    default:
      return { kind: 'unsupported', method };
  }
}

export function decodeParameterStatus(message: Buffer): { readonly name: string; readonly value: string } {
  const reader = new BodyReader(message);
  const name = reader.text();
  const value = reader.text();
  reader.end();
  return { name, value };
}

export function decodeBackendKeyData(message: Buffer): CancelKey {
  const reader = new BodyReader(message);
  return { processId: reader.int32(), secret: reader.bytes(reader.left) };
}

export function decodeReadyForQuery(message: Buffer): TransactionStatus {
  const reader = new BodyReader(message);
  const status = String.fromCharCode(reader.byte());
  reader.end();
  if (status === 'I' || status === 'T' || status === 'E') return status;
  throw malformed('an unknown transaction status');
}

export function decodeCommandComplete(message: Buffer): string {
  const reader = new BodyReader(message);
  const tag = reader.text();
  reader.end();
  return tag;
}

/**
 * Of ErrorResponse or NoticeResponse. Tolerant where a server may be: unknown fields are passed over, missing ones are
 * `XX000` and empty texts, and bytes that are not UTF-8 (a server may fail before it knows the encoding) are replaced.
 */
export function decodeReport(message: Buffer): ReportFields {
  const found: { -readonly [name in keyof ReportFields]: ReportFields[name] } = {
    severity: 'ERROR',
    code: 'XX000',
    message: '',
  };
  let at = 5;
  while (at < message.length && message[at] !== 0) {
    const end = message.indexOf(0, at + 1);
    if (end === -1) throw malformed('a field without an end');
    const letter = String.fromCharCode(message.readUInt8(at));
    const field = REPORT_FIELDS.find(([name]) => name === letter);
    if (field !== undefined) found[field[1]] = message.toString('utf8', at + 1, end);
    at = end + 1;
  }
  return found;
}

/** The rows of a run of DataRow messages, each value as the server wrote it. */
export function decodeDataRows(messages: Buffer): (Buffer | null)[][] {
  const rows: (Buffer | null)[][] = [];
  for (let at = 0; at < messages.length; ) {
    if (messages.length - at < 7) throw malformed('fewer bytes than its fields need');
    const length = messages.readInt32BE(at + 1);
    if (length < 6 || length > messages.length - at - 1) throw malformed('fewer bytes than its length says');
    const reader = new BodyReader(messages.subarray(at, at + 1 + length));
    rows.push(Array.from({ length: reader.count() }, () => reader.value()));
    reader.end();
    at += 1 + length;
  }
  return rows;
}

/**
 * An ErrorResponse whose position (field `P`: characters, from 1) is moved, for a text that was sent without its beginning.
 * Everything else stays as it is.
 */
export function shiftPosition(message: Buffer, characters: number): Buffer {
  if (characters === 0) return message;
  for (let at = 5; at < message.length && message[at] !== 0; ) {
    const end = message.indexOf(0, at + 1);
    if (end === -1) throw malformed('a field without an end');
    if (message[at] === 0x50 /* 'P' */) {
      const position = Number(message.toString('latin1', at + 1, end)) + characters;
      const shifted = Buffer.concat([
        message.subarray(0, at + 1),
        Buffer.from(String(position), 'latin1'),
        message.subarray(end),
      ]);
      shifted.writeInt32BE(shifted.length - 1, 1);
      return shifted;
    }
    at = end + 1;
  }
  return message;
}
