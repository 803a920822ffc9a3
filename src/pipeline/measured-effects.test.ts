import { describe, expect, test } from 'vitest';
import { beyond, type Measurement, NOTHING_MEASURED } from '#action/measurement';
import type { Undoable } from '#action/snapshot';
import { FakeClock } from '../../test/support/fake-clock.js';
import { effect } from '../../test/support/pipeline-rig.js';
import { measuredEffects } from './measured-effects.js';
import { createRowWindow } from './row-window.js';

const YES: Undoable = { answer: 'yes', because: [] };
const counted = (rest: Partial<Measurement>): Measurement => ({ ...NOTHING_MEASURED, ...rest });
const orders = (change: { inserted?: number; updated?: number; deleted?: number }) => ({
  schema: 'public',
  name: 'orders',
  inserted: 0,
  updated: 0,
  deleted: 0,
  ...change,
});
const UNKNOWN = effect({ verb: 'execute', evidence: 'unknown', explain: 'calls f(), whose body may change anything' });
const words = (effects: ReturnType<typeof measuredEffects>) => effects.map(({ verb, explain }) => [verb, explain]);

describe('what was counted', () => {
  test('takes the place of what was guessed about rows and of what nobody knew', () => {
    const guessed = [UNKNOWN, effect({ verb: 'write', resource: { kind: 'table', name: 'orders' } })];
    const measurement = counted({ tables: [orders({ deleted: 3, updated: 1 })] });
    expect(words(measuredEffects(guessed, measurement, YES, ['production']))).toEqual([
      ['destroy', 'deletes 3 rows of orders'],
      ['write', 'updates 1 row of orders'],
    ]);
  });

  test('leaves what a count cannot show', () => {
    const notice = effect({ verb: 'write', resource: { kind: 'channel', name: 'c' }, explain: 'sends a notification' });
    expect(words(measuredEffects([notice], NOTHING_MEASURED, YES, ['production']))).toEqual([
      ['write', 'sends a notification'],
    ]);
  });

  test('of nothing is a read', () => {
    expect(measuredEffects([UNKNOWN], NOTHING_MEASURED, YES, ['production'])).toMatchObject([
      { verb: 'read', evidence: 'measured', explain: 'changes nothing: it was run and counted' },
    ]);
  });

  test('is undoable only when all of it is', () => {
    const measurement = counted({ tables: [orders({ deleted: 1 })] });
    const reversible = (answer: Undoable['answer']) =>
      measuredEffects([], measurement, { answer, because: [] }, ['production'])[0]?.reversible;
    expect([reversible('yes'), reversible('partly'), reversible('no')]).toEqual(['snapshot', 'no', 'no']);
  });

  test('of an UPDATE of every row destroys', () => {
    const every = effect({
      verb: 'destroy',
      resource: { kind: 'table', name: 'orders' },
      amount: { unit: 'rows', count: 'all' },
    });
    const measurement = counted({ tables: [orders({ updated: 7 })] });
    expect(words(measuredEffects([every], measurement, YES, ['production']))).toEqual([
      ['destroy', 'overwrites 7 rows of orders'],
    ]);
  });

  test('of catalogs and locks that its text does not announce is told as what it is', () => {
    const truncated = counted({ catalogs: [{ name: 'pg_class', rows: 1 }], exclusive: ['orders'] });
    expect(measuredEffects([UNKNOWN], truncated, YES, ['production'])).toMatchObject([
      { verb: 'destroy', explain: expect.stringContaining('empties or changes the definition of orders') },
    ]);
    // What it announces for this session alone is not counted; so what is counted is something else, whatever it announces.
    const temporary = effect({
      verb: 'write',
      reversible: 'yes',
      evidence: 'parsed',
      resource: { kind: 'table', name: 't' },
    });
    const made = counted({ catalogs: [{ name: 'pg_class', rows: 2 }] });
    expect(measuredEffects([temporary], made, YES, ['production']).map(({ verb }) => verb)).toContain('destroy');
  });

  test('of sequences alone is told as what no rollback takes back', () => {
    expect(words(measuredEffects([UNKNOWN], counted({ sequences: ['orders_id_seq'] }), YES, ['production']))).toEqual([
      ['write', 'moves orders_id_seq, which no rollback takes back, and changes no rows'],
    ]);
  });
});

test('more of anything than was shown goes beyond it', () => {
  const shown = counted({ tables: [orders({ deleted: 3 })], catalogs: [{ name: 'pg_class', rows: 1 }] });
  expect(beyond(shown, shown)).toBeUndefined();
  expect(beyond(shown, counted({ tables: [orders({ deleted: 2 })] }))).toBeUndefined();
  expect(beyond(shown, counted({ tables: [orders({ deleted: 4 })] }))).toContain('4 rows of orders');
  expect(beyond(shown, counted({ tables: [orders({ deleted: 3, inserted: 1 })] }))).toContain('inserted');
  expect(beyond(shown, counted({ tables: [{ ...orders({ deleted: 1 }), name: 'other' }] }))).toContain('other');
  expect(beyond(shown, counted({ catalogs: [{ name: 'pg_class', rows: 2 }] }))).toContain('pg_class');
  expect(beyond(shown, counted({ exclusive: ['orders'] }))).toContain('orders');
});

test('rows of one session within a minute count together', () => {
  const clock = new FakeClock();
  const window = createRowWindow(clock);
  window.add('ses_1', ['production', 'production'], 5);
  clock.advance(30_000);
  window.add('ses_1', ['production'], 2);
  expect(window.rowsOf('ses_1', 'production')).toBe(7);
  expect(window.rowsOf('ses_2', 'production')).toBe(0);
  expect(window.rowsOf('ses_1', 'staging')).toBe(0);
  clock.advance(30_001);
  expect(window.rowsOf('ses_1', 'production')).toBe(2);
});
