import instantiate, { type PgQueryInstance } from 'libpg-query/wasm/libpg-query.js';
import { messageOf } from '#base/errors';
import { readTree, type Tree } from './tree.js';

/** Texts of more UTF-8 bytes are not read. 1 MiB takes the parser about a second at worst. */
export const MAX_SQL_BYTES = 1_048_576;

export type Parsed =
  /** The commands of the text, in order. None: it is empty or holds only comments. */
  | { readonly kind: 'commands'; readonly commands: readonly Tree[] }
  /** Why nobody can say what it would do, as the end of a sentence. */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** The Unicode character, counted from 0, at which the grammar gave up; undefined when it was something else. */
      readonly at?: number | undefined;
    };

// An exception out of the WASM code (a stack overflow, a trap) leaves its stack pointer and PostgreSQL's error state
// where they were: after some thirty of them every text fails, and nobody can promise that none is read wrongly before.
// So an instance that threw is never used again. Making one is asynchronous; these stand ready meanwhile.
const SPARES = 1;
const instances: PgQueryInstance[] = [];
const arriving = new Set<Promise<void>>();

/** Texts above this make an instance's memory grow, which it never gives back. */
const HEAVY_BYTES = 262_144;

/** Makes the parser ready. Call it once before the first analysis; later calls only top up what was used. */
export async function loadSqlParser(): Promise<void> {
  while (instances.length + arriving.size < 1 + SPARES) {
    const arrival: Promise<void> = addInstance().finally(() => arriving.delete(arrival));
    arriving.add(arrival);
  }
  await Promise.all(arriving);
}

async function addInstance(): Promise<void> {
  // It prints what it aborts with; that goes into the exception too.
  instances.push(await instantiate({ print: () => undefined, printErr: () => undefined }));
}

function retire(instance: PgQueryInstance): void {
  const index = instances.indexOf(instance);
  if (index >= 0) instances.splice(index, 1);
  // FAIL-CLOSED: a parser that cannot be made leaves one fewer; with none left every text is refused.
  loadSqlParser().catch(() => undefined);
}

/**
 * Reads a text with PostgreSQL's own grammar (version 18, a superset of 13 to 18 for what it accepts).
 *
 * FAIL-CLOSED: what the parser refuses is unknown. Never throws.
 */
export function parseSql(text: string): Parsed {
  const known = recent.get(text);
  if (known !== undefined) {
    recent.delete(text);
    recent.set(text, known);
    return known;
  }
  const instance = instances[0];
  // Not remembered: it is a matter of the moment.
  if (instance === undefined) return refused('the parser is not ready');
  const parsed = examine(text) ?? parseWith(instance, text);
  if (text.length <= REMEMBERED_LENGTH) {
    recent.set(text, parsed);
    for (const oldest of recent.keys()) {
      if (recent.size <= REMEMBERED) break;
      recent.delete(oldest);
    }
  }
  return parsed;
}

// The pipeline analyses each action at least twice, before and after its questions are answered. The exact text is the
// key, so that nothing can be mistaken for something else; trees are read-only.
const REMEMBERED = 256;
export const REMEMBERED_LENGTH = 8_192;
const recent = new Map<string, Parsed>();

// A run of operator characters is matched whole, then shortened, then matched again (scan.l, `operator` and `xcstart`):
// 200 kB of `/*/*/*` take a minute. The server would chew on it too; we need not.
const OPERATOR_RUN = /[~!@#^&|`?+\-*/%<>=]{64,}/g;
const MAX_RUN = 1_024;
const MAX_COMMENT_STARTS = 64;

/** Why a text is not even given to the parser; undefined when it may be. */
function examine(text: string): Parsed | undefined {
  if (text.length > MAX_SQL_BYTES || Buffer.byteLength(text, 'utf8') > MAX_SQL_BYTES) {
    return refused(`the text is longer than ${MAX_SQL_BYTES} bytes`);
  }
  // Parser and server both stop at a NUL; what a door sends after it is anybody's guess.
  if (text.includes('\0')) return refused('the text holds a NUL byte');
  if (!text.isWellFormed()) return refused('the text is not well-formed Unicode');
  for (const [run] of text.matchAll(OPERATOR_RUN)) {
    if (run.length > MAX_RUN || run.split('/*').length > MAX_COMMENT_STARTS) {
      return refused('the text holds an overlong run of operator characters');
    }
  }
  return undefined;
}

function parseWith(instance: PgQueryInstance, text: string): Parsed {
  let json: string;
  try {
    const answer = ask(instance, text);
    if (text.length > HEAVY_BYTES && instances.length > 1) retire(instance);
    if (answer.error !== undefined) return refused(answer.error, answer.at);
    json = answer.tree;
  } catch (thrown) {
    retire(instance);
    return refused(thrown instanceof RangeError ? 'the text is nested too deeply' : messageOf(thrown));
  }
  try {
    return { kind: 'commands', commands: readTree(JSON.parse(json)) };
  } catch (thrown) {
    return refused(messageOf(thrown));
  }
}

type Answer =
  | { readonly tree: string; readonly error?: undefined }
  | { readonly error: string; readonly at: number | undefined };

/** `struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }` (pg_query.h), 4 bytes each. */
function ask(instance: PgQueryInstance, text: string): Answer {
  const size = instance.lengthBytesUTF8(text) + 1;
  const input = instance._malloc(size);
  if (input === 0) throw new Error('the parser ran out of memory');
  instance.stringToUTF8(text, input, size);
  const result = instance._wasm_parse_query_raw(input);
  if (result === 0) throw new Error('the parser ran out of memory');
  const tree = instance.getValue(result, 'i32');
  const error = instance.getValue(result + 8, 'i32');
  // The first member of PgQueryError is its message. What follows the message's first line is the text itself.
  const answer: Answer =
    error === 0
      ? { tree: instance.UTF8ToString(tree) }
      : { error: firstLine(instance.UTF8ToString(instance.getValue(error, 'i32'))), at: placeOf(instance, error) };
  instance._wasm_free_parse_result(result);
  instance._free(input);
  return answer;
}

/** `int cursorpos` of `struct PgQueryError { char *message, *funcname, *filename; int lineno, cursorpos; ... }`, from 1. */
function placeOf(instance: PgQueryInstance, error: number): number | undefined {
  const place = instance.getValue(error + 16, 'i32');
  return place > 0 ? place - 1 : undefined;
}

function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').slice(0, 200);
}

function refused(reason: string, at?: number): Parsed {
  return { kind: 'refused', reason, at };
}
