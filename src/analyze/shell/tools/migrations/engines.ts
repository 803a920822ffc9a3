/** Migration tools of no single language. Source: each tool's reference of its command line. */
import { isGiven } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import {
  APPLIES,
  DROPS,
  judgeMigration,
  type MigrationRules,
  migrationTool,
  RESETS,
  UNDOES,
} from './migration-tool.js';

const LIQUIBASE: MigrationRules = {
  names: ['liquibase'],
  values: [
    '--changelog-file',
    '--changeLogFile',
    '--username',
    '--password',
    '--defaults-file',
    '--defaultsFile',
    '--contexts',
    '--label-filter',
    '--count',
    '--tag',
    '--driver',
    '--classpath',
    '--log-level',
    '--url',
  ],
  url: ['--url'],
  rules: [
    { command: 'drop-all|dropAll', does: 'destroy', explain: 'drops every object of the schema' },
    {
      command:
        '*-sql|*SQL|*-one-sql|future-rollback*|status|history|validate|diff*|generate-*|snapshot*|list-*|db-doc|dbDoc|unexpected-*',
      does: 'harmless',
      explain: '',
    },
    { command: 'rollback*|update-testing-rollback', does: 'destroy', explain: UNDOES },
    {
      command: 'update*|changelog-sync*|changelogSync*|execute-sql|tag|release-locks|clear-checksums|mark-next-*',
      does: 'configure',
      explain: APPLIES,
    },
  ],
};

/** Each of several commands in one line counts: `flyway clean migrate`. */
const flyway: Tool = {
  names: ['flyway'],
  judge: ({ args, name }): readonly Finding[] => {
    const options = readOptions(args, { singleDash: true });
    if (isGiven(options, ['-help', '--help', '-dryRunOutput', '-v'])) return [];
    const found = options.operands.flatMap(({ text }): readonly Finding[] => {
      const said = FLYWAY.get(text);
      return said === undefined
        ? []
        : [
            {
              kind: 'effect',
              verb: said[0],
              resource: { kind: 'database', name: `the database of ${name}` },
              place: local(args.map((one) => one.text)) ? 'local' : 'remote',
              explain: said[1],
            },
          ];
    });
    return found;
  },
};

const FLYWAY = new Map<string, readonly ['destroy' | 'configure', string]>([
  ['clean', ['destroy', 'drops every object of the schemas']],
  ['undo', ['destroy', UNDOES]],
  ['migrate', ['configure', APPLIES]],
  ['baseline', ['configure', 'marks where the migrations begin']],
  ['repair', ['configure', 'changes the record of the migrations']],
  ['deploy', ['configure', APPLIES]],
]);

function local(words: readonly string[]): boolean {
  return words.some((word) =>
    /^-(?:url|environment)=(?:jdbc:\w+:\/\/(?:localhost|127\.0\.0\.1)|jdbc:(?:h2:mem|sqlite)|(?:dev|development|test|local)$)/iu.test(
      word,
    ),
  );
}

const alembicRules: MigrationRules = {
  names: ['alembic'],
  values: ['-c', '--config', '-n', '--name', '-x', '-m', '--message', '--rev-id'],
  dryRun: ['--sql'],
  rules: [
    { command: 'downgrade', does: 'destroy', explain: UNDOES },
    { command: 'upgrade', does: 'configure', explain: APPLIES },
    { command: 'stamp', does: 'configure', explain: 'changes the record of the migrations' },
  ],
};

export const ENGINES: readonly Tool[] = [
  flyway,
  { names: LIQUIBASE.names, judge: (invocation) => judgeMigration(LIQUIBASE, invocation) },
  migrationTool(alembicRules),
  // `flask db downgrade`
  migrationTool({
    names: ['flask', 'aerich', 'piccolo', 'yoyo', 'masonite', 'litestar', 'tortoise'],
    values: ['--app', '-A', '--env-file', '-d', '--directory', '-x', '--database', '-c', '--config', '-e'],
    dryRun: ['--sql'],
    rules: [
      { command: 'db|database downgrade', does: 'destroy', explain: UNDOES },
      { command: 'db|database upgrade', does: 'configure', explain: APPLIES },
      { command: 'db|database drop|drop-all|reset', does: 'destroy', explain: DROPS },
      { command: 'downgrade|rollback|reapply', does: 'destroy', explain: UNDOES },
      { command: 'upgrade|apply', does: 'configure', explain: APPLIES },
      { command: 'migrations backwards', does: 'destroy', explain: UNDOES },
      { command: 'migrations forwards', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['goose'],
    values: ['-dir', '-table', '-env', '-timeout'],
    singleDash: true,
    rules: [
      { command: '** reset|down|down-to|redo', does: 'destroy', explain: UNDOES },
      { command: '** status|version|create|validate|fix', does: 'harmless', explain: '' },
      { command: '** up|up-by-one|up-to', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['migrate', 'golang-migrate', 'gomigrate'],
    values: ['-path', '-source', '-database', '-prefetch', '-lock-timeout'],
    url: ['-database'],
    singleDash: true,
    rules: [
      { command: 'drop', does: 'destroy', explain: 'drops everything in the database' },
      { command: 'down', does: 'destroy', explain: UNDOES },
      { command: 'force', does: 'configure', explain: 'changes the record of the migrations' },
      { command: 'goto|up', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['dbmate', 'amacneil-dbmate'],
    values: ['-u', '--url', '-e', '--env', '-d', '--migrations-dir', '-s', '--schema-file', '--env-file'],
    url: ['-u', '--url'],
    rules: [
      { command: 'drop', does: 'destroy', explain: DROPS },
      { command: 'down|rollback', does: 'destroy', explain: UNDOES },
      { command: 'up|migrate|load', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['atlas'],
    values: [
      '-u',
      '--url',
      '--to',
      '--dev-url',
      '--env',
      '--dir',
      '--config',
      '-c',
      '--schema',
      '--var',
      '--format',
      '--from',
      '--file',
      '-f',
    ],
    environment: ['--env'],
    url: ['-u', '--url'],
    dryRun: ['--dry-run'],
    rules: [
      { command: 'schema clean', does: 'destroy', explain: 'drops every object of the database' },
      {
        command: 'schema apply',
        when: ['--auto-approve'],
        does: 'destroy',
        explain: 'changes the schema unasked, and drops what no longer fits with its data',
      },
      { command: 'schema apply', does: 'configure', explain: 'changes the schema of the database' },
      { command: 'migrate down', does: 'destroy', explain: UNDOES },
      { command: 'migrate apply|set', does: 'configure', explain: APPLIES },
      { command: 'migrate rm', does: 'destroy', own: true, explain: 'deletes migration files' },
    ],
  }),
  migrationTool({
    names: ['sqitch'],
    values: [
      '-t',
      '--target',
      '-C',
      '--chdir',
      '-f',
      '--plan-file',
      '--to',
      '--to-change',
      '--set',
      '-s',
      '-d',
      '-h',
      '-p',
      '-u',
    ],
    rules: [
      { command: 'revert|rebase', does: 'destroy', explain: UNDOES },
      { command: 'deploy|checkout', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['diesel', 'sqlx', 'refinery', 'sea-orm-cli', 'sea', 'cargo-sqlx'],
    values: [
      '--database-url',
      '-D',
      '--source',
      '--migration-dir',
      '-d',
      '--config-file',
      '-u',
      '-s',
      '-n',
      '--num',
      '--target-version',
    ],
    url: ['--database-url', '-D', '-u'],
    rules: [
      { command: 'database|db drop', does: 'destroy', explain: DROPS },
      { command: 'database|db reset', does: 'destroy', explain: RESETS },
      { command: 'database|db setup|create', does: 'configure', explain: APPLIES },
      { command: 'migration|migrate|mig revert|redo|down|reset|fresh|refresh', does: 'destroy', explain: UNDOES },
      { command: 'migration|migrate|mig generate|add|list|info|status|init|pending', does: 'harmless', explain: '' },
      { command: 'migration|migrate|mig run|up', does: 'configure', explain: APPLIES },
      { command: 'migrate', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['hasura'],
    values: [
      '--endpoint',
      '--admin-secret',
      '--database-name',
      '--project',
      '--envfile',
      '--down',
      '--up',
      '--version',
    ],
    url: ['--endpoint'],
    rules: [
      { command: 'migrate apply', when: ['--down', '--type=down'], does: 'destroy', explain: UNDOES },
      { command: 'migrate apply', does: 'configure', explain: APPLIES },
      { command: 'migrate delete', does: 'destroy', explain: 'deletes migrations' },
      { command: 'metadata clear', does: 'destroy', explain: 'deletes the metadata' },
      { command: 'metadata apply|reload|inconsistency', does: 'configure', explain: 'changes the metadata' },
      { command: 'seed apply', does: 'write', explain: 'adds what the seeds hold' },
      { command: 'deploy', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['gel', 'edgedb'],
    values: [
      '-I',
      '--instance',
      '-b',
      '--branch',
      '-d',
      '--database',
      '-H',
      '--host',
      '-P',
      '--port',
      '-u',
      '--user',
      '--schema-dir',
    ],
    rules: [
      { command: 'branch|database drop|wipe', does: 'destroy', explain: DROPS },
      { command: 'instance destroy', does: 'destroy', explain: 'deletes the instance with its data' },
      {
        command: 'instance restart|stop|unlink|reset-password|upgrade|revert',
        does: 'configure',
        explain: 'changes the instance',
      },
      { command: 'migration apply|upgrade-*|edit', does: 'configure', explain: APPLIES },
      { command: 'migrate|restore', does: 'configure', explain: APPLIES },
    ],
  }),
  migrationTool({
    names: ['dotnet-ef', 'ef'],
    values: ['-c', '--context', '-p', '--project', '-s', '--startup-project', '--connection', '--configuration'],
    dryRun: ['--dry-run'],
    rules: [
      { command: 'database drop', does: 'destroy', explain: DROPS },
      {
        command: 'database update *',
        does: 'destroy',
        explain: 'brings the database to a migration, and undoes those after:',
      },
      { command: 'database update', does: 'configure', explain: APPLIES },
      { command: 'migrations remove', does: 'destroy', own: true, explain: 'deletes the last migration file' },
    ],
  }),
];
