// Long because it is a table: what each invocation comes to.
import { describe, expect, test } from 'vitest';
import { exactly, UNKNOWN_PART } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { invoke } from '../../invocation.case.js';
import type { Input } from '../../invocation.js';
import { DATABASE_TOOLS } from './index.js';
import { readSqlScript } from './read-script.js';

const TOOLS = new Map(DATABASE_TOOLS.flatMap((tool) => tool.names.map((name) => [name, tool] as const)));

function say(finding: Finding): string {
  const show = (text: string) => text.replaceAll(UNKNOWN_PART, '?').trim();
  switch (finding.kind) {
    case 'sql':
      return `${finding.dialect}: ${show(finding.text.text)}${finding.file === undefined ? '' : ` @${finding.file.text}`}`;
    case 'effect':
      return finding.verb;
    case 'shell':
      return `shell ${show(finding.text.text)}`;
    case 'script':
      return `script ${finding.path.text}`;
    case 'files':
      return `${finding.act} ${finding.path.text}`;
    default:
      return finding.kind;
  }
}

function judged(line: string, input?: Input): readonly string[] {
  const invocation = invoke(line, input === undefined ? {} : { input });
  const tool = TOOLS.get(invocation.name);
  if (tool === undefined) throw new Error(`no tool for ${line}`);
  return tool.judge(invocation).map(say);
}

type Row = readonly [line: string, ...findings: string[]];

const ROWS: readonly Row[] = [
  ["psql -c 'DROP TABLE t'", 'postgres: DROP TABLE t'],
  ["psql -d shop -Atc 'SELECT 1' -c 'SELECT 2'", 'postgres: SELECT 1', 'postgres: SELECT 2'],
  ["psql postgres://db/x --command 'SELECT 1'", 'postgres: SELECT 1'],
  ['psql -f migrate.sql', 'script migrate.sql'],
  ["psql -c '\\dt'"],
  ["psql -c '\\! rm -rf x'", 'shell rm -rf x'],
  ["psql -c '\\copy t from data.csv csv'", 'postgres: ;COPY t FROM STDIN;'],
  ["psql -c '\\copy t to data.csv csv'", 'postgres: ;COPY t TO STDOUT;', 'overwrite data.csv'],
  ["psql -v t=users -c 'DROP TABLE :t'", 'postgres: DROP TABLE users'],
  ["psql -v t=$X -c 'SELECT :t'", 'postgres: SELECT ?'],
  ["psql -c 'SELECT a::text'", 'postgres: SELECT a::text'],
  ['psql -l'],
  ['psql -h db mydb'],
  ['psql -o out.txt -c "SELECT 1"', 'postgres: SELECT 1', 'overwrite out.txt'],
  ["psql -c 'SELECT 1 \\gexec'", 'postgres: SELECT 1', 'opaque'],
  ["mysql -u root -psecret -e 'DROP DATABASE x'", 'mysql: DROP DATABASE x'],
  ["mysql -Ne 'SHOW TABLES' shop", 'mysql: SHOW TABLES'],
  ["mysql --execute 'SELECT 1; \\! ls'", 'mysql: SELECT 1;', 'shell ls'],
  ['mysql -h db shop'],
  ["sqlite3 a.db 'DROP TABLE t'", 'sqlite: DROP TABLE t @a.db'],
  ["sqlite3 /home/dana/history.db 'SELECT 1'", 'read /home/dana/history.db', 'sqlite: SELECT 1 @/home/dana/history.db'],
  ["sqlite3 -readonly a.db 'DROP TABLE t'"],
  ["sqlite3 :memory: 'DROP TABLE t'"],
  ['sqlite3 :memory: "ATTACH \'a.db\' AS a; DROP TABLE a.t"', "sqlite: ATTACH 'a.db' AS a; DROP TABLE a.t"],
  ["sqlite3 a.db '.shell rm x'", 'shell rm x'],
  ["sqlite3 a.db '.tables'"],
  ["sqlite3 a.db '.read x.sql'", 'script x.sql'],
  ["sqlite3 -cmd '.headers on' -cmd 'DELETE FROM t' a.db", 'sqlite: DELETE FROM t @a.db'],
  ["sqlite3 a.db '.restore b.db'", 'overwrite a.db'],
  ["duckdb -c 'DROP TABLE t'"],
  ["duckdb a.duckdb -c 'DROP TABLE t'", 'sqlite: DROP TABLE t @a.duckdb'],
  ['sqlite-utils drop-table a.db t', 'sqlite: DROP TABLE "t" @a.db'],
  ["sqlcmd -S db -Q 'DROP TABLE t'", 'other: DROP TABLE t'],
  ["sqlcmd query 'SELECT 1' -d master", 'other: SELECT 1'],
  ["cqlsh -e 'DROP KEYSPACE k'", 'other: DROP KEYSPACE k'],
  ["cockroach sql -e 'DROP TABLE t'", 'postgres: DROP TABLE t'],
  ['cockroach node decommission 3', 'destroy'],
  ["clickhouse client -q 'DROP TABLE t'", 'other: DROP TABLE t'],
  ["snow sql -q 'DROP TABLE t'", 'other: DROP TABLE t'],
  ["influx -execute 'DROP MEASUREMENT m'", 'other: DROP MEASUREMENT m'],
  ['influx delete --bucket b --start 1970-01-01T00:00:00Z', 'destroy'],
  ["turso db shell shop 'DROP TABLE t'", 'sqlite: DROP TABLE t'],
  ['turso db destroy shop', 'destroy'],
  ["dolt sql -q 'DROP TABLE t'", 'mysql: DROP TABLE t'],
  ['dolt commit -a -m x'],
  ['dolt reset --hard', 'destroy'],
  ['dropdb --if-exists shop', 'postgres: DROP DATABASE "shop"'],
  ['dropuser -h db dana', 'postgres: DROP ROLE "dana"'],
  ['createdb shop'],
  ['pg_restore --list x.dump'],
  ['pg_restore -d shop x.dump', 'write'],
  ['pg_restore --clean -d shop x.dump', 'destroy'],
  ['pg_dump shop'],
  ['pg_dump -f out.sql shop', 'overwrite out.sql'],
  ['pgbench -i shop', 'destroy'],
  ['pgbench -c 10 shop'],
  ['vacuumdb --all'],
  ['mysqladmin -u root drop shop', 'destroy'],
  ['mysqladmin status'],
  ['mysqldump shop'],
  ["mongosh --eval 'db.dropDatabase()'", 'destroy'],
  ["mongosh --eval 'db.users.deleteMany({})'", 'destroy'],
  ['mongosh --eval \'db.getSiblingDB("x").users.drop()\'', 'destroy'],
  ['mongosh --eval \'db.getCollection("x").remove({})\'', 'destroy'],
  ['mongosh --eval \'db.users.find({name: "db.dropDatabase()"})\''],
  ['mongosh --eval \'print("db.users.drop()")\''],
  ["mongosh --eval 'db.users.insertOne({a: 1})'", 'write'],
  ["mongosh --eval 'db.users.updateMany({}, {$set: {a: 1}})'", 'destroy'],
  ["mongosh --eval 'db.users.updateMany({a: 1}, {$set: {a: 1}})'", 'write'],
  ["mongosh --eval 'db.adminCommand({shutdown: 1})'", 'destroy'],
  ["mongosh --eval 'show dbs'"],
  ['mongosh --eval \'db.users.aggregate([{$match: {}}, {$out: "x"}])\'', 'destroy'],
  ['mongosh mongodb://localhost/x cleanup.js', 'script cleanup.js'],
  ['mongorestore --drop dump', 'destroy'],
  ['mongorestore dump'],
  ['mongodump --out x'],
  ['redis-cli -h db -n 2 FLUSHALL', 'destroy'],
  ['redis-cli get key'],
  ['redis-cli set key value', 'write'],
  ['redis-cli config get maxmemory'],
  ['redis-cli config set maxmemory 1', 'configure'],
  ['redis-cli --eval x.lua key', 'script x.lua'],
  ['redis-cli eval "return redis.call(\'FLUSHALL\')" 0', 'destroy'],
  ["redis-cli eval \"return redis.call('GET', 'a')\" 0"],
  ['redis-cli $X', 'opaque'],
  ['redis-cli --scan'],
  ['etcdctl del --prefix /', 'destroy'],
  ['etcdctl get /x'],
  ['consul kv delete -recurse x', 'destroy'],
  ['consul members'],
  ['kafka-topics.sh --bootstrap-server x --delete --topic t', 'destroy'],
  ['kafka-topics --list --bootstrap-server x'],
  ['kafka-consumer-groups --bootstrap-server x --group g --reset-offsets --to-earliest --topic t'],
  ['rabbitmqctl delete_queue q', 'destroy'],
  ['rabbitmqctl list_queues'],
  ['rabbitmqadmin purge queue name=q', 'destroy'],
  ['nats stream rm ORDERS', 'destroy'],
  ['nats stream info ORDERS'],
  ['nats kv put B k v'],
  ['nodetool decommission', 'destroy'],
  ['nodetool status'],
];

describe('clients and servers of databases', () => {
  test.each(ROWS.map((row) => [row[0], row.slice(1)] as const))('%s', (line, expected) => {
    expect(judged(line)).toEqual(expected);
  });
});

describe('what comes on the standard input', () => {
  const text = (given: string): Input => ({ kind: 'text', text: exactly(given) });
  test.each<readonly [string, Input, readonly string[]]>([
    ['psql shop', text('DROP TABLE t;\n'), ['postgres: DROP TABLE t;']],
    [
      'psql shop',
      text("SELECT '\\! rm';\n\\i x.sql\n\\! ls"),
      ["postgres: SELECT '\\! rm';", 'script x.sql', 'shell ls'],
    ],
    [
      'psql shop',
      text('COPY t FROM stdin;\nDROP TABLE x;\n\\.\nSELECT 1;'),
      ['postgres: COPY t FROM stdin;\nSELECT 1;'],
    ],
    ['psql shop', { kind: 'file', path: exactly('x.sql') }, ['script x.sql']],
    ['psql shop', { kind: 'pipe', from: ['curl'] }, ['opaque']],
    ['psql shop', { kind: 'pipe', from: ['cat'] }, []],
    ['mysql shop', text('source x.sql\nDROP TABLE t'), ['script x.sql', 'mysql: DROP TABLE t']],
    ['sqlite3 a.db', text('.headers on\nDELETE FROM t;'), ['sqlite: DELETE FROM t; @a.db']],
    ['redis-cli', text('PING\nFLUSHALL\n'), ['destroy']],
    ['mongosh', text('db.users.drop()'), ['destroy']],
    ['sqlcmd -S db', text('SELECT 1\nGO\n:!! rm x'), ['other: SELECT 1\nGO', 'shell rm x']],
  ])('%s with %j', (line, input, expected) => {
    expect(judged(line, input)).toEqual(expected);
  });
});

test('a file of SQL is read with the commands of its client', () => {
  const finding = { kind: 'script', path: exactly('x.sql'), language: 'sql', args: [], by: 'psql' } as const;
  expect(readSqlScript('\\set ON_ERROR_STOP on\nDROP TABLE t;\n\\! ls', finding).map(say)).toEqual([
    'postgres: DROP TABLE t;',
    'shell ls',
  ]);
});
