import type { Verb } from '#action/effect';
import { type Argument, exactly, UNKNOWN_PART } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

type Row = readonly [names: string, verb: Verb, explain: string];

/** Source: the command reference of Redis and Valkey. A second word counts where one name has several. */
const COMMANDS: readonly Row[] = [
  ['flushall', 'destroy', 'deletes every key of every database'],
  ['flushdb', 'destroy', 'deletes every key of the database'],
  ['del unlink getdel', 'destroy', 'deletes the keys'],
  [
    'hdel srem zrem zremrangebyscore zremrangebyrank zremrangebylex lrem ltrim xdel xtrim json.del json.clear ts.del cf.del ft.dropindex ft.drop',
    'destroy',
    'deletes from',
  ],
  ['lpop rpop spop zpopmin zpopmax lmpop zmpop rpoplpush', 'destroy', 'takes elements out of'],
  ['shutdown', 'destroy', 'stops the server'],
  ['debug', 'destroy', 'makes the server crash or hang:'],
  ['swapdb', 'destroy', 'exchanges the databases'],
  ['migrate', 'destroy', 'moves keys to another server'],
  ['replicaof slaveof', 'destroy', 'makes the server a copy of another, and drops its own data:'],
  ['failover', 'configure', 'makes another server the first'],
  ['script flush', 'destroy', 'deletes the scripts'],
  ['function delete', 'destroy', 'deletes functions'],
  ['function flush', 'destroy', 'deletes functions'],
  ['xgroup destroy', 'destroy', 'deletes a group of'],
  ['xgroup delconsumer', 'destroy', 'deletes a consumer of'],
  ['cluster reset', 'destroy', 'takes the node out of its cluster'],
  ['cluster forget', 'destroy', 'takes a node out of the cluster'],
  ['cluster delslots', 'destroy', 'gives up slots of the cluster'],
  ['cluster flushslots', 'destroy', 'gives up slots of the cluster'],
  ['cluster failover', 'configure', 'makes another node the first'],
  ['config set', 'configure', 'changes the configuration:'],
  ['config rewrite', 'configure', 'writes the configuration'],
  ['config resetstat', 'configure', 'resets the statistics'],
  ['acl setuser', 'grant', 'changes the rights of'],
  ['acl deluser', 'grant', 'deletes the user'],
  ['acl load', 'grant', 'loads other rights'],
  ['module load', 'execute', 'loads code into the server:'],
  ['client kill', 'destroy', 'ends connections'],
  [
    'set setex psetex setnx mset msetnx append incr incrby incrbyfloat decr decrby getset setrange setbit hset hmset hsetnx hincrby lpush rpush lset linsert sadd zadd zincrby xadd json.set expire pexpire expireat pexpireat persist rename renamenx copy restore move publish pfadd geoadd',
    'write',
    'changes',
  ],
];

const TABLE: ReadonlyMap<string, Row> = new Map(
  COMMANDS.flatMap((row) => {
    const first = row[0].split(' ');
    // `config set` is one command; lists have more than two names, or names without a group.
    const grouped = /^(?:script|function|xgroup|cluster|config|acl|module|client) /u.test(row[0]);
    return (grouped ? [row[0]] : first).map((name) => [name, row] as const);
  }),
);

const VALUES = [
  '-h',
  '-p',
  '-t',
  '-s',
  '-a',
  '--user',
  '--pass',
  '-u',
  '-r',
  '-i',
  '-n',
  '-d',
  '-D',
  '-X',
  '--cacert',
  '--cacertdir',
  '--cert',
  '--key',
  '--sni',
  '--pattern',
  '--quoted-pattern',
  '--count',
  '--type',
  '--memkeys-samples',
  '--functions-rdb',
  '--rdb',
  '--cursor',
];

export const redis: Tool = {
  names: ['redis-cli', 'valkey-cli', 'keydb-cli', 'iredis', 'dragonfly-cli'],
  judge: ({ args, input, name }) => {
    const options = readOptions(args, { values: [...VALUES, '--eval'], stopAtOperand: true });
    if (options.has('--help', '--version')) return [];
    const scriptFile = options.value('--eval');
    if (scriptFile !== undefined) return [{ kind: 'script', path: scriptFile, language: 'other', args: [], by: name }];
    const rdb = options.value('--rdb', '--functions-rdb');
    if (rdb !== undefined) return [{ kind: 'files', act: 'overwrite', path: rdb, recursive: false }];
    if (options.operands.length > 0) return redisCommand(options.operands);
    if (args.some(({ text }) => text === '--cluster'))
      return cluster(args.slice(args.findIndex(({ text }) => text === '--cluster') + 1));
    if (input.kind !== 'text') return [];
    return input.text.text.split('\n').flatMap((line) => redisCommand(wordsOf(line)));
  },
};

/** What one command of Redis does, from its words. */
export function redisCommand(words: readonly Argument[]): readonly Finding[] {
  const [first, second, ...rest] = words;
  if (first === undefined) return [];
  if (first.text.includes(UNKNOWN_PART))
    return [{ kind: 'opaque', explain: 'sends a command to Redis that is computed' }];
  const name = first.text.toLowerCase();
  // `redis-cli 5 PING`, `EXEC`, `MULTI`: around others.
  if (/^(?:eval|evalsha|fcall)$/u.test(name)) return scripted(name, second);
  const grouped = `${name} ${second?.text.toLowerCase() ?? ''}`;
  const row = TABLE.get(grouped) ?? TABLE.get(name);
  if (row === undefined) return [];
  const [, verb, explain] = row;
  const given = TABLE.has(grouped) ? rest : words.slice(1);
  const said = [explain, ...given.slice(0, 3).map(({ written }) => written)].join(' ');
  return [
    {
      kind: 'effect',
      verb,
      resource: { kind: 'redis', name: given[0]?.written ?? name },
      place: 'remote',
      ...(verb === 'write' ? { count: 1 } : {}),
      explain: said,
    },
  ];
}

/** A script of Lua: the commands that it calls with literals. */
function scripted(name: string, script: Argument | undefined): readonly Finding[] {
  const text = script?.text ?? '';
  const calls = [...text.matchAll(/redis\.p?call\s*\(\s*(?:'([^']*)'|"([^"]*)"|([^'"]))/gu)];
  if (name !== 'eval' || calls.some(([, , , computed]) => computed !== undefined) || text.includes(UNKNOWN_PART)) {
    return [{ kind: 'opaque', explain: 'has Redis run a script that cannot be followed' }];
  }
  return calls.flatMap(([, one, two]) => redisCommand([exactly(one ?? two ?? ''), exactly('KEYS')]));
}

/** `--cluster del-node`, `reshard`. */
function cluster([command]: readonly Argument[]): readonly Finding[] {
  if (command === undefined || !/^(?:del-node|reshard|rebalance|fix|call|import|set-timeout)$/u.test(command.text))
    return [];
  const verb = command.text === 'del-node' || command.text === 'call' ? 'destroy' : 'configure';
  return [
    {
      kind: 'effect',
      verb,
      resource: { kind: 'redis', name: 'cluster' },
      place: 'remote',
      explain: `changes a cluster of Redis: ${command.text}`,
    },
  ];
}

function wordsOf(line: string): readonly Argument[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/gu)].map(([, one, two, three]) =>
    exactly(one ?? two ?? three ?? ''),
  );
}
