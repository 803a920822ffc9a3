import type { Argument } from '../../argument.js';
import { analyzeCode } from '../../code/analyze-code.js';
import { judgeMongo } from '../../code/mongo-calls.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

const VALUES = [
  '-u',
  '--username',
  '-p',
  '--password',
  '--host',
  '--port',
  '--authenticationDatabase',
  '--authenticationMechanism',
  '--tlsCAFile',
  '--tlsCertificateKeyFile',
  '-f',
  '--file',
  '--apiVersion',
  '--json',
];

/** mongosh: JavaScript with the databases of a server in it. */
const shell: Tool = {
  names: ['mongosh', 'mongo', 'mongos'],
  judge: (invocation) => {
    const { args, input, name } = invocation;
    const options = readOptions(args, { values: [...VALUES, '--eval'] });
    if (options.has('--help', '--version', '-h')) return [];
    const texts = options.values('--eval');
    const files = [
      ...options.values('-f', '--file'),
      ...options.operands.filter(({ text }) => /\.(?:js|mongodb)$/u.test(text)),
    ];
    return [
      ...texts.flatMap((text) => readMongo(text, name)),
      ...files.map((path): Finding => ({ kind: 'script', path, language: 'javascript', args: [], by: name })),
      ...(texts.length + files.length === 0 ? fromInput(input, name) : []),
    ];
  },
};

function fromInput(input: Invocation['input'], by: string): readonly Finding[] {
  if (input.kind === 'text') return readMongo(input.text, by);
  if (input.kind === 'file') return [{ kind: 'script', path: input.path, language: 'javascript', args: [], by }];
  return [];
}

function readMongo(text: Argument, by: string): readonly Finding[] {
  const databases = judgeMongo(text.text);
  const others = analyzeCode('javascript', text.text, { by }).filter(({ kind }) => kind !== 'effect' && kind !== 'sql');
  return [...databases, ...others];
}

const restore: Tool = {
  names: ['mongorestore', 'mongoimport'],
  judge: ({ args }) => {
    const options = readOptions(args, {
      values: [
        '--host',
        '--port',
        '-u',
        '--username',
        '-p',
        '--password',
        '--db',
        '-d',
        '--collection',
        '-c',
        '--uri',
        '--nsInclude',
        '--nsExclude',
        '--file',
        '--type',
        '-j',
        '--mode',
      ],
    });
    if (options.has('--help', '--version', '--dryRun') || !options.has('--drop')) return [];
    const name = options.value('--db', '-d', '--collection', '-c')?.written ?? 'what the dump holds';
    return [
      {
        kind: 'effect',
        verb: 'destroy',
        resource: { kind: 'database', name },
        place: 'remote',
        explain: `drops each collection before it restores: ${name}`,
      },
    ];
  },
};

const reading: Tool = { names: ['mongodump', 'mongoexport', 'mongostat', 'mongotop', 'bsondump'], judge: () => [] };

export const MONGO: readonly Tool[] = [shell, restore, reading];
