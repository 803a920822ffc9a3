import type { SplitSql, SqlPiece, TransactionControl } from '#action/course';
import { type Parsed, parseSql } from './parser.js';
import { flag, type Tree, text } from './tree.js';

/**
 * The commands of a text, each where it stands. What lies between them is white space, comments and semicolons.
 * `loadSqlParser()` must have been awaited once before.
 */
export const splitSql: SplitSql = (whole) => {
  const parsed = parseSql(whole);
  if (parsed.kind === 'refused') return undefined;
  const known = recent.get(parsed);
  if (known !== undefined) return known;
  const pieces = piecesOf(whole, parsed.commands);
  if (pieces !== undefined) recent.set(parsed, pieces);
  return pieces;
};

/** A reading is remembered by the exact text (`parseSql`), and what was found in it with it. */
const recent = new WeakMap<Parsed, readonly SqlPiece[]>();

function piecesOf(whole: string, commands: readonly Tree[]): readonly SqlPiece[] | undefined {
  // Locations count bytes of UTF-8 (RawStmt, parsenodes.h); most texts have none but ASCII.
  const toUnits = unitsOf(whole);
  const pieces: SqlPiece[] = [];
  for (const command of commands) {
    const { at = 0, length = 0 } = command;
    const start = toUnits(at);
    const end = length === 0 ? whole.length : toUnits(at + length);
    if (start === undefined || end === undefined) return undefined;
    pieces.push({ start, end, offset: [...whole.slice(0, start)].length, control: controlOf(command) });
  }
  return pieces;
}

/** From an offset in UTF-8 bytes to one in UTF-16 units; undefined inside a character. */
function unitsOf(whole: string): (bytes: number) => number | undefined {
  const encoded = Buffer.from(whole, 'utf8');
  if (encoded.length === whole.length) return (bytes) => bytes;
  return (bytes) => {
    const units = encoded.toString('utf8', 0, bytes).length;
    return Buffer.byteLength(whole.slice(0, units)) === bytes ? units : undefined;
  };
}

function controlOf({ type, node }: Tree): TransactionControl | undefined {
  if (type === 'DiscardStmt') return 'alone';
  if (type === 'VariableSetStmt') {
    return text(node, 'kind') === 'VAR_SET_MULTI' && text(node, 'name') === 'TRANSACTION' ? 'modes' : undefined;
  }
  if (type !== 'TransactionStmt') return undefined;
  switch (text(node, 'kind')) {
    case '':
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return 'begin';
    case 'TRANS_STMT_COMMIT':
      return flag(node, 'chain') ? 'commit-chain' : 'commit';
    case 'TRANS_STMT_ROLLBACK':
      return flag(node, 'chain') ? 'rollback-chain' : 'rollback';
    case 'TRANS_STMT_SAVEPOINT':
    case 'TRANS_STMT_RELEASE':
    case 'TRANS_STMT_ROLLBACK_TO':
      return 'savepoint';
    default:
      return 'two-phase';
  }
}
