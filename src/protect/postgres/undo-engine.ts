import type { SnapshotReader } from '#action/snapshot';
import { ProtectError } from '../errors.js';
import type { UndoEngine } from '../undo.js';
import { checkRows, undoRows } from './rows/undo-rows.js';
import { schemaUndo } from './schema/undo.js';

const ROWS: UndoEngine = { check: checkRows, undo: undoRows };

/**
 * Undoes what `postgresKeeper` has kept. The connection is the owner's: of the tables, and no superuser. Where the owner may
 * set `session_replication_role`, foreign keys do not act while rows are put back; where not, an undo that they would
 * disturb is refused.
 */
export const postgresUndo: UndoEngine = {
  check: (reader, connection) => engineOf(reader).check(reader, connection),
  undo: (reader, connection, side) => engineOf(reader).undo(reader, connection, side),
};

function engineOf({ contents }: SnapshotReader): UndoEngine {
  const kind = contents['kind'];
  if (kind === 'rows') return ROWS;
  if (kind === 'schema') return schemaUndo;
  throw new ProtectError('SNAPSHOT_DAMAGED', 'its contents are of a kind that is not known here', {
    hint: 'a newer version may have written it',
  });
}
