import { beforeAll, describe, expect, test } from 'vitest';
import type { SqlAction } from '#action/action';
import type { Effect } from '#action/effect';
import { type Answer, type Question, questionKey } from '#action/question';
import type { AnalysisContext } from '../analysis.js';
import { analyzeSql } from './analyze-sql.js';
import { MAX_EFFECTS } from './findings.js';
import { loadSqlParser, MAX_SQL_BYTES } from './parser.js';

beforeAll(loadSqlParser);

const CONTEXT: AnalysisContext = {
  resources: new Map([
    ['orders-db', { name: 'orders-db', kind: 'postgres', environments: ['production', 'staging'], hosts: [] }],
    ['drifting', { name: 'drifting', kind: 'postgres', environments: [], hosts: [] }],
  ]),
  environments: ['production'],
};

function action(...texts: string[]): SqlAction {
  return { kind: 'sql', statements: texts.map((text) => ({ text, parameters: [] })) };
}

function effectsOf(...texts: string[]): readonly Effect[] {
  return analyzeSql(action(...texts), new Map(), CONTEXT).effects;
}

function words(effects: readonly Effect[]): string[] {
  return effects.map(({ verb, evidence }) => `${verb} ${evidence}`);
}

function explain(text: string): string[] {
  return effectsOf(text).map((effect) => effect.explain);
}

describe('explanations', () => {
  test.each([
    ['DROP TABLE users', 'drops table users with all its rows'],
    ['DROP TABLE users CASCADE', 'drops table users with all its rows, and everything that depends on it'],
    ['DROP SCHEMA app CASCADE', 'drops schema app and everything in it'],
    ['DELETE FROM bookings', 'deletes every row of bookings'],
    [
      'DELETE FROM bookings WHERE id > 5',
      'deletes the rows of bookings that match its WHERE clause; how many is not known until it is measured',
    ],
    ['TRUNCATE bookings CASCADE', 'deletes every row of bookings at once, and of every table that refers to it'],
    ['UPDATE bookings SET price = 0, paid = true', 'overwrites price, paid in every row of bookings'],
    ['INSERT INTO bookings VALUES (1), (2); INSERT INTO bookings VALUES (3)', 'inserts 3 rows into bookings'],
    ['SELECT tidy_up()', 'calls the function tidy_up(), whose body may change anything'],
    ['ALTER TABLE bookings DROP COLUMN price', 'drops column price of table bookings with all its values'],
    ["COPY bookings TO PROGRAM 'sh'", 'copies bookings to a program on the server'],
  ])('%s', (text, sentence) => {
    expect(explain(text)[0]).toBe(sentence);
  });

  test('names cannot forge what an approver reads', () => {
    const [effect] = effectsOf('DELETE FROM "x\u001b[2K\u202eharmless\n"');
    expect(effect?.resource.name).toBe('"x\\u{1b}[2K\\u{202e}harmless\\u{a}"');
    expect(effect?.explain).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(explain(`SELECT nextval('${'a'.repeat(500)}')`)[0]?.length).toBeLessThan(120);
  });
});

describe('environments', () => {
  test.each([
    ['orders-db', ['production', 'staging']],
    ['drifting', ['production']],
    ['undeclared', ['production']],
    [undefined, ['production']],
  ])('resource %s', (resource, environments) => {
    const { effects } = analyzeSql({ ...action('DROP TABLE t'), resource }, new Map(), CONTEXT);
    expect(effects[0]?.environments).toEqual(environments);
  });
});

describe('a prepared statement', () => {
  const question: Question = { kind: 'prepared-statement', name: 'p' };
  const run = (sql: string, answer?: string) => {
    const known: Answer | undefined = answer === undefined ? undefined : { kind: 'prepared-statement', text: answer };
    return analyzeSql(action(sql), new Map(known === undefined ? [] : [[questionKey(question), known]]), CONTEXT);
  };

  test('whose text nobody knows is unknown, and is asked for', () => {
    const analysis = run('EXECUTE p');
    expect(words(analysis.effects)).toEqual(['execute unknown']);
    expect(analysis.questions).toEqual([question]);
  });

  test.each([
    ['PREPARE p (int) AS DELETE FROM bookings WHERE id = $1', ['destroy parsed']],
    ['DELETE FROM bookings', ['destroy parsed']],
    ['SELECT 1', ['read parsed']],
    ['PREPARE q AS SELECT 1; PREPARE p AS TRUNCATE_ME', ['execute unknown']],
    ['PREPARE q AS SELECT 1; PREPARE p AS DELETE FROM bookings', ['destroy parsed']],
    ['PREPARE q AS SELECT 1', ['execute unknown']],
    ['SELECT 1; SELECT 2', ['execute unknown']],
    ['', ['execute unknown']],
  ])('is what the answer says: %s', (answer, expected) => {
    const analysis = run('EXECUTE p', answer);
    expect(words(analysis.effects)).toEqual(expected);
    expect(analysis.questions).toEqual([]);
  });

  test('that runs itself is unknown', () => {
    expect(words(run('EXECUTE p', 'EXECUTE p').effects)).toEqual(['execute unknown']);
  });

  test('prepared in an earlier text of the same action needs no question', () => {
    expect(words(effectsOf('PREPARE p AS DELETE FROM bookings', 'EXECUTE p'))).toEqual([
      'read parsed',
      'destroy parsed',
    ]);
  });
});

describe('fail closed', () => {
  const unknown = ['execute unknown'];

  test.each([
    ['a syntax error', 'DORP TABLE users'],
    ['a syntax error after a good command', 'SELECT 1; SELEC 2'],
    ['a NUL byte', 'SELECT 1\0; DROP TABLE users'],
    ['a lone surrogate', "SELECT '\ud800'"],
    ['a text over the cap', `SELECT '${'x'.repeat(MAX_SQL_BYTES)}'`],
    ['a text over the cap in bytes only', `SELECT '${'é'.repeat(MAX_SQL_BYTES / 2)}'`],
    ['an overlong run of comment starts', '/*'.repeat(100_000)],
    ['an overlong run of operators', `SELECT ${'+'.repeat(5_000)}1`],
    ['parentheses beyond the parser', `SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
    ['a sum beyond the stack', `SELECT ${'1+'.repeat(30_000)}1`],
    ['an unterminated literal', "SELECT 'x"],
    ['an unterminated comment', 'DROP TABLE users /* '],
  ])('what the parser refuses is unknown: %s', (_name, text) => {
    expect(words(effectsOf(text))).toEqual(unknown);
  });

  test('standard_conforming_strings off makes every text unknown', () => {
    const analysis = analyzeSql({ ...action('SELECT 1'), standardConformingStrings: false }, new Map(), CONTEXT);
    expect(words(analysis.effects)).toEqual(unknown);
    const on = analyzeSql({ ...action('SELECT 1'), standardConformingStrings: true }, new Map(), CONTEXT);
    expect(words(on.effects)).toEqual(['read parsed']);
  });

  test.each([
    'SET standard_conforming_strings = off',
    "SELECT set_config('client_encoding', 'SJIS', true)",
    'SELECT set_config($1, $2, true)',
  ])('a text after one that changes how texts are read is unknown: %s', (text) => {
    expect(words(effectsOf(text, 'SELECT 1')).at(-1)).toBe('execute unknown');
    expect(effectsOf('SELECT 1', text).some((effect) => effect.explain.startsWith('cannot be read safely'))).toBe(
      false,
    );
  });

  test('effects that are too many to list are one unknown effect', () => {
    const text = Array.from({ length: MAX_EFFECTS + 7 }, (_, index) => `DROP TABLE t${index}`).join(';');
    const effects = effectsOf(text);
    expect(effects).toHaveLength(MAX_EFFECTS + 1);
    expect(effects.at(-1)).toMatchObject({ evidence: 'unknown', explain: 'does 7 further things, too many to list' });
  });
});

describe('nothing at all', () => {
  test.each(['', ' \n\t', ';', ';;', '-- drop table users', '/* drop /* table */ users */', '--\n;'])(
    '%j has no effects',
    (text) => {
      expect(effectsOf(text)).toEqual([]);
    },
  );
});
