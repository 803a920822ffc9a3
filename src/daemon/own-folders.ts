import { dirname } from 'node:path';
import { locateState, type StateFolder } from './state-folder.js';
import { keyFileFor, keyFileInUse } from './vault-key.js';

/** Everything of Firebreak's own that an agent must not see, this project's and the usual places. */
export function ownFolders(state: StateFolder, environment: NodeJS.ProcessEnv): readonly string[] {
  const usual = locateState(undefined, { ...environment, FIREBREAK_STATE: undefined });
  const keys = [
    keyFileInUse(state, environment),
    dirname(keyFileFor(state, { ...environment, FIREBREAK_KEY_FILE: undefined })),
  ];
  return [...new Set([state.path, usual.path, ...keys.filter((one) => one !== undefined)])];
}
