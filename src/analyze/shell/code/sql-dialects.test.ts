import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { analyzeSql } from '../../sql/analyze-sql.js';
import { loadSqlParser } from '../../sql/parser.js';
import { readSqlOf, toPostgres } from './sql-dialects.js';
import type { Dialect } from './sql-tokens.js';

beforeAll(loadSqlParser);

/** What the analysis of the PostgreSQL door says: verbs, `?` for what it could not read. */
function verdict(text: string, dialect: Dialect): string {
  const read = readSqlOf({ kind: 'sql', dialect, text: { text, certainty: 'unknown', written: text }, by: 'test' });
  if ('reads' in read) return 'read';
  const effects = read.flatMap(
    (one) =>
      analyzeSql({ kind: 'sql', statements: [{ text: one.text, parameters: [] }] }, new Map(), {
        resources: new Map(),
        environments: [],
      }).effects,
  );
  return [...new Set(effects.map(({ verb, evidence }) => (evidence === 'unknown' ? '?' : verb)))].join(' ');
}

describe.each<readonly [Dialect, readonly (readonly [string, string])[]]>([
  [
    'mysql',
    [
      ['SHOW TABLES', 'read'],
      ['DESCRIBE `users`; USE shop; show create table x\\G', 'read'],
      ['SELECT `id`, "text" FROM `shop`.`users` WHERE a REGEXP \'x\' LIMIT 10', 'read'],
      ['SELECT IFNULL(a, 1), DATE_FORMAT(b, "%Y"), @@version FROM t # trailing', 'read'],
      ['SELECT * FROM t LIMIT 5, 10', 'read'],
      ['SELECT "it\'s; DROP TABLE users" AS x', 'read'],
      ["SELECT 'it\\'s; DROP TABLE users'", 'read'],
      ["SELECT 'a\\'; DROP TABLE users; -- '", 'read'],
      ["SELECT 'a\\\\'; DROP TABLE users; -- '", 'read destroy'],
      ['SELECT 1 --1; DROP TABLE users', 'read destroy'],
      ['SELECT 1 -- 1; DROP TABLE users', 'read'],
      ['SELECT 1 /* DROP TABLE users */', 'read'],
      ['/*!40000 DROP TABLE `users` */', 'destroy'],
      ['SELECT 1; /*! TRUNCATE users */;', 'read destroy'],
      ['DROP TABLE `users`', 'destroy'],
      ['DELETE FROM `users`', 'destroy'],
      ['DELETE FROM users WHERE id = 1 ORDER BY id LIMIT 1', 'destroy'],
      ['TRUNCATE TABLE users', 'destroy'],
      ['DROP DATABASE IF EXISTS `shop`', 'destroy'],
      ['INSERT IGNORE INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2', 'write'],
      ['REPLACE INTO t VALUES (1)', 'write'],
      ['DROP INDEX i ON t', 'destroy'],
      ['GRANT ALL ON *.* TO x', '?'],
      ['SET GLOBAL general_log = 1', '?'],
      ['SELECT * FROM t INTO OUTFILE "/tmp/x"', '?'],
      ['SELECT load_file("/etc/passwd")', '?'],
      ['EXPLAIN DELETE FROM t', 'read'],
    ],
  ],
  [
    'sqlite',
    [
      ['PRAGMA table_info(users)', 'read'],
      ['PRAGMA writable_schema = ON', '?'],
      ["SELECT * FROM [my table] WHERE a GLOB 'x*'", 'read'],
      ["SELECT * FROM 'data.csv'", 'read'],
      ['FROM t', 'read'],
      ['DELETE FROM "users"', 'destroy'],
      ['INSERT OR REPLACE INTO t VALUES (1)', 'write'],
      ['DROP TABLE `x`', 'destroy'],
      ["SELECT strftime('%Y', a) FROM t", 'read'],
      ['CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)', 'configure'],
      ['EXPLAIN QUERY PLAN DELETE FROM t', 'read'],
    ],
  ],
  [
    'other',
    [
      ['SELECT TOP 5 * FROM [dbo].[users]\nGO\nUSE shop\nGO', 'read'],
      ['SELECT 1\nGO\nDROP TABLE users\nGO', 'read destroy'],
      ['DROP KEYSPACE shop', 'destroy'],
      ['SELECT * FROM t ALLOW FILTERING', 'read'],
      ['SELECT * FROM `p.d.t` FORMAT JSON', 'read'],
      ["SELECT 'a\\'; DROP TABLE users; -- '", '? destroy'],
      ['CREATE OR REPLACE TABLE t AS SELECT 1', 'destroy'],
    ],
  ],
  [
    'postgres',
    [
      ['SELECT * FROM users WHERE id = \0', 'read'],
      ["SELECT * FROM users WHERE name = '\0'", 'read'],
      ['DELETE FROM \0', 'destroy'],
      ['\0', '?'],
      ['SELECT 1; \0', 'read ?'],
      ["SELECT E'\\'' || '\0'; DROP TABLE t", 'read destroy'],
    ],
  ],
])('%s', (dialect, rows) => {
  test.each(rows)('%s: %s', (text, expected) => {
    expect(verdict(text, dialect)).toBe(expected);
  });
});

test('a text of PostgreSQL goes through unchanged', () => {
  const text = 'select $$ it `is` $$; -- x';
  expect(
    readSqlOf({ kind: 'sql', dialect: 'postgres', text: { text, certainty: 'exact', written: text }, by: 'psql' }),
  ).toEqual([{ text }]);
});

test('what cannot be turned for certain is refused: never throws, whatever the text', () => {
  const piece = fc.constantFrom(
    "'",
    '"',
    '`',
    '[',
    ']',
    '/*',
    '*/',
    '/*!',
    '--',
    '#',
    '\\',
    ';',
    'GO',
    'DROP TABLE x',
    'SELECT',
    'LIMIT 1,2',
    '$$',
    '\0',
    '\n',
    ' ',
    '(',
    ',',
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 80 }),
      fc.constantFrom<Dialect>('mysql', 'sqlite', 'other', 'postgres'),
      (pieces, dialect) => {
        expect(Array.isArray(toPostgres(pieces.join(''), dialect))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('a statement that destroys, standing alone, is found in every dialect behind any harmless one', () => {
  const harmless = fc.constantFrom(
    'SELECT 1',
    "SELECT 'x'",
    'SELECT "x"',
    '/* x */ SELECT 2',
    'SHOW TABLES',
    'SELECT 1 -- x\n',
  );
  fc.assert(
    fc.property(
      fc.array(harmless, { maxLength: 5 }),
      fc.constantFrom<Dialect>('mysql', 'sqlite', 'other'),
      (before, dialect) => {
        const texts = toPostgres([...before, 'DROP TABLE users'].join(';'), dialect);
        expect(texts.at(-1)).toBe('DROP TABLE users');
      },
    ),
  );
});
