/** Programs of which one command sends SQL, and others do other things. */
import { exactly } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { judgeSqlClient, type SqlClient } from './sql-client.js';
import { readSqlText } from './sql-text.js';

const COCKROACH: SqlClient = {
  names: ['cockroach'],
  below: ['sql'],
  dialect: 'postgres',
  commands: 'psql',
  values: ['--url', '--host', '--port', '-p', '--user', '-u', '--database', '-d', '--certs-dir', '--format', '--set'],
  execute: ['-e', '--execute'],
  files: ['-f', '--file'],
};

const cockroachRules = cliTool({
  names: ['cockroach'],
  values: ['--url', '--host', '--port', '--user', '--certs-dir', '--store', '--ca-key', '--join', '--listen-addr'],
  resource: 'cockroach',
  place: 'remote',
  rules: [
    { command: 'node decommission|drain', does: 'destroy', explain: 'takes out of service the node' },
    { command: 'debug reset-quorum|recover', does: 'destroy', explain: 'gives up copies of the data of' },
    { command: 'nodelocal|userfile delete', does: 'destroy', explain: 'deletes' },
    { command: 'workload init', when: ['--drop'], does: 'destroy', explain: 'drops and makes anew the database of' },
    { command: 'quit', does: 'destroy', reversible: 'yes', explain: 'stops the node' },
    {
      command: 'start|start-single-node|demo|init|cert|gen|version|statement-diag|import|workload **',
      does: 'harmless',
      explain: '',
    },
  ],
});

const CLICKHOUSE: SqlClient = {
  names: ['clickhouse'],
  dialect: 'other',
  values: ['-h', '--host', '--port', '-u', '--user', '--password', '-d', '--database', '-f', '--format'],
  execute: ['-q', '--query'],
  files: ['--queries-file'],
};

const DOLT: SqlClient = {
  names: ['dolt'],
  below: ['sql'],
  dialect: 'mysql',
  commands: 'mysql',
  values: ['-r', '--result-format', '-s', '--save', '-m', '--message'],
  execute: ['-q', '--query'],
  files: ['-f', '--file'],
};

const doltRules = cliTool({
  names: ['dolt'],
  values: ['-b', '-m', '--host', '--port', '-u', '-p', '--data-dir', '--doltcfg-dir'],
  resource: 'dolt',
  place: 'local',
  rules: [
    { command: 'reset', when: ['--hard'], does: 'destroy', explain: 'discards what is not committed in' },
    {
      command: 'branch',
      when: ['-d', '-D', '--delete', '--delete-force'],
      does: 'destroy',
      explain: 'deletes the branch',
    },
    {
      command: 'push',
      when: ['-f', '--force'],
      does: 'destroy',
      place: 'remote',
      explain: 'overwrites the history of',
    },
    { command: 'tag', when: ['-d', '--delete'], does: 'destroy', explain: 'deletes the tag' },
    { command: 'stash drop|clear', does: 'destroy', explain: 'deletes what is stashed' },
    { command: 'table rm', does: 'destroy', explain: 'drops the table' },
    {
      command: 'table import',
      when: ['-c', '-r', '--create-table', '--replace-table'],
      does: 'destroy',
      explain: 'replaces the table',
    },
    { command: 'clean|filter-branch', does: 'destroy', explain: 'removes what is not tracked, or history, of' },
    {
      command:
        'gc|add|commit|checkout|clone|merge|status|log|diff|push|pull|fetch|branch|config|remote|init|ls|tag|stash|table|sql-server|sql-client|version|blame|show|schema|dump|backup|archive|rebase|revert|cherry-pick **',
      does: 'harmless',
      explain: '',
    },
  ],
});

const INFLUX: SqlClient = {
  names: ['influx'],
  dialect: 'other',
  values: ['-host', '-port', '-username', '-password', '-database', '-format', '-precision'],
  singleDash: true,
  execute: ['-execute'],
};

const influxRules = cliTool({
  names: ['influx'],
  values: [
    '--host',
    '-t',
    '--token',
    '-o',
    '--org',
    '-n',
    '--name',
    '-i',
    '--id',
    '--bucket',
    '-b',
    '--start',
    '--stop',
    '-p',
    '--predicate',
  ],
  resource: 'influx',
  place: 'remote',
  naming: ['--bucket', '--name', '-n'],
  rules: [
    { command: 'delete', does: 'destroy', explain: 'deletes the points of' },
    { command: '** delete|rm', does: 'destroy', explain: 'deletes' },
    { command: 'restore', does: 'destroy', explain: 'restores over what is there' },
    { command: 'auth|user|v1 create|active|inactive|password', does: 'grant', explain: 'changes who may reach' },
    { command: 'write', does: 'write', explain: 'writes points to' },
  ],
});

const turso = cliTool({
  names: ['turso'],
  resource: 'turso',
  place: 'remote',
  rules: [
    { command: 'db|group destroy', does: 'destroy', explain: 'deletes the database' },
    { command: 'db|group unarchive|archive', does: 'configure', explain: 'changes the database' },
    { command: 'db tokens invalidate', does: 'destroy', explain: 'invalidates the tokens of' },
    { command: 'org **', does: 'grant', explain: 'changes the members of' },
  ],
});

function first(invocation: Invocation): string {
  return invocation.args[0]?.text ?? '';
}

export const SEVERAL: readonly Tool[] = [
  {
    names: ['cockroach'],
    judge: (one) => (first(one) === 'sql' ? judgeSqlClient(COCKROACH, one) : cockroachRules.judge(one)),
  },
  {
    names: ['clickhouse'],
    judge: (one) =>
      /^(?:client|local)$/u.test(first(one))
        ? judgeSqlClient(CLICKHOUSE, { ...one, args: one.args.slice(1) })
        : judgeSqlClient(CLICKHOUSE, one),
  },
  { names: ['dolt'], judge: (one) => (first(one) === 'sql' ? judgeSqlClient(DOLT, one) : doltRules.judge(one)) },
  {
    names: ['influx'],
    judge: (one) =>
      one.args.some(({ text }) => text === '-execute') ? judgeSqlClient(INFLUX, one) : influxRules.judge(one),
  },
  { names: ['turso'], judge: judgeTurso },
  { names: ['sqlcmd'], judge: judgeSqlcmd },
];

/** `turso db shell NAME 'SQL'` */
function judgeTurso(invocation: Invocation): readonly Finding[] {
  const { operands } = readOptions(invocation.args, { values: ['--instance', '--location', '--proxy'] });
  const [group, command, , ...texts] = operands;
  if (group?.text !== 'db' || command?.text !== 'shell') return turso.judge(invocation);
  return texts.flatMap((text) => readSqlText(text, { dialect: 'sqlite', commands: 'dot', by: 'turso' }));
}

const SQLCMD: SqlClient = {
  names: ['sqlcmd'],
  dialect: 'other',
  commands: 'sqlcmd',
  values: [
    '-S',
    '-U',
    '-P',
    '-d',
    '-H',
    '-l',
    '-t',
    '-h',
    '-s',
    '-w',
    '-a',
    '-v',
    '-M',
    '-K',
    '--server',
    '--user-name',
    '--database-name',
    '--database',
  ],
  execute: ['-Q', '-q', '--query'],
  files: ['-i', '--input-file'],
  output: ['-o', '--output-file'],
  shows: ['-?'],
};

/** Both of Microsoft's: `-Q 'SQL'`, and `sqlcmd query 'SQL'`. */
function judgeSqlcmd(invocation: Invocation): readonly Finding[] {
  switch (first(invocation)) {
    case 'query':
      return judgeSqlClient(
        { ...SQLCMD, values: ['-d', '--database'], execute: ['-q', '--query', '-t', '--text'], operandsFrom: 0 },
        { ...invocation, args: invocation.args.slice(1) },
      );
    case 'delete':
      return [
        {
          kind: 'effect',
          verb: 'destroy',
          resource: { kind: 'database-server', name: 'sqlcmd' },
          place: 'local',
          explain: 'deletes the database server of the current context with its data',
        },
      ];
    case 'config':
    case 'create':
    case 'install':
    case 'open':
    case 'start':
    case 'stop':
    case 'completion':
      return [];
    default:
      return invocation.args.some(({ text }) => text === '-h') && invocation.args.length === 1
        ? []
        : judgeSqlClient(SQLCMD, { ...invocation, program: exactly('sqlcmd') });
  }
}
