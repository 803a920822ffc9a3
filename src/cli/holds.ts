import { headline } from '#action/headline';
import { holdCard } from './hold-card.js';
import type { AddCommand } from './program.js';
import { EXIT, spell, table } from './terminal.js';

const NEXT = 'firebreak holds ID shows everything about one; firebreak approve ID or reject ID decides it.';

export const holdsCommand: AddCommand = (program, act) => {
  program
    .command('holds')
    .description('actions that wait for people; with an ID, everything about one')
    .argument('[id]')
    .option('--all', 'those that have ended too')
    .action(
      act(async ({ services, terminal, where }, id: string | undefined, options: { all?: boolean }) => {
        const operations = await services.connect(where);
        try {
          const now = Date.now();
          if (id !== undefined) {
            const hold = await operations.hold(id);
            terminal.result(hold, holdCard(hold, now, terminal.columns));
            return EXIT.done;
          }
          const holds = await operations.holds({ all: options.all === true });
          const rows = holds.map((hold) => [
            hold.id,
            hold.state,
            spell(now - hold.createdAt),
            hold.environments.join(', ') || 'unknown',
            headline(hold),
          ]);
          const list = table([['ID', 'STATE', 'AGE', 'WHERE', 'WHAT'], ...rows]);
          terminal.result(holds, rows.length === 0 ? 'Nothing waits.' : `${list}\n\n${NEXT}`);
          return EXIT.done;
        } finally {
          await operations.close();
        }
      }),
    );
};
