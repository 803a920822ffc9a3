import { inspect } from 'node:util';

const SHOWN = '[secret]';

/**
 * A value that prints, serialises and logs as `[secret]`. The only way to the value is `reveal()`, which is easy to grep
 * for and belongs where the value leaves for its upstream.
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Call it as late as possible and never store what it returns. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.toPrimitive](): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
