import type { Hold } from '#action/hold';

/** Who waits for people to decide, in this process. */
export class Decisions {
  readonly #expected = new Map<string, { readonly wake: (hold: Hold) => void; readonly decided: Promise<Hold> }>();

  /** From now on somebody may wait for it. */
  expect(id: string): void {
    if (this.#expected.has(id)) return;
    let wake: (hold: Hold) => void = () => undefined;
    const decided = new Promise<Hold>((resolve) => {
      wake = resolve;
    });
    this.#expected.set(id, { wake, decided });
  }

  /** Undefined: it was decided already, or nobody expects it. */
  of(id: string): Promise<Hold> | undefined {
    return this.#expected.get(id)?.decided;
  }

  made(hold: Hold): void {
    this.#expected.get(hold.id)?.wake(hold);
    this.forget(hold.id);
  }

  forget(id: string): void {
    this.#expected.delete(id);
  }
}
