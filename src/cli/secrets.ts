import { askSecret } from './ask.js';
import { placeholderLines } from './placeholder-lines.js';
import type { AddCommand, CommandContext } from './program.js';
import { EXIT, table, UsageError } from './terminal.js';

/** More than any key or token has, and less than the control socket takes. */
const MOST_BYTES = 32 * 1024;

export const secretsCommand: AddCommand = (program, act) => {
  const secrets = program.command('secrets').description('real credentials: kept encrypted, never given to an agent');

  secrets
    .command('add')
    .description('keep a credential; it is asked for, or read from standard input')
    .argument('<name>')
    .option('--user <user>', 'the user that the password belongs to (PostgreSQL)')
    .action(
      act(async (context, name: string, options: { user?: string }) => {
        const secret = await readSecret(context, name);
        return using(context, async (operations) => {
          const issued = await operations.addSecret({ name, user: options.user, secret });
          context.terminal.result(
            { name, placeholders: issued },
            [`Kept ${name}.`, ...issued.map(placeholderLines)].join('\n'),
          );
        });
      }),
    );

  secrets
    .command('list')
    .description('names and dates; never values')
    .action(
      act(async (context) =>
        using(context, async (operations) => {
          const list = await operations.secrets();
          const day = (time: number | undefined) =>
            time === undefined ? '' : new Date(time).toISOString().slice(0, 10);
          const rows = list.map((one) => [
            one.name,
            one.user ?? '',
            day(one.addedAt),
            day(one.rotatedAt),
            one.usedBy.join(', '),
          ]);
          context.terminal.result(
            list,
            rows.length === 0
              ? 'The vault is empty.'
              : table([['NAME', 'USER', 'ADDED', 'ROTATED', 'USED BY'], ...rows]),
          );
        }),
      ),
    );

  secrets
    .command('rotate')
    .description('replace a credential; placeholders stay as they are')
    .argument('<name>')
    .option('--user <user>', 'when the user changes too')
    .action(
      act(async (context, name: string, options: { user?: string }) => {
        const secret = await readSecret(context, name);
        return using(context, async (operations) => {
          await operations.rotateSecret({ name, user: options.user, secret });
          context.terminal.result({ name, rotated: true }, `Rotated ${name}; placeholders still work.`);
        });
      }),
    );

  secrets
    .command('revoke')
    .description('forget a credential and revoke the placeholders that stand for it')
    .argument('<name>')
    .action(
      act(async (context, name: string) =>
        using(context, async (operations) => {
          const { placeholders } = await operations.revokeSecret(name);
          context.terminal.result(
            { name, placeholders },
            `Forgot ${name}; ${placeholders} placeholders are worthless now.`,
          );
        }),
      ),
    );
};

async function readSecret({ terminal }: CommandContext, name: string): Promise<string> {
  const secret = await askSecret(terminal, `The credential ${name}`);
  if (secret === '') throw new UsageError('an empty credential is none', 'type it, or pipe it in');
  if (Buffer.byteLength(secret) > MOST_BYTES)
    throw new UsageError('this is too long for a credential', `at most ${MOST_BYTES} bytes; was it the right file?`);
  return secret;
}

async function using(
  { services, where }: CommandContext,
  work: (operations: Awaited<ReturnType<CommandContext['services']['connect']>>) => Promise<void>,
) {
  const operations = await services.connect(where);
  try {
    await work(operations);
    return EXIT.done;
  } finally {
    await operations.close();
  }
}
