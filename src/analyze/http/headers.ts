import type { HttpHeader } from '#action/action';

/** All values of a header, in order. `name` is in lower case, as in an action. */
export function headerValues(headers: readonly HttpHeader[], name: string): string[] {
  return headers.filter(([key]) => key === name).map(([, value]) => value);
}
