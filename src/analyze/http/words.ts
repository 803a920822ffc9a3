/** `a`, `a and b`, `a, b and c`. */
export function joined(items: readonly string[]): string {
  const last = items.at(-1) ?? 'nothing';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** A name that a provider or an agent chose, safe within a sentence: one line, no control characters, not too long. */
export function quoted(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
  return safe.length > 120 ? `${safe.slice(0, 120)}...` : safe;
}
