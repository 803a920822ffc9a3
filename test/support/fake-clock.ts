import type { Clock } from '#base/clock';

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
  #now: number;

  /** @param start milliseconds since the Unix epoch; by default a time in the year 2026 that begins a TOTP step. */
  constructor(start = 1_780_000_020_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
