/** Where agents' hooks are to call, and where their settings are: from the configuration and the environment. */
import { existsSync } from 'node:fs';
import { readConfig } from '../config/read-config.js';
import { DEFAULT_ADDRESSES } from '../daemon.js';
import type { AgentHooksContext } from './agent-hooks.js';
import { placesOf, projectOf } from './detect.js';

/**
 * @param configPath of a configuration that may not be there yet
 * @throws FirebreakError the configuration cannot be read
 */
export function agentHooksContextOf(configPath: string | undefined, stateFolder: string): AgentHooksContext {
  const config = configPath !== undefined && existsSync(configPath) ? readConfig(configPath) : undefined;
  const address = config?.listen.hooks ?? DEFAULT_ADDRESSES.hooks;
  return { address, stateFolder, environment: process.env, places: placesOf(process.env, projectOf(process.cwd())) };
}
