import { TextDecoder } from 'node:util';
import type { SqlRow } from '#action/sql-connection';
import { ProtectError } from '../../errors.js';

/**
 * Rows as lines of PostgreSQL's COPY text format (documentation of COPY, "Text Format"): values between tabs, `\N` for
 * NULL, so that a part of a snapshot can also be loaded with `COPY ... FROM` by hand.
 */
export function encodeRow(values: SqlRow): string {
  return `${values.map((value) => (value === null ? '\\N' : value.replaceAll(/[\\\b\f\n\r\t\v]/g, escaped))).join('\t')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};
const UNESCAPES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ESCAPES).map(([character, written]) => [written, character]),
);

const escaped = (character: string): string => ESCAPES[character] ?? character;

/** @throws ProtectError `SNAPSHOT_DAMAGED` for an escape that `encodeRow` never writes. */
export function decodeRow(line: string): SqlRow {
  return line.split('\t').map((field) => {
    if (field === '\\N') return null;
    return field.replaceAll(/\\.?/g, (written) => {
      const character = UNESCAPES[written];
      if (character === undefined) throw new ProtectError('SNAPSHOT_DAMAGED', `a row has the escape \`${written}\``);
      return character;
    });
  });
}

/**
 * The rows of a part, in lists of at most `most` rows or about `bytes` bytes.
 *
 * @param columns how many values each row has.
 * @throws ProtectError `SNAPSHOT_DAMAGED`
 */
export async function* decodeRows(
  chunks: AsyncIterable<Uint8Array>,
  columns: number,
  { most = 1000, bytes = 1024 * 1024 }: { readonly most?: number; readonly bytes?: number } = {},
): AsyncGenerator<readonly SqlRow[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  let rows: SqlRow[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const lines = (rest + decoded(decoder, chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const row = decodeRow(line);
      if (row.length !== columns)
        throw new ProtectError('SNAPSHOT_DAMAGED', `a row has ${row.length} values, and its table ${columns} columns`);
      rows.push(row);
      size += line.length;
      if (rows.length < most && size < bytes) continue;
      yield rows;
      rows = [];
      size = 0;
    }
  }
  if (rest + decoded(decoder) !== '') throw new ProtectError('SNAPSHOT_DAMAGED', 'its last row is cut off');
  if (rows.length > 0) yield rows;
}

function decoded(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new ProtectError('SNAPSHOT_DAMAGED', 'a row is not UTF-8', { cause });
  }
}
