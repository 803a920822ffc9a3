/** Column types of generated tables, with expressions that give a value of each from an integer `i`. */
import type { Random } from './undo-random.js';

export interface ColumnType {
  readonly type: string;
  /** SQL in which `i` is an integer; each gives a value. */
  readonly values: readonly string[];
}

/** What every generated schema defines first. */
export const OWN_TYPES = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'so,so "quoted"', 'happy');
  CREATE TYPE pair AS (a int, "b c" text);
  CREATE TYPE nest AS (p pair, many pair[], at timestamptz);
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE DOMAIN code AS varchar(12) CHECK (VALUE <> 'forbidden');`;

export const COLUMN_TYPES: readonly ColumnType[] = [
  { type: 'int', values: ['i', '-i', '0', '2147483647'] },
  { type: 'bigint', values: ['i * 4294967296', '-9223372036854775808'] },
  { type: 'smallint', values: ['i % 30000'] },
  { type: 'numeric', values: ['i / 7.0', "'NaN'", 'i::numeric ^ 9', '1.50', '1.5', "'Infinity'"] },
  { type: 'numeric(10,3)', values: ['i / 3.0', '-0.001'] },
  { type: 'float8', values: ["'NaN'", "'-Infinity'", "'-0'", 'i / 3.0::float8', '1e-300', '0.1::float8 + 0.2'] },
  { type: 'real', values: ['i / 3.0::real', "'Infinity'", '1e-40'] },
  {
    type: 'text',
    values: [
      "''",
      "'t' || i",
      "E'tab\\tnew\\nline\\\\N \\\\. back\\\\slash'",
      "'\\N'",
      "'NULL'",
      "'ünï ✂ \"q\" ''q'' {a,b} (c)'",
      'repeat(md5(i::text), 400)',
      "E'\\r\\n\\b\\f\\x01\\x7f'",
    ],
  },
  { type: 'varchar(20)', values: ["'v  '", "' '", 'left(md5(i::text), 20)'] },
  { type: 'char(6)', values: ["'a'", "''", "'abc  '", "'  x'"] },
  { type: '"char"', values: ["'x'", "''", "' '"] },
  { type: 'name', values: ["'n' || i"] },
  { type: 'bytea', values: ["'\\x'", "decode(md5(i::text), 'hex')", "'\\x00ff5c2722'"] },
  { type: 'boolean', values: ['i % 2 = 0'] },
  { type: 'date', values: ["'infinity'", "'0044-03-15 BC'", "date '2024-02-29' + i"] },
  { type: 'time', values: ["'24:00:00'", "'12:34:56.789012'"] },
  { type: 'timetz', values: ["'12:34:56.5+05:30'", "'00:00:00-15:59'"] },
  { type: 'timestamp', values: ["'-infinity'", "timestamp '2024-02-29 23:59:59.999999' + i * interval '1 us'"] },
  { type: 'timestamptz', values: ["timestamptz '2024-03-31 01:30:00+01' + i * interval '1 hour'", "'4713-01-01 BC'"] },
  { type: 'interval', values: ["'1 mon -1 day +02:03:04.000005'", "'-1 year 11 mons'", "i * interval '1.5 days'"] },
  { type: 'uuid', values: ['md5(i::text)::uuid'] },
  { type: 'json', values: [`'{ "a" : 1,  "a":2 }'`, "'null'", '\' [1, "\\u00fc"] \''] },
  { type: 'jsonb', values: [`'{"b": [1, 1.0, 1.00], "a": "\\\\"}'`, "'null'", 'to_jsonb(i)'] },
  { type: 'xml', values: ['\'<a b="c">x &amp; y</a>\'', "'text only'"] },
  { type: 'inet', values: ["'192.168.1.5/24'", "'::1'"] },
  { type: 'cidr', values: ["'10.0.0.0/8'"] },
  { type: 'macaddr', values: ["'08:00:2b:01:02:03'"] },
  { type: 'bit(5)', values: ["B'10110'"] },
  { type: 'bit varying', values: ["B''", "B'1'", '(i % 16)::bit(4)'] },
  { type: 'money', values: ["'-12.34'", 'i::money', "'92233720368547758.07'"] },
  { type: 'point', values: ["'(0.1,-0)'", 'point(i, 1 / 3.0)'] },
  { type: 'polygon', values: ["'((0,0),(1,0),(1,1))'"] },
  { type: 'tsvector', values: ["'fat:1A cat:2,3 ''it''''s'':4'", "to_tsvector('simple', 'word' || i)"] },
  { type: 'tsquery', values: ["'fat & !cat:*A'"] },
  { type: 'int4range', values: ["'empty'", 'int4range(i, i + 3)', "'(,5]'"] },
  { type: 'tstzrange', values: ["'[2024-01-01 00:00+00,)'"] },
  { type: 'int4multirange', values: ["'{[1,3),[5,9)}'", "'{}'"] },
  { type: 'int[]', values: ["'{}'", "'{1,NULL,3}'", 'ARRAY[i, i + 1]', "'[0:1]={7,8}'", "'{{1,2},{3,4}}'"] },
  { type: 'text[]', values: ["ARRAY['', 'NULL', NULL, 'a,b', 'q\"q', E'back\\\\slash', '{}']"] },
  { type: 'bytea[]', values: ["ARRAY['\\x00'::bytea, NULL]"] },
  { type: 'mood', values: ["'sad'", "'it''s ok'", '\'so,so "quoted"\''] },
  { type: 'mood[]', values: ['ARRAY[\'so,so "quoted"\', NULL]::mood[]'] },
  {
    type: 'pair',
    values: ["ROW(i, E'x\\ty')::pair", 'ROW(NULL, NULL)::pair', "ROW(1, '')::pair", "ROW(2, '\\N')::pair"],
  },
  {
    type: 'nest',
    values: ["ROW(ROW(i, 'a\"b')::pair, ARRAY[ROW(1, 'x,y')::pair, NULL]::pair[], '2024-01-01 00:00+00')::nest"],
  },
  { type: 'pair[]', values: ["ARRAY[ROW(i, '(')::pair, NULL]::pair[]"] },
  { type: 'positive', values: ['i + 1'] },
  { type: 'code', values: ["'c' || i"] },
  { type: 'code[]', values: ["ARRAY['c1', 'c 2']::code[]"] },
  { type: 'oid', values: ['4294967295::oid', 'i::oid'] },
  { type: 'xid8', values: ["'18446744073709551615'::xid8"] },
  { type: 'pg_lsn', values: ["'16/B374D848'"] },
];

/** An expression for a row numbered `i`: NULL now and then, and one of the values otherwise. */
export function anyValue(random: Random, { type, values }: ColumnType): string {
  const cast = (value: string) => `(${value})::${type}`;
  const choices = random.some(values, 0.7);
  const cases = (choices.length > 0 ? choices : values).map((value, at) => `WHEN ${at} THEN ${cast(value)}`);
  const nulls = random.chance(0.5) ? 1 : 0;
  return `(CASE (i + ${random.int(0, 5)}) % ${cases.length + nulls} ${cases.join(' ')} ELSE NULL END)`;
}
