import { beforeAll, expect, test } from 'vitest';
import { analyzeSql } from './analyze-sql.js';
import { loadSqlParser } from './parser.js';

beforeAll(loadSqlParser);

function analysed(text: string) {
  const context = { resources: new Map(), environments: [] };
  return analyzeSql({ kind: 'sql', statements: [{ text, parameters: [] }] }, new Map(), context);
}

test.each([
  'SELECT a.x FROM a JOIN b WHERE a.x < (SELECT avg(y) FROM b)',
  'SELECT * FROM a JOIN b',
  'SELECT * FROM a AS t1 INNER JOIN b AS t2 JOIN c AS t3 ON t2.x = t3.x GROUP BY 1',
  "SELECT '日本', count(*) FROM a JOIN b ORDER BY 2",
  'SELECT x FROM (SELECT * FROM a JOIN b) AS s',
])('a JOIN without ON is the read that it means, if anything: %s', (text) => {
  const { effects, course } = analysed(text);
  expect(effects.length).toBeGreaterThan(0);
  for (const { verb, evidence, explain } of effects) {
    expect([verb, evidence]).toEqual(['read', 'parsed']);
    expect(explain).toMatch(/, if at all: a JOIN has no ON, which PostgreSQL refuses$/);
  }
  expect(course?.lane).toBe('read');
});

test.each([
  'SELECT delete_all() FROM a JOIN b',
  'SELECT * FROM a JOIN b; DROP TABLE a',
  'SELECT * FROM a JOIN b WHERE; DELETE FROM a',
  'DROP TABLE a; SELECT * FROM a JOIN b',
  'SELECT * INTO c FROM a JOIN b',
  'WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone JOIN b',
  'DELETE FROM a USING b JOIN c WHERE a.x = b.x',
  'DELETE a FROM a JOIN b',
  'DELETE FROM orders LIMIT 5',
  'UPDATE a JOIN b SET a.x = 1',
  'MERGE INTO a USING b WHEN MATCHED THEN DELETE',
  'EXPLAIN ANALYZE DELETE FROM a USING b JOIN c',
  'CREATE TABLE c AS SELECT * FROM a JOIN b',
  'INSERT INTO c SELECT * FROM a JOIN b',
  'SELEC * FROM a',
  'PURGE TABLE a',
])('whatever else is wrong with a text, or could be more than one plain read, stays unknown: %s', (text) => {
  expect(analysed(text).effects.every(({ verb, evidence }) => verb === 'read' && evidence === 'parsed')).toBe(false);
});
