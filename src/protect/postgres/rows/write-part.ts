import type { SnapshotDraft } from '#action/snapshot';
import type { SqlRow } from '#action/sql-connection';
import { encodeRow } from './copy-text.js';
import type { KeptRows } from './row-contents.js';

/** Rows are handed on in pieces of about this many characters. */
const PIECE_CHARACTERS = 1024 * 1024;

/** Writes the rows that `produce` gives as one part. */
export async function writePart(
  draft: SnapshotDraft,
  name: string,
  produce: (write: (row: SqlRow) => Promise<void>) => Promise<void>,
): Promise<KeptRows> {
  const part = await draft.part(name);
  let rows = 0;
  let pending: string[] = [];
  let characters = 0;
  const flush = async () => {
    await part.write(Buffer.from(pending.join('')));
    pending = [];
    characters = 0;
  };
  await produce(async (row) => {
    rows += 1;
    const line = encodeRow(row);
    pending.push(line);
    characters += line.length;
    if (characters >= PIECE_CHARACTERS) await flush();
  });
  if (pending.length > 0) await flush();
  await part.end();
  return { part: name, rows };
}
