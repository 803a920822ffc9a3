import { folderOf } from './folder-of.js';
import { memberPath } from './paths.js';
import { oneOf, UNKNOWN, type Value } from './value.js';

/** What `value.name` is. */
export function member(value: Value, name: string): Value {
  if (value.kind === 'record') return value.entries.get(name) ?? UNKNOWN;
  // `Path(__file__).parent`
  if (value.kind === 'text' && name === 'parent') return folderOf(value.argument);
  if (value.kind === 'some') return oneOf(value.of.map((one) => member(one, name)));
  return { kind: 'name', path: memberPath(value, name), target: value };
}
