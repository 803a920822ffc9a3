/** What the door itself sends upstream, on the agent's connection, between two units. Nothing of it reaches the agent. */
import { randomText } from '#base/ids';
import { bind, close, execute, flush, parse, sync } from '#wire/postgres/build';
import { Frontend } from '#wire/postgres/letters';
import { decodeDataRows } from '#wire/postgres/server-messages';
import { PostgresDoorError } from './errors.js';
import { SqlState } from './sqlstates.js';
import type { UpstreamLink } from './upstream-link.js';

// The operator is named with its schema: a search_path of the agent's must not put another one in its place.
const QUESTION = 'SELECT statement FROM pg_catalog.pg_prepared_statements WHERE name OPERATOR(pg_catalog.=) $1';
const TEXT_OID = 25;
/** No statement begins with this word, in any version: whatever the agent declares, this fails. */
const FAILS = 'firebreak refused a statement of this transaction';

/**
 * The text that the server knows under this name: of SQL PREPARE the whole command, of a Parse message its text. Undefined
 * when there is none, or when it cannot be asked now.
 *
 * The question goes by names that nobody knows beforehand and leaves no trace; a simple query or the unnamed statement
 * would destroy the agent's own unnamed statement (PostgreSQL documentation, "Extended Query").
 */
export async function askPreparedStatement(link: UpstreamLink, name: string): Promise<string | undefined> {
  if (link.busy || link.status === 'E') return undefined;
  const own = `firebreak_${randomText(26)}`;
  const letters = [Frontend.Parse, Frontend.Bind, Frontend.Execute, Frontend.Close, Frontend.Close];
  // A Sync would end the implicit transaction of a pipeline that the agent has not ended.
  const withSync = !link.pipelineOpen;
  const rows: Buffer[] = [];
  const reply = await link.exchange({
    bytes: Buffer.concat([
      parse(own, QUESTION, [TEXT_OID]),
      bind(own, own, [name]),
      execute(own),
      close('portal', own),
      close('statement', own),
      withSync ? sync() : flush(),
    ]),
    expected: [...letters, ...(withSync ? [Frontend.Sync] : [])].map((letter) => ({ letter })),
    rows,
  });
  if (reply.skipsToSync) await failTransaction(link);
  if (!reply.ok) return undefined;
  const [row] = decodeDataRows(Buffer.concat(rows));
  return row?.[0]?.toString('utf8');
}

/**
 * The server's own word on a text that nobody can read: a Parse runs nothing of it.
 *
 * @returns what the server says, as it is for the agent, when the text is no SQL to the server either; its open transaction
 * has failed then, as it does for any such text. Undefined when the server may understand it.
 */
export async function syntaxErrorOf(link: UpstreamLink, text: string): Promise<Buffer | undefined> {
  const own = `firebreak_${randomText(26)}`;
  const said: Buffer[] = [];
  const reply = await link.exchange({
    bytes: Buffer.concat([parse(own, text), close('statement', own), sync()]),
    expected: [Frontend.Parse, Frontend.Close, Frontend.Sync].map((letter) => ({ letter, silent: true })),
    deliver: (bytes) => said.push(bytes),
  });
  return reply.ok || !reply.summary.startsWith(SqlState.syntaxError)
    ? undefined
    : Buffer.concat([...said, ...reply.held]);
}

/**
 * Makes the server's open transaction fail, as it would have if it had refused the statement itself. Otherwise a later
 * COMMIT would make half of a transaction last.
 *
 * FAIL-CLOSED: a transaction with a refused statement cannot be committed.
 *
 * @throws PostgresDoorError `UPSTREAM_LOST` when it does not fail: the connection must end then, which rolls back.
 */
export async function failTransaction(link: UpstreamLink): Promise<void> {
  await link.exchange({
    bytes: Buffer.concat([parse(`firebreak_${randomText(26)}`, FAILS), sync()]),
    expected: [{ letter: Frontend.Parse }, { letter: Frontend.Sync }],
  });
  if (link.status === 'T') {
    throw new PostgresDoorError('UPSTREAM_LOST', SqlState.connectionFailure, 'a refused transaction did not fail');
  }
}
