/** Where agents' hooks are to call, and where their settings are: from the configuration and the environment. */
import { existsSync } from 'node:fs';
import { FirebreakError } from '#base/errors';
import { readConfig } from '../config/read-config.js';
import { DEFAULT_ADDRESSES } from '../daemon.js';
import { splitAddress } from '../settings.js';
import type { AgentHooksContext } from './agent-hooks.js';
import { placesOf, projectOf } from './detect.js';

/**
 * @param configPath of a configuration that may not be there yet
 * @throws FirebreakError `CONFIG_INVALID`
 */
export function agentHooksContextOf(configPath: string | undefined, stateFolder: string): AgentHooksContext {
  const config = configPath !== undefined && existsSync(configPath) ? readConfig(configPath) : undefined;
  const address = config?.listen.hooks ?? DEFAULT_ADDRESSES.hooks;
  if (splitAddress(address).port === 0)
    throw new FirebreakError('CONFIG_INVALID', 'hooks cannot be installed while `listen.hooks` leaves the port open', {
      hint: `write a port, such as ${DEFAULT_ADDRESSES.hooks}`,
    });
  return { address, stateFolder, environment: process.env, places: placesOf(process.env, projectOf(process.cwd())) };
}
