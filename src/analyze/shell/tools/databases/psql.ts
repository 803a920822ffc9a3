import { type Argument, exactly } from '../../argument.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { judgeSqlClient, type SqlClient } from './sql-client.js';

const VALUES = [
  '-d',
  '--dbname',
  '-h',
  '--host',
  '-p',
  '--port',
  '-U',
  '--username',
  '-v',
  '--set',
  '--variable',
  '-L',
  '--log-file',
  '-F',
  '--field-separator',
  '-R',
  '--record-separator',
  '-T',
  '--table-attr',
  '-P',
  '--pset',
];

const CLIENT: SqlClient = {
  names: ['psql'],
  dialect: 'postgres',
  commands: 'psql',
  values: VALUES,
  execute: ['-c', '--command'],
  files: ['-f', '--file'],
  output: ['-o', '--output'],
  shows: ['-V', '-?', '-l', '--list'],
};

/** psql(1) */
export const psql: Tool = {
  names: CLIENT.names,
  judge: (invocation) => {
    const options = readOptions(invocation.args, {
      values: [...VALUES, '-c', '--command', '-f', '--file', '-o', '--output'],
    });
    const variables = new Map(
      options.values('-v', '--set', '--variable').flatMap((given): [string, Argument][] => {
        const equals = given.text.indexOf('=');
        if (equals < 1) return [];
        const value = given.text.slice(equals + 1);
        return [
          [given.text.slice(0, equals), given.certainty === 'exact' ? exactly(value) : { ...given, text: value }],
        ];
      }),
    );
    return judgeSqlClient(CLIENT, invocation, { variables });
  },
};
