/** The tasks of web frameworks that work on databases. Source: each framework's guide. */
import { type Argument, exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { fromInput } from '../interpreters/interpreter.js';
import { environmentOf, migrates } from './migration.js';
import { APPLIES, DROPS, judgeMigration, type MigrationRules, RESETS, UNDOES } from './migration-tool.js';

const RAILS: MigrationRules = {
  names: ['rails', 'rake', 'bin/rails', 'hanami', 'padrino'],
  values: ['-e', '--environment', '-f', '--rakefile', '-I', '-r', '-j', '--jobs', '-p', '--port', '-b'],
  environment: ['-e', '--environment'],
  colons: true,
  dryRun: ['-n', '--dry-run', '-T', '--tasks', '-P', '--prereqs', '-D', '--describe', '-W', '--where'],
  rules: [
    { command: 'db drop', does: 'destroy', explain: DROPS },
    { command: 'db reset|purge|truncate_all|setup', does: 'destroy', explain: RESETS },
    { command: 'db migrate reset', does: 'destroy', explain: RESETS },
    { command: 'db migrate down|redo', does: 'destroy', explain: UNDOES },
    { command: 'db rollback', does: 'destroy', explain: UNDOES },
    { command: 'db seed replant', does: 'destroy', explain: 'empties every table before it runs the seeds' },
    {
      command: 'db schema|structure load',
      does: 'destroy',
      explain: 'drops each table and makes it anew from the schema',
    },
    { command: 'db test **', does: 'harmless', explain: '' },
    { command: 'db migrate status', does: 'harmless', explain: '' },
    { command: 'db migrate', does: 'configure', explain: APPLIES },
    { command: 'db prepare', does: 'configure', explain: APPLIES },
    { command: 'db environment set', does: 'configure', explain: 'changes what the database takes itself for' },
    { command: 'db seed|fixtures|create', does: 'write', explain: 'adds to the database what the seeds hold' },
    {
      command: 'db encryption|system|version|schema|structure|forward|abort_if_pending_migrations **',
      does: 'harmless',
      explain: '',
    },
    { command: 'credentials edit|show', does: 'harmless', explain: '' },
  ],
};

/** `rails runner 'code'`, `rails runner file`, `rails dbconsole`; `rake a b c`: each task. */
const rails: Tool = {
  names: RAILS.names,
  judge: (invocation): readonly Finding[] => {
    const { name, args, input } = invocation;
    const options = readOptions(args, { values: RAILS.values });
    const [command, given, ...rest] = options.operands;
    if (command === undefined) return [];
    if (/^(?:runner|r)$/u.test(command.text)) return runs(given, rest, input, `${name} runner`);
    if (/^(?:console|c)$/u.test(command.text)) return fromInput(input, 'ruby', `${name} console`);
    // Words before a task set its environment: `rake db:drop RAILS_ENV=test`.
    const assigned = new Map(options.operands.flatMap(({ text }) => assignment(text)));
    const within: Invocation = { ...invocation, variables: new Map([...invocation.variables, ...assigned]) };
    const flags = args.filter(({ text }) => text.startsWith('-'));
    const environment = options.value('-e', '--environment');
    const prefix =
      environment === undefined
        ? flags
        : [...flags.filter(({ text }) => !/^(?:-e|--environment)/u.test(text)), exactly('-e'), environment];
    return options.operands
      .filter(({ text }) => text.includes(':'))
      .flatMap((task) =>
        judgeMigration(RAILS, { ...within, args: [{ ...task, text: task.text.replace(/\[.*$/u, '') }, ...prefix] }),
      );
  },
};

function assignment(text: string): readonly [string, Argument][] {
  const [, name, value] = /^([A-Z_]+)=(.*)$/u.exec(text) ?? [];
  return name === undefined || value === undefined ? [] : [[name, exactly(value)]];
}

function runs(
  given: Argument | undefined,
  rest: readonly Argument[],
  input: Invocation['input'],
  by: string,
): readonly Finding[] {
  if (given === undefined || given.text === '-') return fromInput(input, 'ruby', by);
  if (/^[\w./-]+\.rb$/u.test(given.text)) return [{ kind: 'script', path: given, language: 'ruby', args: rest, by }];
  return [{ kind: 'code', language: 'ruby', text: given, by }];
}

/** `mix ecto.reset`; `MIX_ENV` names the environment, which is `dev` when nothing is said. */
const mix: Tool = {
  names: ['mix'],
  judge: (invocation): readonly Finding[] => {
    const [task] = invocation.args;
    const environment = environmentOf(invocation);
    const given = { tool: 'mix', environment } as const;
    switch (task?.text) {
      case 'ecto.drop':
        return [migrates('destroy', DROPS, given)];
      case 'ecto.reset':
        return [migrates('destroy', RESETS, given)];
      case 'ecto.rollback':
      case 'ash.reset':
      case 'ash_postgres.drop':
      case 'ash_postgres.rollback':
        return [migrates('destroy', UNDOES, given)];
      case 'ecto.migrate':
      case 'ecto.load':
      case 'ash.migrate':
        return [migrates('configure', APPLIES, given)];
      case 'run':
      case 'eval': {
        const code = readOptions(invocation.args.slice(1), { values: ['-e', '--eval', '-r'] });
        const text = code.value('-e', '--eval') ?? (task.text === 'eval' ? code.operands[0] : undefined);
        return text === undefined ? [] : [{ kind: 'code', language: 'other', text, by: `mix ${task.text}` }];
      }
      case 'hex.publish':
        return [
          {
            kind: 'effect',
            verb: 'deploy',
            resource: { kind: 'package', name: 'hex' },
            place: 'remote',
            explain: 'publishes the package',
          },
        ];
      default:
        return [];
    }
  },
};

export const FRAMEWORKS: readonly Tool[] = [rails, mix];
