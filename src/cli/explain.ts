import { createInterface } from 'node:readline';
import type { AddCommand } from './program.js';
import { EXIT } from './terminal.js';

export const explainCommand: AddCommand = (program, act) => {
  program
    .command('explain')
    .description(
      'what would happen to the actions on standard input (one JSON object a line), and why; executes nothing',
    )
    .option('--environment <name>', 'the environment of everything that the configuration does not resolve')
    .action(
      act(async ({ services, terminal, where }, options: { environment?: string }) => {
        if (process.stdin.isTTY)
          terminal.note(
            'Type one JSON object a line, such as {"kind":"sql","text":"delete from orders"}; Ctrl-D ends.',
          );
        const explain = await services.explainer({ ...where, environment: options.environment });
        let failed = false;
        for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
          if (line.trim() === '') continue;
          const answer = explain(line);
          failed ||= 'error' in answer;
          // Waits when the reader is slower than we are, so that memory stays bounded.
          if (!process.stdout.write(`${JSON.stringify(answer)}\n`)) {
            await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
          }
        }
        return failed ? EXIT.usage : EXIT.done;
      }),
    );
};
