import type { AddCommand } from './program.js';
import { EXIT } from './terminal.js';

const MARKS = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ' } as const;

export const doctorCommand: AddCommand = (program, act) => {
  program
    .command('doctor')
    .description('check the set-up, and say what it does not protect from')
    .action(
      act(async ({ services, terminal, where }) => {
        const findings = await services.doctor(where);
        const lines = findings.map(
          ({ level, what, hint }) => `${MARKS[level]} ${what}${hint === undefined ? '' : `\n           hint: ${hint}`}`,
        );
        terminal.result(findings, lines.join('\n'));
        return findings.some((finding) => finding.level === 'problem') ? EXIT.failed : EXIT.done;
      }),
    );
};
