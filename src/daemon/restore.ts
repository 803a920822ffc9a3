/** The owner's connection with which people undo. */
import { FirebreakError } from '#base/errors';
import { openOwnConnection } from '#intercept/postgres/own-connection';
import { postgresUndo } from '#protect/postgres/undo-engine';
import type { Broker } from '#secrets/broker';
import type { Core } from './core.js';
import { postgresResources } from './doors.js';
import type { Restore } from './undo.js';

const CONNECT_MS = 10_000;

export function restoreOf(core: Pick<Core, 'config' | 'configFolder' | 'settings'>, broker: Broker): Restore {
  return {
    engine: postgresUndo,
    async openConnection(name) {
      const resource = postgresResources(core).find((one) => one.name === name);
      if (resource === undefined) {
        throw new FirebreakError(
          'UNDO_UNAVAILABLE',
          `no database is called \`${name}\` in the configuration any more`,
          {
            hint: 'declare it again under `resources`',
          },
        );
      }
      // Where one credential does everything, it is the owner's too.
      const credential = resource.lanes?.owner ?? resource.credential;
      return openOwnConnection(
        { ...resource, credential },
        await broker.onDemand(credential),
        [['application_name', 'firebreak undo']],
        AbortSignal.timeout(CONNECT_MS),
      );
    },
  };
}
