import { copyFail } from '#wire/postgres/build';
import { Frontend } from '#wire/postgres/letters';
import type { ClientLink } from './client-link.js';
import { PostgresDoorError } from './errors.js';
import type { CopyIn } from './exchange.js';
import { SqlState } from './sqlstates.js';

/**
 * Passes the agent's COPY data on, as fast as the server takes it, until either side ends the copy. Only copy messages go
 * through: anything else would be a statement that nobody decided on.
 *
 * @param sent is told every byte that went through.

 * @throws PostgresDoorError, PostgresWireError: the connection must end.
 */
export async function feedCopy(copy: CopyIn, client: ClientLink, sent?: (bytes: Buffer) => void): Promise<void> {
  while (copy.open) {
    const event = client.next();
    if (event === undefined) {
      if (!client.gone) await client.arrival();
      else if (client.insideMessage) {
        // A message cannot be ended before its length: only closing tells the server that the rest will not come.
        throw new PostgresDoorError(
          'AGENT_GONE',
          SqlState.connectionFailure,
          'the agent left in the middle of COPY data',
        );
      } else copy.end(copyFail('the client closed the connection'));
      continue;
    }
    switch (event.type) {
      case Frontend.CopyData:
        if (event.kind !== 'stretch') break;
        sent?.(event.bytes);
        if (!copy.send(event.bytes)) await copy.drained();
        break;
      case Frontend.CopyDone:
      case Frontend.CopyFail:
        if (event.kind !== 'message') break;
        sent?.(event.bytes);
        copy.end(event.bytes);
        break;
      case Frontend.Sync:
      case Frontend.Flush:
        // The server ignores them during a copy (copyfromparse.c); unsent, they cannot be counted as replies to come.
        break;
      default:
        copy.end(copyFail('unexpected message during COPY from stdin'));
    }
  }
}
