/** Closes a `switch` over a literal union: a new member fails to compile here, and a forged one throws. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
