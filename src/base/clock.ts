/** Time as a dependency, so that expiry and lockout can be tested without waiting. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** RFC 3339 in UTC with milliseconds, the one form in which times are shown and stored in documents. */
export function formatTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString();
}
