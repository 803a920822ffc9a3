/** SqlConnection over the door's own wire code: between two units of an agent's connection, or on one of Firebreak's own. */
import type { Credential } from '#action/credential';
import { type SqlConnection, SqlError, type SqlResult } from '#action/sql-connection';
import { randomText } from '#base/ids';
import { bind, close, execute, parse, sync } from '#wire/postgres/build';
import { Frontend } from '#wire/postgres/letters';
import { decodeDataRows } from '#wire/postgres/server-messages';
import type { PostgresResource } from './options.js';
import { UpstreamLink } from './upstream-link.js';
import { openUpstream } from './upstream-login.js';

const LETTERS = [Frontend.Parse, Frontend.Bind, Frontend.Execute, Frontend.Close, Frontend.Close, Frontend.Sync];
const FORGET = [{ letter: Frontend.Close }, { letter: Frontend.Sync }];

/**
 * The door's own questions on a link whose pipeline is not open. They go by names that nobody knows beforehand and leave no
 * trace: the unnamed statement is the agent's.
 */
export function ownQueries(link: UpstreamLink): SqlConnection {
  return {
    async query(text, values = []): Promise<SqlResult> {
      const own = `firebreak_${randomText(26)}`;
      const rows: Buffer[] = [];
      const reply = await link.exchange({
        bytes: Buffer.concat([
          parse(own, text),
          bind(own, own, values),
          execute(own),
          close('portal', own),
          close('statement', own),
          sync(),
        ]),
        expected: LETTERS.map((letter) => ({ letter })),
        rows,
      });
      if (!reply.ok) {
        // What was parsed before it failed would stay until the connection ends.
        await link.exchange({ bytes: Buffer.concat([close('statement', own), sync()]), expected: FORGET });
        throw new SqlError(reply.summary.slice(0, 5), reply.summary.slice(7));
      }
      const answered = decodeDataRows(Buffer.concat(rows));
      return { rows: answered.map((row) => row.map((value) => value?.toString('utf8') ?? null)), tag: reply.summary };
    },
  };
}

export interface OwnConnection extends SqlConnection {
  close(): Promise<void>;
}

/**
 * A connection of Firebreak's own, with a credential that no agent has.
 *
 * @throws PostgresDoorError `UPSTREAM_*`
 */
export async function openOwnConnection(
  resource: PostgresResource,
  credential: Credential,
  settings: readonly (readonly [string, string])[],
  deadline: AbortSignal,
): Promise<OwnConnection> {
  const upstream = await openUpstream(resource, credential, settings, deadline);
  const link = new UpstreamLink(upstream, { unsolicited: () => undefined, lost: () => undefined });
  return {
    ...ownQueries(link),
    close: () => {
      link.close();
      return Promise.resolve();
    },
  };
}
