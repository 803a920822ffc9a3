import { isAbsolute, join, normalize } from 'node:path/posix';
import { UNKNOWN_PART } from './argument.js';

/**
 * The path that a text means in a folder: absolute, or relative to the unknown folder of the whole command. Undefined: nobody
 * knows. It is not looked up: links are not followed.
 */
export function pathIn(folder: string | undefined, given: string): string | undefined {
  const text = throughProc(given, folder);
  // An unknown part may hold `..`, so that what stands before it says nothing; and `x/..` is nothing only of a known `x`.
  if (text.includes(UNKNOWN_PART)) return undefined;
  const path = isAbsolute(text) ? normalize(text) : folder === undefined ? undefined : join(folder, text);
  if (path === undefined || path.includes(UNKNOWN_PART)) return undefined;
  return path.length > 1 ? path.replace(/\/+$/u, '') : path;
}

/** `/proc/self/root/x` is `/x`, `/proc/self/cwd/x` is `x`; an open file may be any (proc_pid_root(5)). */
export function throughProc(text: string, folder: string | undefined): string {
  const found = /^\/+(?:\.\/+)*proc\/+[^/]+\/+(?:task\/+[^/]+\/+)?(root|cwd|fd|map_files)(?=\/|$)(.*)$/su.exec(text);
  if (found === null) return text;
  const [, what, rest = ''] = found;
  if (what === 'root') return rest === '' ? '/' : rest;
  return what === 'cwd' && folder !== undefined ? `${folder}${rest}` : `${UNKNOWN_PART}${rest}`;
}
