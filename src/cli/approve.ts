import { FirebreakError } from '#base/errors';
import { askCode, chooseApprover } from './ask.js';
import { holdCard } from './hold-card.js';
import type { AddCommand } from './program.js';
import { EXIT } from './terminal.js';

export const approveCommand: AddCommand = (program, act) => {
  program
    .command('approve')
    .description('let a held action run once, exactly as it is shown')
    .argument('<id>')
    .option('--approver <name>', 'who you are')
    .option('--code <code>', 'the code of your authenticator app (asked for when it is not given)')
    .option('--digest <digest>', 'the digest that you were shown elsewhere; refused when the hold has another')
    .action(
      act(
        async (
          { services, terminal, where },
          id: string,
          options: { approver?: string; code?: string; digest?: string },
        ) => {
          const operations = await services.connect(where);
          try {
            const hold = await operations.hold(id);
            terminal.note(`${holdCard(hold, Date.now(), terminal.columns)}\n`);
            if (hold.state !== 'waiting') {
              throw new FirebreakError('HOLD_ENDED', `${hold.id} is ${hold.state} already`, {
                hint: 'the agent has to ask again',
              });
            }
            const approver = await chooseApprover(terminal, await operations.approvers(), options.approver);
            const code = options.code ?? (await askCode(terminal, approver));
            const approved = await operations.approve(hold.id, {
              approver,
              code,
              digest: options.digest ?? hold.digest,
            });
            const missing = approved.approversNeeded - approved.approvedBy.length;
            terminal.result(
              approved,
              missing > 0
                ? `${hold.id}: approved by you; ${missing} more must approve.`
                : `${hold.id}: approved. It runs once, now.`,
            );
            return EXIT.done;
          } finally {
            await operations.close();
          }
        },
      ),
    );
};
