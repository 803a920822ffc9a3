import type { AddCommand } from './program.js';
import { EXIT } from './terminal.js';

export const rejectCommand: AddCommand = (program, act) => {
  program
    .command('reject')
    .description('refuse a held action')
    .argument('<id>')
    .option('--reason <text>', 'why; the agent reads it', 'no reason given')
    .option('--by <name>', 'who you are', 'operator')
    .action(
      act(async ({ services, terminal, where }, id: string, options: { reason: string; by: string }) => {
        const operations = await services.connect(where);
        try {
          const hold = await operations.reject(id, { by: options.by, reason: options.reason });
          terminal.result(hold, `${hold.id}: rejected. The agent is told.`);
          return EXIT.done;
        } finally {
          await operations.close();
        }
      }),
    );
};
