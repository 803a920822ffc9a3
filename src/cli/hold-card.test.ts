import { describe, expect, test } from 'vitest';
import { viewHold } from '#action/hold-view';
import type { Measurement } from '#action/measurement';
import { sampleHold } from '../../test/support/sample-hold.js';
import { fitted } from './fit.js';
import { holdCard } from './hold-card.js';

const MEASURED: Measurement = {
  tables: [
    { schema: 'public', name: 'audit', inserted: 41_904, updated: 0, deleted: 0 },
    { schema: 'billing', name: 'payments', inserted: 0, updated: 2, deleted: 46_094 },
  ],
  catalogs: [],
  exclusive: [],
  sequences: ['audit_id_seq'],
  samples: [
    {
      table: 'billing.payments',
      change: 'deleted',
      columns: ['id', 'who', 'note'],
      rows: [
        ['1', 'Ana\u001b[2K\u202e', null],
        ['2', '東京'.repeat(40), 'x'.repeat(40)],
      ],
    },
  ],
};

const card = (rest: Parameters<typeof sampleHold>[0], columns?: number) =>
  holdCard(viewHold({ ...sampleHold(rest), id: 'H-1' }), 1_780_000_020_000, columns);

describe('the card on a terminal', () => {
  test('has the amounts first, in columns, and what the trial cost', () => {
    const lines = card({ measured: MEASURED, snapshot: 'yes', effects: [] }).split('\n');
    expect(lines.slice(0, 13)).toEqual([
      'H-1  waiting',
      '',
      '  can be undone: yes, from a copy kept before',
      '',
      '  deletes 46,094 rows, updates 2 rows, inserts 41,904 rows, in 2 tables',
      '  (counted by running it and rolling back)',
      '',
      '    TABLE             DELETED  UPDATED  INSERTED',
      '    billing.payments   46,094        2         -',
      '    audit                   -        -    41,904',
      '    all 2 tables       46,094        2    41,904',
      '',
      '  numbers taken from audit_id_seq by the trial are not given back',
    ]);
  });

  test.each([40, 60, 80, 200])('cuts rows to %i columns, and shows nothing hidden', (columns) => {
    const text = fitted(card({ measured: MEASURED, snapshot: 'yes' }, columns), columns);
    const from = text.split('\n').findIndex((line) => line.includes('rows of billing.payments that would be'));
    const rows = text.split('\n').slice(from);
    expect(rows.join('\n')).toContain('NULL');
    for (const hidden of ['\u001b', '\u202e']) expect(text).not.toContain(hidden);
    for (const line of rows) {
      const wide = line.match(/[\u6771\u4eac]/g)?.length ?? 0;
      expect(line.length + wide).toBeLessThanOrEqual(columns);
    }
  });

  test('says in words that nobody overlooks what cannot be undone, and why', () => {
    expect(card({ snapshot: 'no, because it could not be tried out' })).toContain(
      '  !! NOT undoable, because it could not be tried out\n',
    );
    expect(card({ snapshot: 'partly, because b has no key', measured: MEASURED })).toContain(
      '  !! can be undone: partly, because b has no key\n',
    );
    expect(card({ measured: MEASURED })).toContain('  !! NOT undoable, because no copy is kept of what it changes\n');
    expect(card({})).not.toContain('undoable');
  });

  test('numbers the statements of a transaction', () => {
    const statements = ['delete from a', 'commit'].map((text) => ({ text, parameters: [] }));
    expect(
      card({ action: { kind: 'sql', statements } })
        .split('\n')
        .slice(-5),
    ).toEqual([
      '  exactly these 2 statements would run, in this order, all or none:',
      '  1.',
      '    | delete from a',
      '  2.',
      '    | commit',
    ]);
  });
});
