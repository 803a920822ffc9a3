import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from './config/config.js';
import { ConfigError, readConfig } from './config/read-config.js';

export const CONFIG_NAME = 'firebreak.yaml';

/** The configuration in force: the named one, or the nearest `firebreak.yaml` here or above; undefined when there is none. */
export function locateConfig(named: string | undefined, folder: string = process.cwd()): string | undefined {
  if (named !== undefined) return resolve(named);
  for (let here = folder; ; here = dirname(here)) {
    const candidate = join(here, CONFIG_NAME);
    if (existsSync(candidate)) return candidate;
    if (dirname(here) === here) return undefined;
  }
}

/** @throws ConfigError `CONFIG_MISSING`, `CONFIG_INVALID` */
export function loadConfig(named: string | undefined): { readonly config: Config; readonly path: string } {
  const path = locateConfig(named);
  if (path === undefined) {
    throw new ConfigError('CONFIG_MISSING', `there is no \`${CONFIG_NAME}\` in this folder or above`, {
      hint: 'run `firebreak init`, or name one with --config',
    });
  }
  return { config: readConfig(path), path };
}
