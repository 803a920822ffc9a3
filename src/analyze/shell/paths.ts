import { isAbsolute, join, normalize } from 'node:path/posix';
import { UNKNOWN_PART } from './argument.js';

/**
 * The path that a text means in a folder: absolute, or relative to the unknown folder of the whole command. Undefined: nobody
 * knows. It is not looked up: links are not followed.
 */
export function pathIn(folder: string | undefined, text: string): string | undefined {
  // An unknown part may hold `..`, so that what stands before it says nothing; and `x/..` is nothing only of a known `x`.
  if (text.includes(UNKNOWN_PART)) return undefined;
  const path = isAbsolute(text) ? normalize(text) : folder === undefined ? undefined : join(folder, text);
  if (path === undefined || path.includes(UNKNOWN_PART)) return undefined;
  return path.length > 1 ? path.replace(/\/+$/u, '') : path;
}
