import { sync } from '#wire/postgres/build';
import { Frontend } from '#wire/postgres/letters';
import type { Reply } from './exchange.js';
import type { Segment } from './program.js';
import type { UpstreamLink } from './upstream-link.js';

const SILENT_SYNC = { letter: Frontend.Sync, silent: true };

/** Whole messages, one by one. */
export function messagesOf(bytes: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    messages.push(bytes.subarray(at, end));
    at = end;
  }
  return messages;
}

/** Sends a segment with a Sync of its own that the agent does not see. */
export async function exchangeSegment(
  link: UpstreamLink,
  segment: Segment,
  deliver: (bytes: Buffer) => void,
  copyBegins?: Parameters<UpstreamLink['exchange']>[0]['copyBegins'],
): Promise<Reply> {
  const simple = segment.bytes[0] === Frontend.Query;
  const { expected } = segment;
  const reply = await link.exchange({
    bytes: simple ? segment.bytes : Buffer.concat([segment.bytes, sync()]),
    // A Query ends with a ReadyForQuery of its own, which the door says itself.
    expected: simple ? expected.map((one) => ({ ...one, silent: true })) : [...expected, SILENT_SYNC],
    deliver,
    ...(copyBegins === undefined ? {} : { copyBegins }),
  });
  // The server read that Sync as part of a copy and ignored it (documentation, "COPY Operations").
  if (link.alive && link.pipelineOpen) await link.exchange({ bytes: sync(), expected: [{ letter: Frontend.Sync }] });
  return reply;
}
