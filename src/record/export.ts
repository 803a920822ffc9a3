import { equalBytes } from '#base/bytes';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import { damaged, RecordError } from './errors.js';
import { encodeSegmentStart, segmentPath } from './journal.js';
import { noteVerifier } from './note.js';
import { viewEntries, viewLog } from './read-entries.js';
import type { LogReader, LogStorage } from './storage.js';
import { TileWriter } from './tile-writer.js';

/**
 * Writes a copy of a log as it is now, with every entry in tiles, so that any static web server can serve it and any
 * C2SP tlog-tiles client read it. Works while a daemon appends to the log. The copy is a log's folder like any other.
 *
 * @returns The checkpoint over everything in the copy.
 * @throws RecordError `LOG_DAMAGED` when the log is not what was signed (nothing in the copy then counts: it has no
 * `checkpoint`), `NOTE_INVALID` when another key signed it, `EXPORT_TARGET_NOT_EMPTY`
 */
export async function exportLog(reader: LogReader, target: LogStorage, publicKey: string): Promise<SignedCheckpoint> {
  if ((await target.list()).length > 0) {
    throw new RecordError('EXPORT_TARGET_NOT_EMPTY', 'a log is exported into an empty folder', {
      hint: 'name a new folder',
    });
  }
  const view = await viewLog(reader);
  const head = openCheckpoint(noteVerifier(publicKey), view.head.note);
  const writer = await TileWriter.open(target, 0);
  const frontier = writer.frontier();
  for await (const entry of viewEntries(reader, view)) {
    frontier.push(entry.hash);
    await writer.add([entry]);
  }
  if (frontier.size !== head.size || !equalBytes(frontier.root(), head.root)) {
    throw damaged('the entries do not fit the newest checkpoint');
  }
  await target.write([{ path: segmentPath(head.size), bytes: encodeSegmentStart(head.note) }]);
  await writer.finish(head);
  return head;
}
