/** The tasks of web frameworks that work on databases. Source: each framework's guide. */
import { type Argument, exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { fromInput } from '../interpreters/interpreter.js';
import { environmentOf, migrates } from './migration.js';
import {
  APPLIES,
  DROPS,
  judgeMigration,
  type MigrationRules,
  migrationTool,
  RESETS,
  UNDOES,
} from './migration-tool.js';

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

const DJANGO: MigrationRules = {
  names: ['manage.py', 'django-admin', 'django-admin.py'],
  values: ['--settings', '--pythonpath', '--database', '-v', '--verbosity', '-c', '--command', '--router', '--tag'],
  dryRun: ['--plan', '--check', '--dry-run'],
  rules: [
    { command: 'flush', does: 'destroy', explain: 'deletes every row of every table' },
    { command: 'reset_db|reset_schema|drop_test_database', does: 'destroy', explain: DROPS },
    { command: 'migrate * zero', does: 'destroy', explain: 'undoes every migration of' },
    // To a migration by its number: those after it are undone.
    { command: 'migrate * *', does: 'destroy', explain: UNDOES },
    { command: 'migrate', does: 'configure', explain: APPLIES },
    {
      command: 'clear_cache|clearsessions|remove_stale_contenttypes|delete_*|purge_*|truncate_*',
      does: 'destroy',
      explain: 'deletes',
    },
    { command: 'loaddata', does: 'write', explain: 'adds what a file holds' },
    { command: 'createsuperuser|changepassword', does: 'grant', explain: 'changes who may administer the site' },
    {
      command: 'collectstatic',
      when: ['--clear', '-c'],
      does: 'destroy',
      own: true,
      explain: 'deletes the static files before it collects them',
    },
  ],
};

const django: Tool = {
  names: DJANGO.names,
  judge: (invocation): readonly Finding[] => judgeDjango(invocation),
};

/** `python manage.py` is a script by that name. */
export function judgeDjango(invocation: Invocation): readonly Finding[] {
  const options = readOptions(invocation.args, { values: DJANGO.values });
  const [command, ...rest] = options.operands;
  const by = `${invocation.name} ${command?.text ?? ''}`;
  if (options.has('--help', '-h')) return [];
  switch (command?.text) {
    case 'shell':
    case 'shell_plus': {
      const code = options.value('-c', '--command');
      return code === undefined
        ? fromInput(invocation.input, 'python', by)
        : [{ kind: 'code', language: 'python', text: code, by }];
    }
    case 'dbshell': {
      const at = invocation.args.findIndex(({ text }) => text === '--');
      const words = at < 0 ? rest : invocation.args.slice(at + 1);
      return [{ kind: 'command', words: [exactly('psql'), ...words], input: invocation.input, by }];
    }
    case 'runscript':
      return [];
    default:
      return judgeMigration(DJANGO, invocation);
  }
}

const LARAVEL: MigrationRules = {
  names: ['artisan'],
  values: ['--env', '--database', '--path', '--step', '--seeder', '--class', '--execute'],
  environment: ['--env'],
  colons: true,
  dryRun: ['--pretend'],
  rules: [
    { command: 'migrate fresh|refresh', does: 'destroy', explain: RESETS },
    { command: 'migrate reset|rollback', does: 'destroy', explain: UNDOES },
    { command: 'migrate status|install', does: 'harmless', explain: '' },
    { command: 'migrate', when: ['--fresh'], does: 'destroy', explain: RESETS },
    { command: 'migrate', does: 'configure', explain: APPLIES },
    { command: 'db wipe', does: 'destroy', explain: 'drops every table, view and type' },
    { command: 'db seed', does: 'write', explain: 'adds what the seeds hold' },
    { command: 'queue clear|flush|forget', does: 'destroy', explain: 'deletes jobs of the queue' },
    { command: 'horizon clear|purge|terminate', does: 'destroy', explain: 'deletes or stops jobs of the queue' },
    { command: 'telescope clear|prune', does: 'destroy', explain: 'deletes what was recorded' },
    { command: 'model prune', does: 'destroy', explain: 'deletes rows that the models call old' },
    {
      command: 'key generate',
      does: 'configure',
      own: true,
      explain: 'replaces the key with which data are encrypted',
    },
    { command: 'schema dump', when: ['--prune'], does: 'destroy', own: true, explain: 'deletes the migration files' },
    { command: 'down', does: 'configure', own: true, explain: 'puts the application into maintenance' },
  ],
};

const laravel: Tool = {
  names: LARAVEL.names,
  judge: (invocation): readonly Finding[] => {
    const options = readOptions(invocation.args, { values: LARAVEL.values });
    const code = options.value('--execute');
    if (options.operands[0]?.text !== 'tinker') return judgeMigration(LARAVEL, invocation);
    return code === undefined
      ? fromInput(invocation.input, 'php', 'artisan tinker')
      : [{ kind: 'code', language: 'php', text: code, by: 'artisan tinker' }];
  },
};

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

const others = migrationTool({
  names: ['console', 'doctrine', 'doctrine-migrations', 'phinx', 'drush', 'spark', 'yii', 'cake', 'please'],
  values: [
    '-e',
    '--env',
    '--environment',
    '-c',
    '--configuration',
    '-t',
    '--target',
    '--em',
    '--conn',
    '--connection',
    '--uri',
    '-l',
    '--root',
  ],
  environment: ['-e', '--env', '--environment'],
  colons: true,
  dryRun: ['--dry-run', '--dump-sql', '-x', '--pretend'],
  rules: [
    { command: 'doctrine|orm database|schema-tool|schema drop', does: 'destroy', explain: DROPS },
    { command: 'orm schema-tool drop', does: 'destroy', explain: DROPS },
    {
      command: 'doctrine schema update',
      does: 'destroy',
      explain: 'changes the schema, and drops what no longer fits with its data',
    },
    {
      command: 'orm schema-tool update',
      does: 'destroy',
      explain: 'changes the schema, and drops what no longer fits with its data',
    },
    {
      command: 'doctrine fixtures load',
      unless: ['--append'],
      does: 'destroy',
      explain: 'empties every table before it loads the fixtures',
    },
    { command: 'doctrine migrations|mongodb migrate|execute|rollup|version', does: 'configure', explain: APPLIES },
    { command: 'doctrine mongodb schema drop', does: 'destroy', explain: DROPS },
    { command: 'migrations migrate|execute', does: 'configure', explain: APPLIES },
    { command: 'dbal run-sql', does: 'execute', explain: 'sends SQL to the database:' },
    { command: 'doctrine query sql|dql', does: 'execute', explain: 'sends a query to the database:' },
    { command: 'cache pool clear', does: 'write', explain: 'empties a cache' },
    { command: 'messenger failed remove', does: 'destroy', explain: 'deletes failed messages' },
    { command: 'rollback', does: 'destroy', explain: UNDOES },
    { command: 'migrate rollback|refresh|fresh|down|redo|reset', does: 'destroy', explain: UNDOES },
    { command: 'migrations rollback', does: 'destroy', explain: UNDOES },
    {
      command: 'sql drop|sql-drop|sqldrop|sql-sync|site-install|site install|si|entity delete|entity-delete',
      does: 'destroy',
      explain: DROPS,
    },
    {
      command: 'sql-drop|sql-sync|site-install|si|entity-delete|user-cancel|pm-uninstall',
      does: 'destroy',
      explain: 'drops or deletes',
    },
    { command: 'sql cli|query', does: 'execute', explain: 'sends SQL to the database:' },
    { command: 'migrate|updatedb|updb|migrate/up|migrations:migrate', does: 'configure', explain: APPLIES },
    { command: 'migrate/down|migrate/fresh|migrate/redo', does: 'destroy', explain: UNDOES },
  ],
});

export const FRAMEWORKS: readonly Tool[] = [rails, django, laravel, mix, others];
