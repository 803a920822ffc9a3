import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorResponse } from '#wire/postgres/build';
import { Backend, Frontend } from '#wire/postgres/letters';
import { PostgresDoorError } from './errors.js';
import { ReplyTracker } from './reply-tracker.js';

const ERROR = errorResponse({ severity: 'ERROR', code: '22012', message: 'division\nby zero' });

function tagged(text: string): Buffer {
  return Buffer.concat([Buffer.from([Backend.CommandComplete, 0, 0, 0, text.length + 5]), Buffer.from(`${text}\0`)]);
}

/** Feeds replies by letter. */
function follow(tracker: ReplyTracker, replies: string): void {
  for (const letter of replies) {
    const type = letter.charCodeAt(0);
    tracker.observe(type, letter === 'E' ? ERROR : letter === 'C' ? tagged('SELECT 1') : undefined);
  }
}

function sent(letters: string): ReplyTracker {
  return new ReplyTracker(Array.from(letters, (letter) => ({ letter: letter.charCodeAt(0) })));
}

test.each([
  ['Q', 'TDDCTDCZ'],
  ['Q', 'IZ'],
  ['Q', 'TDEZ'],
  ['Q', 'HddcCZ'],
  ['PBDES', '12TDDCZ'],
  ['PDS', '1tnZ'],
  ['BES', '2DDsZ'],
  ['BEBES', '2C2CZ'],
  ['PBES', 'EZ'],
  ['PBEBES', '12CEZ'],
  ['CCS', '33Z'],
  ['BEBES', '2GEZ'],
])('%s is done with the last letter of %s, and not before', (letters, replies) => {
  const tracker = sent(letters);
  follow(tracker, replies.slice(0, -1));
  expect(tracker.done).toBe(false);
  follow(tracker, replies.slice(-1));
  expect(tracker.done).toBe(true);
  expect(tracker.skipsToSync).toBe(false);
});

test('an error without a Sync behind it ends the unit, and the server passes over what follows', () => {
  const tracker = sent('PBE');
  follow(tracker, '12E');
  expect([tracker.done, tracker.skipsToSync, tracker.ok, tracker.summary]).toEqual([
    true,
    true,
    false,
    '22012: division by zero',
  ]);
});

test('a copy into the server swallows the Sync that was sent along', () => {
  const tracker = sent('PBES');
  follow(tracker, '12G');
  expect([tracker.copyIn, tracker.done]).toEqual([true, false]);
  tracker.copyEnded();
  follow(tracker, 'C');
  expect([tracker.copyIn, tracker.done]).toEqual([false, true]);
});

test('a ReadyForQuery that answers something else does not end a unit', () => {
  const query = sent('Q');
  follow(query, 'ZTDCZ');
  expect(query.done).toBe(true);
  const extended = sent('PS');
  follow(extended, 'Z');
  expect(extended.done).toBe(false);
});

test('what a message would change is confirmed by its own reply only', () => {
  const confirmed: string[] = [];
  const tracker = new ReplyTracker([
    { letter: Frontend.Parse, confirmed: () => confirmed.push('parse') },
    { letter: Frontend.Bind, confirmed: () => confirmed.push('bind') },
    { letter: Frontend.Sync },
  ]);
  follow(tracker, '1');
  expect(confirmed).toEqual(['parse']);
  follow(tracker, 'EZ');
  expect(confirmed).toEqual(['parse']);
});

test('the summary of many commands stays one short line', () => {
  const tracker = sent('Q');
  follow(tracker, `${'C'.repeat(25)}Z`);
  expect(tracker.summary.endsWith('SELECT 1, and 15 more')).toBe(true);
});

test('replies in any order never throw untyped', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'QPBDECS') }),
      fc.string({ unit: fc.constantFrom(...'12CDEGHITZdcnst3W') }),
      (letters, replies) => {
        try {
          follow(sent(letters), replies);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(PostgresDoorError);
        }
      },
    ),
  );
});
