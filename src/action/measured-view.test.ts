import { expect, test } from 'vitest';
import { totalInWords, viewMeasurement, viewUndo } from './measured-view.js';
import { NOTHING_MEASURED } from './measurement.js';

const nothing = viewMeasurement(NOTHING_MEASURED);

test('the table that loses most comes first, and the total is that of all', () => {
  const table = (name: string, inserted: number, updated: number, deleted: number) => ({
    schema: 'public',
    name,
    inserted,
    updated,
    deleted,
  });
  const view = viewMeasurement({
    ...NOTHING_MEASURED,
    tables: [table('a', 9, 0, 0), table('b', 0, 1, 0), table('c', 0, 0, 1), table('d', 0, 0, 2000)],
  });
  expect(view.tables.map(({ name }) => name)).toEqual(['d', 'c', 'b', 'a']);
  expect(totalInWords(view)).toBe('deletes 2,001 rows, updates 1 row, inserts 9 rows, in 4 tables');
  expect(totalInWords(nothing)).toBe('changes no row of any table');
});

test('catalogs, locks and burnt sequences are named, and nothing that comes from the database hides', () => {
  const view = viewMeasurement({
    tables: [{ schema: 'x\u202e', name: 't', inserted: 1, updated: 0, deleted: 0 }],
    catalogs: [{ name: 'pg_class', rows: 3 }],
    exclusive: ['a\nb'],
    sequences: ['s\u001b'],
    samples: [{ table: 't', change: 'updated', columns: ['c\u200b'], rows: [['v\u0007', null]] }],
  });
  expect(view.notes).toEqual([
    'changes 3 rows of the system catalog pg_class',
    'locks a\\u{a}b against every other use while it runs',
    'numbers taken from s\\u{1b} by the trial are not given back',
  ]);
  expect(JSON.stringify(view)).not.toMatch(/[\u202e\u200b]|\\u001b|\\u0007/u);
  expect(view.samples[0]?.rows).toEqual([['v\\u{7}', null]]);
});

test('what is copied only after its approval promises to ask again', () => {
  expect(viewUndo('yes', undefined)).toEqual({
    answer: 'yes',
    words: 'can be undone: yes, from a copy kept before; should the copy turn out not to be whole, you are asked again',
  });
  expect(viewUndo('yes', nothing)?.words).toBe('can be undone: yes, from a copy kept before');
  expect(viewUndo(null, undefined)).toBe(undefined);
  expect(viewUndo(null, nothing)).toBe(undefined);
});

test('where no copy is kept, what overwrites or deletes is not undoable; what only adds rows loses nothing', () => {
  const change = { schema: 'public', name: 't', inserted: 0, updated: 0, deleted: 0 };
  const said = (counts: Partial<typeof change>) =>
    viewUndo(null, viewMeasurement({ ...NOTHING_MEASURED, tables: [{ ...change, ...counts }] }))?.words;
  expect(said({ inserted: 5 })).toBe(undefined);
  expect(said({ updated: 1 })).toBe('NOT undoable, because no copy is kept of what it changes');
  expect(said({ inserted: 5, deleted: 1 })).toBe('NOT undoable, because no copy is kept of what it changes');
});

test('words that we do not know promise nothing', () => {
  expect(viewUndo('certainly', nothing)).toEqual({
    answer: 'no',
    words: 'NOT undoable, because of this nobody can be sure: certainly',
  });
});
