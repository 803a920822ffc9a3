/** Which action a call of a tool was, so that its output can be joined to it. Bounded: an output that comes late stays unjoined. */
export class RecentCalls {
  readonly #actions = new Map<string, string>();
  readonly #most: number;

  constructor(most = 10_000) {
    this.#most = most;
  }

  note(run: string, callId: string, actionId: string): void {
    if (callId === '') return;
    this.#actions.set(keyOf(run, callId), actionId);
    if (this.#actions.size <= this.#most) return;
    const [oldest] = this.#actions.keys();
    if (oldest !== undefined) this.#actions.delete(oldest);
  }

  /** Found once: a tool answers once. */
  actionOf(run: string, callId: string): string | undefined {
    const key = keyOf(run, callId);
    const found = this.#actions.get(key);
    this.#actions.delete(key);
    return found;
  }
}

function keyOf(run: string, callId: string): string {
  return JSON.stringify([run, callId]);
}
