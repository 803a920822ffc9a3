/** Migration tools of JavaScript. Source: each tool's reference of its command line. */
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { readInput } from '../databases/sql-client.js';
import { APPLIES, DROPS, migrationTool, RESETS, UNDOES } from './migration-tool.js';

const prismaRules = migrationTool({
  names: ['prisma'],
  values: [
    '--schema',
    '--name',
    '-n',
    '--url',
    '--file',
    '--config',
    '--from-url',
    '--to-url',
    '--applied',
    '--rolled-back',
    '--generator',
    '--port',
    '--browser',
  ],
  url: ['--url'],
  rules: [
    { command: 'db push', when: ['--force-reset'], does: 'destroy', explain: RESETS },
    {
      command: 'db push',
      when: ['--accept-data-loss'],
      does: 'destroy',
      explain: 'changes the schema, and drops what no longer fits with its data',
    },
    { command: 'db push', does: 'configure', explain: 'changes the schema of the database to that of the project' },
    { command: 'migrate reset', does: 'destroy', explain: RESETS },
    { command: 'migrate deploy', does: 'configure', explain: APPLIES },
    { command: 'migrate dev', when: ['--create-only'], does: 'harmless', explain: '' },
    // It asks before it resets, and only on a terminal.
    { command: 'migrate dev', does: 'configure', own: true, explain: APPLIES },
    { command: 'migrate resolve', does: 'configure', explain: 'marks migrations as applied or undone' },
    { command: 'db seed', does: 'write', explain: 'adds what the seed holds' },
    { command: 'db drop', does: 'destroy', explain: DROPS },
    { command: 'migrate down|up', does: 'destroy', explain: UNDOES },
  ],
});

/** `prisma db execute --file x.sql`, `--stdin`: SQL; all else by its rules. */
const prisma: Tool = {
  names: ['prisma'],
  judge: (invocation): readonly Finding[] => {
    const options = readOptions(invocation.args, { values: ['--schema', '--url', '--file', '--config'] });
    const [first, second] = options.operands;
    if (first?.text !== 'db' || second?.text !== 'execute') return prismaRules.judge(invocation);
    if (options.has('--help', '-h')) return [];
    const file = options.value('--file');
    if (file !== undefined) return [{ kind: 'script', path: file, language: 'sql', args: [], by: 'prisma db execute' }];
    return readInput(invocation.input, { dialect: 'postgres', by: 'prisma db execute' });
  },
};

export const JAVASCRIPT_MIGRATIONS: readonly Tool[] = [
  prisma,
  migrationTool({
    names: ['drizzle-kit'],
    values: ['--config', '--dialect', '--schema', '--url', '--out', '--name'],
    url: ['--url'],
    colons: true,
    rules: [
      {
        command: 'push',
        when: ['--force'],
        does: 'destroy',
        explain: 'changes the schema, and drops what no longer fits with its data',
      },
      { command: 'push', does: 'configure', explain: 'changes the schema of the database to that of the project' },
      { command: 'migrate|up', does: 'configure', explain: APPLIES },
      { command: 'drop', does: 'destroy', own: true, explain: 'deletes migration files' },
    ],
  }),
  migrationTool({
    names: ['knex'],
    values: ['--knexfile', '--env', '--cwd', '--connection', '--client', '-x'],
    environment: ['--env'],
    url: ['--connection'],
    colons: true,
    rules: [
      { command: 'migrate rollback|down', does: 'destroy', explain: UNDOES },
      { command: 'migrate latest|up', does: 'configure', explain: APPLIES },
      { command: 'migrate unlock', does: 'configure', explain: 'takes away the lock of the migrations' },
      { command: 'seed run', does: 'destroy', explain: 'runs the seeds, which begin by emptying tables' },
    ],
  }),
  migrationTool({
    names: ['typeorm', 'typeorm-ts-node-commonjs', 'typeorm-ts-node-esm'],
    values: ['-d', '--dataSource', '-t', '--transaction', '-f'],
    colons: true,
    rules: [
      { command: 'schema drop', does: 'destroy', explain: 'drops every table of the database' },
      {
        command: 'schema sync',
        does: 'destroy',
        explain: 'changes the schema, and drops what no longer fits with its data',
      },
      { command: 'migration revert', does: 'destroy', explain: UNDOES },
      { command: 'migration run', does: 'configure', explain: APPLIES },
      { command: 'query', does: 'execute', explain: 'sends a query to the database' },
    ],
  }),
  migrationTool({
    names: ['sequelize', 'sequelize-cli'],
    values: [
      '--env',
      '--config',
      '--url',
      '--options-path',
      '--migrations-path',
      '--seeders-path',
      '--models-path',
      '--to',
      '--from',
      '--name',
      '--seed',
    ],
    environment: ['--env'],
    url: ['--url'],
    colons: true,
    rules: [
      { command: 'db drop', does: 'destroy', explain: DROPS },
      { command: 'db migrate undo', does: 'destroy', explain: UNDOES },
      { command: 'db migrate status', does: 'harmless', explain: '' },
      { command: 'db migrate', does: 'configure', explain: APPLIES },
      { command: 'db seed undo', does: 'destroy', explain: 'deletes what the seeds added' },
      { command: 'db seed|create', does: 'write', explain: 'adds what the seeds hold' },
    ],
  }),
  migrationTool({
    names: ['mikro-orm', 'mikro-orm-esm'],
    values: ['--config', '--only', '--from', '--to'],
    colons: true,
    dryRun: ['-d', '--dump'],
    rules: [
      { command: 'schema drop|fresh', does: 'destroy', explain: 'drops the schema' },
      {
        command: 'schema update',
        does: 'configure',
        explain: 'changes the schema of the database to that of the project',
      },
      { command: 'migration fresh', does: 'destroy', explain: RESETS },
      { command: 'migration down', does: 'destroy', explain: UNDOES },
      { command: 'migration up', does: 'configure', explain: APPLIES },
      { command: 'database create|import', does: 'write', explain: 'adds to the database' },
      { command: 'seeder run', does: 'write', explain: 'adds what the seeds hold' },
    ],
  }),
  migrationTool({
    names: [
      'db-migrate',
      'node-pg-migrate',
      'pg-migrate',
      'umzug',
      'migrate-mongo',
      'kysely',
      'wasp',
      'payload',
      'directus',
      'strapi',
      'adonis',
      'ace',
    ],
    values: [
      '-e',
      '--env',
      '--config',
      '-m',
      '--migrations-dir',
      '-f',
      '--file',
      '-d',
      '--database-url-var',
      '-c',
      '-s',
    ],
    environment: ['-e', '--env'],
    colons: true,
    rules: [
      { command: 'db drop', does: 'destroy', explain: DROPS },
      { command: 'db reset|wipe|truncate', does: 'destroy', explain: RESETS },
      { command: 'db migrate-dev', does: 'configure', own: true, explain: APPLIES },
      {
        command: 'migrate|migration|migration:* reset|fresh|refresh|rollback|down|undo',
        does: 'destroy',
        explain: UNDOES,
      },
      { command: 'migrate|migration status|create|make|list|generate', does: 'harmless', explain: '' },
      { command: 'down|reset|redo|rollback|undo', does: 'destroy', explain: UNDOES },
      { command: 'migrate|up|migrate:up', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['convex'],
    values: ['--deployment-name', '--preview-name', '--component', '--table', '--env-file'],
    rules: [
      {
        command: 'import',
        when: ['--replace', '--replace-all'],
        does: 'destroy',
        explain: 'replaces the data of the deployment',
      },
      { command: 'import', does: 'write', explain: 'adds data to the deployment' },
      { command: 'deploy', does: 'deploy', explain: 'deploys functions and schema to production' },
      { command: 'run', when: ['--prod'], does: 'execute', explain: 'runs a function in production:' },
      { command: 'env remove|unset', does: 'destroy', explain: 'deletes the variable' },
      { command: 'env set', does: 'configure', explain: 'changes the variable' },
    ],
  }),
];
