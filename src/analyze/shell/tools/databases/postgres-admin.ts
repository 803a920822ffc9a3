/** The programs that come with PostgreSQL besides psql. Source: its reference, "Client Applications" and "Server Applications". */
import { type Argument, exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { type Options, readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { readSqlText } from './sql-text.js';

const CONNECTION = ['-h', '--host', '-p', '--port', '-U', '--username', '-d', '--dbname', '--maintenance-db'];

/** Reads the options; nothing is found when it only shows itself. */
function tool(name: string, values: readonly string[], judge: (options: Options) => readonly Finding[]): Tool {
  return {
    names: [name],
    judge: ({ args }) => {
      const options = readOptions(args, { values: [...CONNECTION, ...values] });
      return options.has('--help', '--version', '-?', '-V') ? [] : judge(options);
    },
  };
}

function sql(statement: string, what: Argument | undefined, by: string): readonly Finding[] {
  if (what === undefined) return [];
  const text = `${statement} "${what.text.replaceAll('"', '""')}"`;
  return readSqlText(what.certainty === 'exact' ? exactly(text) : { ...what, text }, { dialect: 'postgres', by });
}

function database(explain: string, name: string, verb: 'destroy' | 'write' = 'destroy'): readonly Finding[] {
  const count = verb === 'write' ? { count: 1 } : {};
  return [{ kind: 'effect', verb, resource: { kind: 'database', name }, place: 'remote', ...count, explain }];
}

function folder(act: 'delete' | 'overwrite', path: Argument | undefined, explain: string): readonly Finding[] {
  return path === undefined ? [] : [{ kind: 'files', act, path, recursive: true, explain }];
}

export const POSTGRES_ADMIN: readonly Tool[] = [
  tool('dropdb', [], ({ operands }) => sql('DROP DATABASE', operands.at(-1), 'dropdb')),
  tool('dropuser', [], ({ operands }) => sql('DROP ROLE', operands.at(-1), 'dropuser')),
  // What is new takes nothing away.
  tool('createdb', ['-D', '-E', '-l', '-O', '-T', '-S'], () => []),
  tool('createuser', ['-c', '-g', '-m', '-v', '-a'], ({ operands, has }) =>
    has('-s', '--superuser', '-r', '--createrole')
      ? [
          {
            kind: 'effect',
            verb: 'grant',
            resource: { kind: 'role', name: operands.at(-1)?.written ?? 'a role' },
            place: 'remote',
            explain: `makes a role that may do everything: ${operands.at(-1)?.written ?? ''}`,
          },
        ]
      : [],
  ),
  tool(
    'pg_restore',
    [
      '-f',
      '--file',
      '-F',
      '--format',
      '-j',
      '--jobs',
      '-n',
      '--schema',
      '-N',
      '-P',
      '-S',
      '-t',
      '--table',
      '-T',
      '-I',
      '-L',
      '--use-list',
      '--role',
      '--section',
      '--filter',
    ],
    ({ has, value, operands }) => {
      const into = value('-d', '--dbname');
      const output = value('-f', '--file');
      const file =
        output !== undefined && output.text !== '-'
          ? [{ kind: 'files', act: 'overwrite', path: output, recursive: false } as const]
          : [];
      if (has('-l', '--list')) return file;
      if (has('-c', '--clean')) {
        // Without a database the script with its DROPs is only printed; nobody types --clean for that.
        return [
          ...file,
          ...database(
            `drops what is there before it restores ${operands.at(-1)?.written ?? 'a dump'}`,
            into?.written ?? 'a database',
          ),
        ];
      }
      return into === undefined
        ? file
        : [
            ...file,
            ...database(`restores ${operands.at(-1)?.written ?? 'a dump'} into ${into.written}`, into.written, 'write'),
          ];
    },
  ),
  ...['pg_dump', 'pg_dumpall', 'pg_basebackup'].map((name) =>
    tool(
      name,
      [
        '-f',
        '--file',
        '-F',
        '--format',
        '-j',
        '-n',
        '-N',
        '-t',
        '-T',
        '-Z',
        '-D',
        '--pgdata',
        '-X',
        '-E',
        '-S',
        '--role',
        '-r',
        '-c',
        '-l',
      ],
      ({ value }) => {
        const output = value('-f', '--file');
        return output === undefined ? [] : [{ kind: 'files', act: 'overwrite', path: output, recursive: false }];
      },
    ),
  ),
  tool('pg_ctl', ['-D', '--pgdata', '-l', '--log', '-m', '--mode', '-o', '-t', '-N', '-s'], ({ operands, value }) => {
    const command = operands[0]?.text;
    if (command === 'kill' || (command === 'stop' && value('-m', '--mode')?.text === 'immediate')) {
      return [
        {
          kind: 'effect',
          verb: 'destroy',
          resource: { kind: 'process', name: 'postgres' },
          place: 'local',
          reversible: 'yes',
          explain: 'stops the PostgreSQL server at once',
        },
      ];
    }
    return [];
  }),
  tool('initdb', ['-D', '--pgdata', '-A', '-E', '-X'], () => []),
  tool('pg_resetwal', ['-D', '--pgdata', '-c', '-l', '-o', '-x'], ({ has, value, operands }) =>
    has('-n', '--dry-run')
      ? []
      : folder(
          'overwrite',
          value('-D', '--pgdata') ?? operands[0],
          'throws away the write-ahead log of a PostgreSQL cluster',
        ),
  ),
  tool('pg_rewind', ['-D', '--target-pgdata', '--source-pgdata', '--source-server'], ({ has, value }) =>
    has('-n', '--dry-run')
      ? []
      : folder('overwrite', value('-D', '--target-pgdata'), 'rewinds a PostgreSQL cluster to another'),
  ),
  tool('pg_archivecleanup', ['-x', '-b'], ({ has, operands }) =>
    has('-n', '--dry-run') ? [] : folder('delete', operands[0], 'deletes old files of the write-ahead log'),
  ),
  tool('pg_dropcluster', [], ({ operands }) =>
    database(
      `deletes the PostgreSQL cluster ${operands.map(({ written }) => written).join(' ')} with all its databases`,
      operands.at(-1)?.written ?? 'a cluster',
    ),
  ),
  tool(
    'pgbench',
    [
      '-c',
      '-j',
      '-t',
      '-T',
      '-f',
      '-M',
      '-s',
      '-F',
      '-D',
      '-P',
      '-R',
      '-L',
      '-b',
      '--client',
      '--jobs',
      '--transactions',
      '--time',
      '--file',
      '--scale',
    ],
    ({ has, operands }) => {
      const name = operands.at(-1)?.written ?? 'a database';
      // It drops its four tables first.
      return has('-i', '--initialize') ? database(`drops and makes anew the tables pgbench_* in ${name}`, name) : [];
    },
  ),
  tool('pg_upgrade', ['-b', '-B', '-D', '-o', '-O', '-j'], ({ has }) =>
    has('-c', '--check') || !has('-k', '--link') ? [] : database('upgrades a PostgreSQL cluster in place', 'a cluster'),
  ),
  ...[
    'vacuumdb',
    'reindexdb',
    'clusterdb',
    'pg_isready',
    'pg_amcheck',
    'pg_checksums',
    'pg_verifybackup',
    'pg_controldata',
    'pg_waldump',
    'pg_config',
    'pg_lsclusters',
    'pg_receivewal',
  ].map((name) => tool(name, [], () => [])),
];
