/**
 * What a unit asks of the server, cut where a transaction begins or ends, since each part is decided on by itself.
 *
 * On a guarded database every command goes as a Parse of its own, also those of a simple query: the server then refuses a
 * text in which it sees more commands than we do, so that none can leave the transaction in which it is measured.
 */
import type { SqlStatement } from '#action/action';
import type { SplitSql, SqlPiece, TransactionControl } from '#action/course';
import { bind, describe, execute, parse } from '#wire/postgres/build';
import { decodeExecute, decodeParse, decodeQuery, decodeTarget } from '#wire/postgres/client-messages';
import { Frontend } from '#wire/postgres/letters';
import type { Catalog, Prepared } from './catalog.js';
import type { Expected } from './reply-tracker.js';
import { readUnit, type UnitReading } from './unit-reading.js';

export interface Segment {
  /** What the segment does to the transaction; undefined for everything but a single such command. */
  readonly control: TransactionControl | undefined;
  /** In the order of execution; none: it only prepares, describes or closes. */
  readonly statements: readonly SqlStatement[];
  /** Whole messages, without a Sync or Flush at the end. */
  readonly bytes: Buffer;
  readonly expected: readonly Expected[];
  /** Named statements that it parses. */
  readonly parses: ReadonlyMap<string, Prepared>;
  /** Statements of earlier segments that it uses, the unnamed one included. */
  readonly uses: readonly string[];
  /** Nothing was left out or cut in two: the bytes are those of the agent. */
  readonly raw: boolean;
}

/**
 * @param bytes of a Query message, or of extended messages up to Sync or Flush.
 * @throws PostgresDoorError `STATEMENT_REFUSED`
 */
export function readProgram(bytes: Buffer, catalog: Catalog, split: SplitSql, guarded: boolean): readonly Segment[] {
  const reading = readUnit(bytes, catalog);
  if (bytes[0] === Frontend.Query) return ofQuery(bytes, reading, split, guarded);
  return ofMessages(bytes, reading, split);
}

function ofQuery(bytes: Buffer, reading: UnitReading, split: SplitSql, guarded: boolean): readonly Segment[] {
  const text = decodeQuery(bytes);
  const pieces = split(text) ?? [];
  const whole: Segment = {
    control: pieces.length === 1 ? pieces[0]?.control : undefined,
    statements: reading.statements,
    bytes,
    expected: reading.expected,
    parses: NONE,
    uses: [],
    raw: true,
  };
  if (!guarded) return [whole];
  // What our parser cannot read goes as one command; the server says what is wrong with it, or that it is more.
  if (pieces.length <= 1) return [{ ...whole, ...asOwnCommands(text, [pieces[0] ?? wholeOf(text)]), raw: false }];
  const runs = runsOf(pieces);
  return runs.map((run): Segment => {
    const [first, last] = [run[0], run.at(-1)];
    const part = runs.length === 1 ? text : text.slice(first?.start ?? 0, last?.end ?? text.length);
    return {
      control: run.length === 1 ? first?.control : undefined,
      statements: [{ text: part, parameters: [] }],
      ...asOwnCommands(text, run),
      parses: NONE,
      uses: [],
      raw: false,
    };
  });
}

const NONE: ReadonlyMap<string, Prepared> = new Map();

function wholeOf(text: string): SqlPiece {
  return { start: 0, end: text.length, offset: 0, control: undefined };
}

/** Neighbours without a word on the transaction stay together: they are one implicit transaction. */
function runsOf(pieces: readonly SqlPiece[]): readonly (readonly SqlPiece[])[] {
  const runs: SqlPiece[][] = [];
  for (const piece of pieces) {
    const run = runs.at(-1);
    if (run !== undefined && piece.control === undefined && run[0]?.control === undefined) run.push(piece);
    else runs.push([piece]);
  }
  return runs;
}

function asOwnCommands(text: string, pieces: readonly SqlPiece[]): Pick<Segment, 'bytes' | 'expected'> {
  const messages: Buffer[] = [];
  const expected: Expected[] = [];
  for (const { start, end, offset } of pieces) {
    messages.push(parse('', text.slice(start, end)), bind('', '', []), describe('portal', ''), execute(''));
    for (const letter of [Frontend.Parse, Frontend.Bind, Frontend.Describe]) {
      expected.push({ letter, silent: true, textOffset: offset });
    }
    expected.push({ letter: Frontend.Execute, textOffset: offset });
  }
  return { bytes: Buffer.concat(messages), expected };
}

/** One command of the extended protocol: the messages up to its Execute, that included. */
interface Chunk {
  readonly messages: Buffer[];
  control: TransactionControl | undefined;
}

function ofMessages(bytes: Buffer, reading: UnitReading, split: SplitSql): readonly Segment[] {
  const chunks = chunksOf(bytes, reading, split);
  const groups: Chunk[][] = [];
  for (const chunk of chunks) {
    const group = groups.at(-1);
    if (group !== undefined && chunk.control === undefined && group[0]?.control === undefined) group.push(chunk);
    else groups.push([chunk]);
  }
  const sound = reading.expected.filter(({ letter }) => letter !== Frontend.Sync);
  const perMessage = [...sound];
  const statements = [...reading.ofExecutes];
  return groups.map((group): Segment => {
    const messages = group.flatMap((chunk) => chunk.messages);
    const own: SqlStatement[] = [];
    const parses = new Map<string, Prepared>();
    const uses = new Set<string>();
    for (const message of messages) {
      const letter = message[0];
      if (letter === Frontend.Execute || letter === Frontend.Bind) own.push(...(statements.shift() ?? []));
      if (letter === Frontend.Parse) {
        const { statement, text, typeOids } = decodeParse(message);
        parses.set(statement, { text, typeOids });
      }
      const used = usedBy(message);
      if (used !== undefined && !parses.has(used)) uses.add(used);
    }
    return {
      control: group.length === 1 ? group[0]?.control : undefined,
      statements: own,
      bytes: Buffer.concat(messages),
      expected: perMessage.splice(0, messages.length),
      parses,
      uses: [...uses],
      raw: groups.length === 1,
    };
  });
}

function chunksOf(bytes: Buffer, reading: UnitReading, split: SplitSql): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let open: Chunk = { messages: [], control: undefined };
  const executed = [...reading.ofExecutes];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    const message = bytes.subarray(at, end);
    at = end;
    const letter = message[0];
    if (letter === Frontend.Sync || letter === Frontend.Flush) continue;
    open.messages.push(message);
    const statements = letter === Frontend.Execute || letter === Frontend.Bind ? (executed.shift() ?? []) : [];
    if (letter !== Frontend.Execute) continue;
    decodeExecute(message);
    const [statement] = statements;
    const pieces = statement === undefined ? undefined : split(statement.text);
    open.control = pieces?.length === 1 ? pieces[0]?.control : undefined;
    chunks.push(open);
    open = { messages: [], control: undefined };
  }
  if (open.messages.length === 0) return chunks;
  // What comes behind the last Execute (a Close, a Describe) runs nothing and goes along with it.
  const last = chunks.at(-1);
  if (last === undefined || last.control !== undefined) return [...chunks, open];
  last.messages.push(...open.messages);
  return chunks;
}

/** The prepared statement that a message needs. */
function usedBy(message: Buffer): string | undefined {
  switch (message[0]) {
    case Frontend.Bind:
      return nameAt(message, message.indexOf(0, 5) + 1);
    case Frontend.Describe: {
      const { kind, name } = decodeTarget(message);
      return kind === 'statement' ? name : undefined;
    }
    default:
      return undefined;
  }
}

function nameAt(message: Buffer, from: number): string {
  return message.toString('utf8', from, message.indexOf(0, from));
}
