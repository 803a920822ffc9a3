import type { AddCommand } from './program.js';
import { EXIT } from './terminal.js';

export const upCommand: AddCommand = (program, act) => {
  program
    .command('up')
    .description('the daemon, in the foreground')
    .action(
      act(async ({ services, terminal, where }) => {
        // Listened for from the start, so that Ctrl-C during the start stops it cleanly as well.
        const stopped = new Promise<void>((resolve) => {
          for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
        });
        const daemon = await services.up(where);
        const status = await daemon.operations.status();
        const { addresses } = status;
        terminal.result(
          { ready: true, ...status },
          [
            `firebreak ${status.version} is up.`,
            `  approve at   http://${addresses.human}`,
            ...(addresses.postgres ? [`  PostgreSQL   ${addresses.postgres}  (a placeholder is the password)`] : []),
            ...(addresses.http
              ? [`  HTTPS proxy  http://${addresses.http}  (trust ${status.stateFolder}/ca.pem)`]
              : []),
            ...(addresses.hooks
              ? [`  hooks        http://${addresses.hooks}  (of agents: \`firebreak init\` installs them)`]
              : []),
            ...status.environments.map(
              (one) =>
                `  ${one.name}: ${one.protected ? 'protected' : 'not protected'}${one.frozen ? `, FROZEN: ${one.frozen}` : ''}`,
            ),
            ...status.warnings.map((warning) => `  warning: ${warning}`),
            'Ctrl-C stops it; agents then hold placeholders that open nothing.',
          ].join('\n'),
        );
        await stopped;
        await daemon.close();
        terminal.note('firebreak: stopped; what was waiting is withdrawn.');
        return EXIT.done;
      }),
    );
};
