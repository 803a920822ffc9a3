import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { fromInput } from '../interpreters/interpreter.js';
import {
  APPLIES,
  DROPS,
  judgeMigration,
  type MigrationRules,
  migrationTool,
  RESETS,
  UNDOES,
} from './migration-tool.js';

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

export const PHP_MIGRATIONS: readonly Tool[] = [laravel, others];
