import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DemoError } from './errors.js';

/**
 * A file of the package that is not compiled (scripts, stand-ins for tools): found from the sources and from the build
 * alike, because both lie below the folder with `package.json`.
 *
 * @throws DemoError `PACKAGE_BROKEN` when it is not there.
 */
export function packageFile(...path: readonly string[]): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, ...path);
    if (existsSync(join(folder, 'package.json')) && existsSync(file)) return file;
  }
  throw new DemoError('PACKAGE_BROKEN', `\`${join(...path)}\` is missing from the package`, {
    hint: 'install it again',
  });
}
