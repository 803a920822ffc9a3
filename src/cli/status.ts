import type { AddCommand } from './program.js';
import { EXIT, spell, table } from './terminal.js';

export const statusCommand: AddCommand = (program, act) => {
  program
    .command('status')
    .description('what the running daemon guards, and what waits')
    .action(
      act(async ({ services, terminal, where }) => {
        const operations = await services.connect(where);
        try {
          const status = await operations.status();
          const { addresses } = status;
          const lines = [
            `firebreak ${status.version}, up for ${spell(Date.now() - status.startedAt)} (pid ${status.pid})`,
            '',
            table([
              ['approve at', `http://${addresses.human}`],
              ['PostgreSQL', addresses.postgres ?? 'no such resource'],
              ['HTTPS proxy', addresses.http ?? 'no such resource'],
              ['hooks', addresses.hooks ?? 'no'],
              ['state', status.stateFolder],
              ['log', `${status.logSize} entries`],
              ['holds', `${status.waitingHolds} waiting`],
              ['sessions', String(status.openSessions)],
              ['approvers', status.approvers.join(', ') || 'none'],
            ]),
            '',
            ...status.environments.map(
              (one) =>
                `  ${one.name}: ${one.protected ? 'protected' : 'not protected'}${one.frozen ? `, FROZEN (${one.frozen})` : ''}`,
            ),
            ...status.resources.map(
              (one) =>
                `  ${one.name} (${one.kind}, ${one.environments.join(', ') || 'looked up for each object'}): ${one.ready ? 'ready' : 'NOT READY'}`,
            ),
            ...status.warnings.map((warning) => `  warning: ${warning}`),
          ];
          terminal.result(status, lines.join('\n'));
          return EXIT.done;
        } finally {
          await operations.close();
        }
      }),
    );
};
