/** Builders of messages of both directions. A text with a NUL cannot be sent and throws, except in reports to people. */
import { malformed } from './body-reader.js';
import { Backend, CANCEL_REQUEST, Frontend, PROTOCOL_3_0, SSL_REQUEST, type TransactionStatus } from './letters.js';
import { REPORT_FIELDS, type ReportFields } from './report-fields.js';
import type { CancelKey } from './startup-packet.js';

// ---- to the client

export function errorResponse(fields: ReportFields): Buffer {
  return report(Backend.ErrorResponse, fields);
}

export function noticeResponse(fields: ReportFields): Buffer {
  return report(Backend.NoticeResponse, fields);
}

export function commandComplete(tag: string): Buffer {
  return message(Backend.CommandComplete, text(tag));
}

export function readyForQuery(status: TransactionStatus): Buffer {
  return message(Backend.ReadyForQuery, Buffer.from(status, 'latin1'));
}

export function authenticationOk(): Buffer {
  return message(Backend.Authentication, int32(0));
}

export function authenticationSasl(mechanisms: readonly string[]): Buffer {
  return message(Backend.Authentication, int32(10), ...mechanisms.map(text), Buffer.of(0));
}

export function authenticationSaslContinue(data: string): Buffer {
  return message(Backend.Authentication, int32(11), Buffer.from(data));
}

export function authenticationSaslFinal(data: string): Buffer {
  return message(Backend.Authentication, int32(12), Buffer.from(data));
}

export function parameterStatus(name: string, value: string): Buffer {
  return message(Backend.ParameterStatus, text(name), text(value));
}

export function backendKeyData(key: CancelKey): Buffer {
  return message(Backend.BackendKeyData, int32(key.processId), key.secret);
}

/**
 * Says that we speak 3.0 and which `_pq_.` options we do not know. The documentation asks for the minor version; servers
 * have always sent the whole number, and clients expect that (libpq, `pqGetNegotiateProtocolVersion3`).
 */
export function negotiateProtocolVersion(unknownOptions: readonly string[]): Buffer {
  return message(
    Backend.NegotiateProtocolVersion,
    int32(PROTOCOL_3_0),
    int32(unknownOptions.length),
    ...unknownOptions.map(text),
  );
}

// ---- to the server

export function startupMessage(parameters: Iterable<readonly [string, string]>): Buffer {
  const pairs = Array.from(parameters, ([name, value]) => [text(name), text(value)]).flat();
  return packet(int32(PROTOCOL_3_0), ...pairs, Buffer.of(0));
}

export function sslRequest(): Buffer {
  return packet(int32(SSL_REQUEST));
}

export function cancelRequest(key: CancelKey): Buffer {
  return packet(int32(CANCEL_REQUEST), int32(key.processId), key.secret);
}

export function query(sql: string): Buffer {
  return message(Frontend.Query, text(sql));
}

export function parse(statement: string, sql: string, typeOids: readonly number[] = []): Buffer {
  return message(Frontend.Parse, text(statement), text(sql), int16(typeOids.length), ...typeOids.map(uint32));
}

/** All values and results in text format. */
export function bind(portal: string, statement: string, values: readonly (string | null)[]): Buffer {
  const fields = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = Buffer.from(value);
    return [int32(bytes.length), bytes];
  });
  return message(Frontend.Bind, text(portal), text(statement), int16(0), int16(values.length), ...fields, int16(0));
}

export function describe(kind: 'statement' | 'portal', name: string): Buffer {
  return message(Frontend.Describe, target(kind), text(name));
}

export function execute(portal: string, maxRows = 0): Buffer {
  return message(Frontend.Execute, text(portal), int32(maxRows));
}

export function close(kind: 'statement' | 'portal', name: string): Buffer {
  return message(Frontend.Close, target(kind), text(name));
}

export function sync(): Buffer {
  return message(Frontend.Sync);
}

export function flush(): Buffer {
  return message(Frontend.Flush);
}

export function terminate(): Buffer {
  return message(Frontend.Terminate);
}

export function copyData(data: Uint8Array): Buffer {
  return message(Frontend.CopyData, data);
}

export function copyDone(): Buffer {
  return message(Frontend.CopyDone);
}

export function copyFail(reason: string): Buffer {
  return message(Frontend.CopyFail, text(reason));
}

/** In cleartext. */
export function passwordMessage(password: string): Buffer {
  return message(Frontend.Password, text(password));
}

export function saslInitialResponse(mechanism: string, data: string): Buffer {
  const bytes = Buffer.from(data);
  return message(Frontend.Password, text(mechanism), int32(bytes.length), bytes);
}

export function saslResponse(data: string): Buffer {
  return message(Frontend.Password, Buffer.from(data));
}

// ---- fields

function message(letter: number, ...fields: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(letter), packet(...fields)]);
}

function packet(...fields: readonly Uint8Array[]): Buffer {
  const length = fields.reduce((sum, field) => sum + field.length, 4);
  return Buffer.concat([int32(length), ...fields], length);
}

function report(letter: number, fields: ReportFields): Buffer {
  const parts = REPORT_FIELDS.flatMap(([name, key]) => {
    const value = fields[key];
    // People read these, and a name that they quote may hold anything.
    return value === undefined ? [] : [Buffer.from(`${name}${value.replaceAll('\0', '\ufffd')}\0`)];
  });
  return message(letter, ...parts, Buffer.of(0));
}

function text(value: string): Buffer {
  if (value.includes('\0')) throw malformed('a NUL inside a text');
  return Buffer.from(`${value}\0`);
}

function target(kind: 'statement' | 'portal'): Buffer {
  return Buffer.from(kind === 'statement' ? 'S' : 'P', 'latin1');
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
