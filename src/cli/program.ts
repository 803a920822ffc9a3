/** The command line: names and flags. Each command stands in a file of its own. */
import { Command, CommanderError } from 'commander';
import { approveCommand } from './approve.js';
import { dbCommand } from './db.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { explainCommand } from './explain.js';
import { freezeCommand, unfreezeCommand } from './freeze.js';
import { holdsCommand } from './holds.js';
import { initCommand } from './init.js';
import { logCommand } from './log.js';
import { rejectCommand } from './reject.js';
import { runCommand } from './run.js';
import { secretsCommand } from './secrets.js';
import type { Services, Where } from './services.js';
import { statusCommand } from './status.js';
import { createTerminal, EXIT, printError, type Terminal, UsageError } from './terminal.js';
import { undoCommand } from './undo.js';
import { upCommand } from './up.js';

/** What every command is given. */
export interface CommandContext {
  readonly services: Services;
  readonly terminal: Terminal;
  readonly where: Where;
}

/** Adds a command to the program; its action resolves with an exit status. */
export type AddCommand = (program: Command, act: Act) => void;
export type Act = <Arguments extends unknown[]>(
  action: (context: CommandContext, ...args: Arguments) => Promise<number>,
) => (...args: Arguments) => Promise<void>;

const COMMANDS: readonly AddCommand[] = [
  initCommand,
  upCommand,
  runCommand,
  demoCommand,
  explainCommand,
  holdsCommand,
  approveCommand,
  rejectCommand,
  undoCommand,
  freezeCommand,
  unfreezeCommand,
  secretsCommand,
  dbCommand,
  logCommand,
  statusCommand,
  doctorCommand,
];

/**
 * Runs one command line.
 *
 * @returns the exit status: 0 done or allowed, 1 failed, 2 usage, 3 held, 4 denied.
 */
export async function main(argv: readonly string[], services: Services, version: string): Promise<number> {
  let status: number = EXIT.done;
  // Known before anything is parsed, for the errors of parsing.
  const separator = argv.indexOf('--');
  const json = argv.slice(0, separator < 0 ? undefined : separator).includes('--json');
  const program = new Command('firebreak')
    .description('The firewall between AI coding agents and production.')
    .version(version)
    .option('--config <file>', 'the configuration (default: firebreak.yaml here or in the nearest folder above)')
    .option('--state <folder>', 'the state folder (default: FIREBREAK_STATE, or firebreak in the XDG state folder)')
    .option('--json', 'answer in JSON')
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for what this command takes)')
    .configureOutput({ writeErr: (text) => !json && process.stderr.write(text) })
    .exitOverride();

  const act: Act =
    (action) =>
    async (...args) => {
      const globals: { config?: string; state?: string; json?: boolean } = program.opts();
      const terminal = createTerminal(globals.json === true);
      const context = { services, terminal, where: { config: globals.config, state: globals.state } };
      status = await action(context, ...args);
    };
  for (const add of COMMANDS) add(program, act);
  for (const command of program.commands) acceptGlobals(command, program);

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its message; help and version are no failures.
      if (error.exitCode === 0) return EXIT.done;
      return json ? printError(usageOf(error), json) : EXIT.usage;
    }
    return printError(error, json);
  }
}

/** Commander's own message without its `error: `. */
function usageOf({ code, message }: CommanderError): UsageError {
  const help = code === 'commander.help' || code === 'commander.helpDisplayed';
  return new UsageError(
    help ? 'a command is missing' : message.replace(/^error: /, ''),
    'add --help for what this command takes',
  );
}

/** Lets `--json`, `--state` and `--config` stand after the command as well, where people type them. */
function acceptGlobals(command: Command, program: Command): void {
  command.exitOverride();
  const own = new Set(command.options.map((option) => option.long));
  for (const option of program.options) {
    if (option.long === '--version' || own.has(option.long)) continue;
    command.option(option.flags, option.description);
    command.on(`option:${option.name()}`, (value: string | undefined) =>
      program.setOptionValue(option.attributeName(), value ?? true),
    );
  }
  for (const child of command.commands) acceptGlobals(child, program);
}
