import { Option } from 'commander';
import type { Tier } from '#action/environment';
import type { AddCommand } from './program.js';

export const runCommand: AddCommand = (program, act) => {
  program
    .command('run')
    .description('start an agent with placeholders instead of credentials, contained when this machine can')
    .option(
      '--env <name...>',
      'an environment that it may touch (default: all that are not protected)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--intent <text>', 'the task, in your words; approvers read it', '')
    .option('--plan', 'planning only: anything but reads is noted and not done')
    .addOption(
      new Option(
        '--tier <tier>',
        'contained: refuse to start otherwise; advisory: do not contain (default: contained if this machine can)',
      ).choices(['advisory', 'contained']),
    )
    .option(
      '--writable <folder>',
      'a folder beside this one that a contained agent may change (may be repeated)',
      (folder: string, all: readonly string[]) => [...all, folder],
      [],
    )
    .argument('<agent...>', 'the command to start, after --')
    .passThroughOptions()
    .action(
      act(
        async (
          { services, where },
          command: string[],
          options: { env: string[]; intent: string; plan?: boolean; tier?: Tier; writable: string[] },
        ) =>
          services.run(where, {
            command,
            environments: options.env,
            intent: options.intent,
            plan: options.plan === true,
            tier: options.tier,
            writable: options.writable,
          }),
      ),
    );
};
