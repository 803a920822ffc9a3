import { distance } from 'fastest-levenshtein';

/** The candidate that differs least from what was typed, when it is close enough to have been meant. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(typed.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.max(2, Math.floor(typed.length / 3)) ? best.candidate : undefined;
}
