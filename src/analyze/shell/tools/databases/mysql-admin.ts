/** The programs that come with MySQL and MariaDB besides the client. Source: MySQL reference manual, chapter 6. */
import { cliTool } from '../../cli-tool.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

const CONNECTION = [
  '-h',
  '--host',
  '-P',
  '--port',
  '-u',
  '--user',
  '-S',
  '--socket',
  '--protocol',
  '-i',
  '--sleep',
  '-c',
  '--count',
  '-w',
  '--wait',
];

const mysqladmin = cliTool({
  names: ['mysqladmin', 'mariadb-admin'],
  values: CONNECTION,
  resource: 'mysql',
  place: 'remote',
  rules: [
    { command: '** drop', does: 'destroy', explain: 'drops the database' },
    { command: '** shutdown', does: 'destroy', reversible: 'yes', explain: 'stops the server' },
    { command: '** kill', does: 'destroy', reversible: 'yes', explain: 'ends the connections' },
    { command: '** password|old-password', does: 'grant', explain: 'changes a password' },
    {
      command: '** flush-*|refresh|reload',
      does: 'configure',
      explain: 'has the server begin anew with its caches, logs or rights',
    },
    {
      command: '** stop-slave|stop-replica|stop-all-slaves|start-slave|start-replica',
      does: 'configure',
      explain: 'changes the replication of',
    },
    { command: '** create', does: 'write', explain: 'makes the database' },
  ],
});

const mysqldump: Tool = {
  names: ['mysqldump', 'mariadb-dump', 'mysqlpump'],
  judge: ({ args }) => {
    const { value } = readOptions(args, {
      values: [...CONNECTION, '-r', '--result-file', '-T', '--tab', '-w', '--where'],
    });
    const output = value('-r', '--result-file');
    return output === undefined ? [] : [{ kind: 'files', act: 'overwrite', path: output, recursive: false }];
  },
};

const mysqlimport: Tool = {
  names: ['mysqlimport', 'mariadb-import'],
  judge: ({ args }) => {
    const { has, operands } = readOptions(args, { values: CONNECTION });
    if (!has('--delete', '-D')) return [];
    const name = operands[0]?.written ?? 'a database';
    return [
      {
        kind: 'effect',
        verb: 'destroy',
        resource: { kind: 'database', name },
        place: 'remote',
        explain: `empties the tables of ${name} before it imports`,
      },
    ];
  },
};

export const MYSQL_ADMIN: readonly Tool[] = [mysqladmin, mysqldump, mysqlimport];
