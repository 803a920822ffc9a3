import { close, sync } from '#wire/postgres/build';
import { Frontend } from '#wire/postgres/letters';
import type { Segment } from './program.js';
import type { UpstreamLink } from './upstream-link.js';

/** A PREPARE at the beginning of a text or behind a semicolon, and the name that it gives. */
const PREPARE = /(?:^|;)\s*prepare\s+("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)/giu;

/**
 * Makes the names free that segments gave to prepared statements, by a Parse or by SQL: they outlive a rollback, and would be in
 * the way when the same runs once more. To close a name that nothing has is no error (documentation, "Extended Query").
 */
export async function forgetNames(link: UpstreamLink, segments: readonly Segment[]): Promise<void> {
  const names = segments.flatMap(({ parses, statements }) => [
    ...[...parses.keys()].filter((name) => name !== ''),
    ...statements.flatMap(({ text }) => [...text.matchAll(PREPARE)].map(([, name = '']) => nameOf(name))),
  ]);
  if (names.length === 0) return;
  await link.exchange({
    bytes: Buffer.concat([...names.map((name) => close('statement', name)), sync()]),
    expected: [...names.map(() => ({ letter: Frontend.Close })), { letter: Frontend.Sync }],
  });
}

/** As the server folds it. */
function nameOf(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}
