import { query } from '#wire/postgres/build';
import { Backend, Frontend } from '#wire/postgres/letters';
import { messagesOf } from './exchange-segment.js';
import type { UpstreamLink } from './upstream-link.js';

/** How a command of the door's own ended. */
export interface Ended {
  readonly ok: boolean;
  /** Its tag, or the server's error in one line. */
  readonly summary: string;
  /** The server's ErrorResponse, for an agent to whom it belongs. */
  readonly error: Buffer | undefined;
}

/**
 * Runs a command of the door's own that the agent does not see, but whose error may be its answer.
 *
 * @throws PostgresDoorError `UPSTREAM_LOST`
 */
export async function ownCommand(link: UpstreamLink, text: string): Promise<Ended> {
  const said: Buffer[] = [];
  const { ok, summary, held } = await link.exchange({
    bytes: query(text),
    expected: [{ letter: Frontend.Query, silent: true }],
    deliver: (bytes) => void said.push(bytes),
  });
  const error = messagesOf(Buffer.concat([...said, ...held])).find((message) => message[0] === Backend.ErrorResponse);
  return { ok, summary, error };
}
