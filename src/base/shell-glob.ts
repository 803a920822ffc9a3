import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPattern, namePattern } from './shell-pattern.js';

/**
 * The paths that fit a pattern, as a shell expands it, sorted; a pattern that nothing fits gives none.
 *
 * @param pattern absolute.
 * @param most more are not looked for; undefined is returned then.
 */
export async function expandGlob(pattern: string, most: number): Promise<readonly string[] | undefined> {
  let found = ['/'];
  for (const name of pattern.split('/').filter((one) => one !== '')) {
    const next: string[] = [];
    for (const folder of found) {
      if (!isPattern(name)) {
        const path = join(folder, name);
        if (await exists(path)) next.push(path);
        continue;
      }
      const fits = namePattern(name);
      for (const entry of await namesIn(folder)) if (fits.test(entry)) next.push(join(folder, entry));
      if (next.length > most) return undefined;
    }
    found = next;
  }
  return found.toSorted();
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false, // Nothing there, or nothing that we may see: the shell sees no more.
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []); // No folder, or one that nobody may read.
}
