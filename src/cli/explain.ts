import { once } from 'node:events';
import { type Line, linesOf } from './lines.js';
import type { AddCommand } from './program.js';
import { EXIT } from './terminal.js';

/** A longer line is no action: 16 MiB. */
const LONGEST_LINE = 16 * 1024 * 1024;

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
        for await (const line of linesOf(process.stdin, LONGEST_LINE)) {
          const text = textOf(line);
          const answer = typeof text === 'string' ? await explain(text) : text;
          failed ||= 'error' in answer;
          // Waits when the reader is slower than we are, so that memory stays bounded.
          if (!process.stdout.write(`${JSON.stringify(answer)}\n`)) await once(process.stdout, 'drain');
        }
        return failed ? EXIT.usage : EXIT.done;
      }),
    );
};

function textOf(line: Line): string | { readonly error: string } {
  if (line === undefined) return { error: 'the line is longer than 16 MiB' };
  try {
    // RFC 8259, section 8.1: JSON is UTF-8. Replacement characters would stand for bytes that were never judged.
    return new TextDecoder('utf-8', { fatal: true }).decode(line);
  } catch {
    return { error: 'not valid UTF-8' };
  }
}
