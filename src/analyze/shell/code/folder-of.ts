import { posix } from 'node:path';
import { type Argument, exactly } from '../argument.js';
import type { Value } from './value.js';

/** The folder that a path lies in. */
export function folderOf(path: Argument): Value {
  if (path.certainty === 'exact') return { kind: 'text', argument: exactly(posix.dirname(path.text)) };
  // `.../name`: the folder is what stands before; of anything else nothing is known.
  return { kind: 'unknown' };
}
