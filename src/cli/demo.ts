import type { AddCommand } from './program.js';

export const demoCommand: AddCommand = (program, act) => {
  program
    .command('demo')
    .description('the nine-second replay: unguarded, then guarded, on a real PostgreSQL')
    .option('--yes', 'do not ask: the holds are rejected by the replay itself')
    .action(
      act(async ({ services, terminal }, options: { yes?: boolean }) =>
        services.demo({ yes: options.yes === true || !terminal.interactive, json: terminal.json }),
      ),
    );
};
