import { elementOf, oneOf, UNKNOWN, type Value } from './value.js';

const MOST_VALUES = 24;

/**
 * What the names of a program stand for. It is read twice: the first reading collects everything that each name is ever
 * given, in the order of the text; in the second each name stands for all of that, wherever it was given.
 */
export class Bindings {
  private readonly current = new Map<string, Value>();
  private readonly given = new Map<string, Value[]>();
  private readonly parameters = new Map<string, readonly string[]>();
  private readonly called = new Set<string>();
  private collecting = true;

  bind(name: string, value: Value): void {
    if (!this.collecting) return;
    this.current.set(name, value);
    const values = this.given.get(name) ?? [];
    this.given.set(name, values);
    if (values.length < MOST_VALUES) values.push(value);
    else if (values.length === MOST_VALUES) values.push(UNKNOWN);
  }

  valueOf(name: string): Value | undefined {
    if (this.collecting) return this.current.get(name);
    const values = this.given.get(name);
    return values === undefined ? undefined : oneOf(values);
  }

  /** A function of the program has these parameters. */
  define(name: string, parameters: readonly string[]): void {
    if (!this.collecting) return;
    const own = parameters.filter((one) => one !== 'self' && one !== 'cls');
    this.parameters.set(name, own);
    this.current.delete(name);
    for (const one of own) this.current.set(one, UNKNOWN);
  }

  /** It is called with these. What stands before its definition counts as well. */
  call(name: string, args: readonly Value[]): void {
    if (!this.collecting) return;
    this.called.add(name);
    this.pending.push({ name, args });
  }
  private readonly pending: { readonly name: string; readonly args: readonly Value[] }[] = [];

  /** From the first reading to the second. */
  settle(): void {
    for (const { name, args } of this.pending) {
      this.parameters.get(name)?.forEach((parameter, index) => {
        this.bind(parameter, args[index] ?? UNKNOWN);
      });
    }
    // A function that nothing here calls is called by what nobody sees.
    for (const [name, parameters] of this.parameters) {
      if (!this.called.has(name)) for (const one of parameters) this.bind(one, UNKNOWN);
    }
    this.collecting = false;
  }

  /** `for name in value`. */
  bindElement(name: string, value: Value): void {
    this.bind(name, elementOf(value));
  }
}
