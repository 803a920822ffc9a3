import { InvalidArgumentError } from 'commander';
import type { AddCommand } from './program.js';
import { EXIT, table, UsageError } from './terminal.js';

export const freezeCommand: AddCommand = (program, act) => {
  program
    .command('freeze')
    .description('let an environment be read only, at once, waiting holds included; without one, list freezes')
    .argument('[environment]')
    .option(
      '--until <time>',
      'when it ends, such as 2027-01-03 or 2027-01-03T09:00Z (default: until it is lifted)',
      parseTime,
    )
    .option('--reason <text>', 'why; agents and people read it')
    .option('--by <name>', 'who you are', 'operator')
    .action(
      act(
        async (
          { services, terminal, where },
          environment: string | undefined,
          options: { until?: number; reason?: string; by: string },
        ) => {
          const operations = await services.connect(where);
          try {
            if (environment === undefined) {
              const freezes = await operations.freezes();
              const rows = freezes.map((freeze) => [
                freeze.environment,
                freeze.inForce ? 'in force' : `from ${new Date(freeze.from).toISOString()}`,
                freeze.until === undefined ? 'until lifted' : `until ${new Date(freeze.until).toISOString()}`,
                `${freeze.reason} (${freeze.by})`,
              ]);
              terminal.result(freezes, rows.length === 0 ? 'Nothing is frozen.' : table(rows));
              return EXIT.done;
            }
            if (options.reason === undefined)
              throw new UsageError('a freeze needs a reason, which agents and people read', 'add --reason "..."');
            const freeze = await operations.freeze({
              environment,
              until: options.until,
              reason: options.reason,
              by: options.by,
            });
            const until =
              freeze.until === undefined ? 'until it is lifted' : `until ${new Date(freeze.until).toISOString()}`;
            terminal.result(freeze, `${environment} is frozen ${until}: ${freeze.reason}`);
            return EXIT.done;
          } finally {
            await operations.close();
          }
        },
      ),
    );
};

export const unfreezeCommand: AddCommand = (program, act) => {
  program
    .command('unfreeze')
    .description('ask for a freeze to be lifted; it is lifted when a person approves')
    .argument('<environment>')
    .requiredOption('--reason <text>', 'why')
    .action(
      act(async ({ services, terminal, where }, environment: string, options: { reason: string }) => {
        const operations = await services.connect(where);
        try {
          const { holdId } = await operations.unfreeze({ environment, reason: options.reason });
          if (holdId === undefined) {
            terminal.result({ lifted: true }, `The freeze of ${environment} is lifted.`);
            return EXIT.done;
          }
          terminal.result(
            { held: holdId },
            `Held as ${holdId}: the freeze is lifted when it is approved (firebreak approve ${holdId}).`,
          );
          return EXIT.held;
        } finally {
          await operations.close();
        }
      }),
    );
};

function parseTime(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError('write a date such as 2027-01-03, or a time such as 2027-01-03T09:00Z.');
  // The day that is named belongs to the freeze.
  return text.includes('T') ? time : time + 24 * 3_600_000 - 1;
}
