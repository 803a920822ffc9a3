import { type Argument, exactly, unknownArgument } from './argument.js';
import type { Scope } from './scope.js';

/** The value of `$name`, `$1`, `$@`. */
export function parameter(name: string, written: string, scope: Scope): readonly Argument[] {
  if (name === '@' || name === '*') {
    return scope.parameters?.slice(1).map((one) => ({ ...one, written })) ?? [unknownArgument(written)];
  }
  if (/^\d+$/u.test(name)) {
    const value = scope.parameters?.[Number(name)];
    if (value !== undefined) return [{ ...value, written }];
    return [scope.parameters === undefined ? unknownArgument(written) : exactly('')];
  }
  return [{ ...scope.valueOf(name), written }];
}
