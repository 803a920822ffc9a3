/**
 * The same statements through the door and past it, compared message by message. What may differ is only what `VARYING`
 * names; everything else that differs is a difference.
 */
import { bind, copyData, copyDone, describe, execute, parse, query, sync } from '#wire/postgres/build';
import { Backend } from '#wire/postgres/letters';
import { REPORT_FIELDS } from '#wire/postgres/report-fields';
import { decodeReport } from '#wire/postgres/server-messages';
import type { RawClient, Seen } from '../integration/postgres-door-rig.js';

export type Protocol = 'simple' | 'extended';

export interface Answered {
  /** One line for each message, in order, without the door's own notices. */
  readonly lines: readonly string[];
  /** What the door said when it held the statement. */
  readonly held: string | undefined;
  /** `I`, `T`, `E`; undefined when the connection ended or nothing came. */
  readonly status: string | undefined;
}

/** What differs between two servers, or between two runs on one: each with the reason. */
const VARYING: readonly { readonly why: string; readonly pattern: RegExp; readonly by: string }[] = [
  {
    why: 'object ids are given out in order, and a trial that is rolled back has used some up',
    pattern: /(?<![\d.])(?:1[6-9]\d{3}|[2-9]\d{4})(?![\d.])/g,
    by: '<oid>',
  },
  { why: "the number of a session's temporary schema", pattern: /\bpg_(toast_)?temp_\d+/g, by: 'pg_$1temp_<n>' },
];

/** A statement, or messages of the protocol. */
export type Step =
  | string
  | {
      readonly about: string;
      readonly send: readonly Buffer[];
      /** Nothing more is waited for after a message with this letter, or after an error; ReadyForQuery unless told. */
      readonly until?: string;
    }
  | { readonly copy: string; readonly data: readonly string[] };

/** @param approve lets what the door holds go on. */
export async function ask(
  client: RawClient,
  protocol: Protocol,
  step: Step,
  approve: (() => Promise<void>) | undefined,
  timeoutMs: number,
): Promise<Answered> {
  const until = (typeof step === 'object' && 'until' in step ? step.until : undefined) ?? 'Z';
  const text = typeof step === 'string' ? step : 'copy' in step ? step.copy : '';
  if (typeof step === 'object' && 'send' in step) client.send(...step.send);
  else if (protocol === 'simple') client.send(query(text));
  else client.send(parse('', text), bind('', '', []), describe('portal', ''), execute(''), sync());
  const data = typeof step === 'object' && 'copy' in step ? step.data.map((part) => copyData(Buffer.from(part))) : [];
  const lines: string[] = [];
  let held: string | undefined;
  for (;;) {
    let seen: Seen;
    try {
      seen = await within(client.next(), timeoutMs);
    } catch (error) {
      lines.push(`! ${error instanceof Error ? error.message : String(error)}`);
      return { lines, held, status: undefined };
    }
    const letter = seen.letter.charCodeAt(0);
    if (letter === Backend.NoticeResponse && approve !== undefined) {
      const { message } = decodeReport(seen.bytes);
      if (/^held as /.test(message)) {
        if (held === undefined) await approve();
        held = message;
        continue;
      }
    }
    lines.push(shown(seen));
    // In the extended protocol the Sync was sent already, and is ignored during the copy.
    if (letter === Backend.CopyInResponse)
      client.send(...data, copyDone(), ...(protocol === 'extended' ? [sync()] : []));
    if (until !== 'Z' && (seen.letter === until || seen.letter === 'E'))
      return { lines, held, status: 'in a pipeline' };
    if (letter === Backend.ReadyForQuery) return { lines, held, status: seen.bytes.toString('latin1', 5, 6) };
  }
}

/** The first place at which they differ; undefined when they say the same. */
export function difference(door: readonly string[], direct: readonly string[]): string | undefined {
  for (let at = 0; at < Math.max(door.length, direct.length); at += 1) {
    const [ours, theirs] = [door[at], direct[at]];
    if (ours === theirs) continue;
    if (ours !== undefined && theirs !== undefined && normal(ours) === normal(theirs)) continue;
    return `message ${at + 1}: door ${ours ?? 'nothing'} | direct ${theirs ?? 'nothing'}`;
  }
  return undefined;
}

function normal(line: string): string {
  return VARYING.reduce((text, { pattern, by }) => text.replaceAll(pattern, by), line);
}

function shown({ letter, bytes }: Seen): string {
  switch (letter.charCodeAt(0)) {
    case Backend.RowDescription:
      return `T ${columns(bytes)}`;
    case Backend.ErrorResponse:
    case Backend.NoticeResponse: {
      const report = decodeReport(bytes);
      return `${letter} ${REPORT_FIELDS.slice(1)
        .map(([, name]) => `${name}=${report[name] ?? ''}`)
        .join('; ')}`;
    }
    case Backend.DataRow:
      return `D ${values(bytes)}`;
    case Backend.NotificationResponse:
      // Begins with the process id of the server that sent it.
      return `A ${JSON.stringify(bytes.toString('utf8', 9))}`;
    default:
      return `${letter} ${JSON.stringify(bytes.toString('utf8', 5))}`;
  }
}

/** Name, table, column number, type, size, modifier, format. */
function columns(bytes: Buffer): string {
  const count = bytes.readInt16BE(5);
  const parts: string[] = [];
  for (let column = 0, at = 7; column < count; column += 1) {
    const end = bytes.indexOf(0, at);
    const rest = end + 1;
    parts.push(
      `${bytes.toString('utf8', at, end)}(${bytes.readInt32BE(rest)} ${bytes.readInt16BE(rest + 4)} ${bytes.readInt32BE(rest + 6)} ${bytes.readInt16BE(rest + 10)} ${bytes.readInt32BE(rest + 12)} ${bytes.readInt16BE(rest + 16)})`,
    );
    at = rest + 18;
  }
  return parts.join(', ');
}

function values(bytes: Buffer): string {
  const count = bytes.readInt16BE(5);
  const parts: string[] = [];
  for (let column = 0, at = 7; column < count; column += 1) {
    const length = bytes.readInt32BE(at);
    at += 4;
    parts.push(length < 0 ? 'NULL' : JSON.stringify(bytes.toString('utf8', at, at + length)));
    at += Math.max(0, length);
  }
  return parts.join(', ');
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
