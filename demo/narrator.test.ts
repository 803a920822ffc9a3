import { describe, expect, test } from 'vitest';
import { createNarrator, wrapped } from './narrator.js';
import { paintFor } from './paint.js';

function told(
  lines: readonly string[],
  options: { columns: number | undefined; seenBefore?: boolean },
): readonly string[] {
  const rows: string[] = [];
  const narrator = createNarrator({ print: (row) => rows.push(row), paint: paintFor(false), ...options });
  for (const line of lines) narrator.line(line);
  return rows;
}

const LINES = [
  '* Looking around.',
  '  $ ls migrations',
  '    0001.sql',
  '    [exit 0]',
  '  $ psql "$DATABASE_URL" -c "DROP TABLE t"',
  '    ERROR:  firebreak: H-1: rejected',
  '    DETAIL:  Nothing of this statement was executed.',
  '    [exit 1]',
];

test('without a terminal every line stays as it is', () => {
  expect(told(LINES, { columns: undefined, seenBefore: true })).toEqual(LINES);
});

test('on a terminal, what looks around is shown once, and successes go without saying', () => {
  expect(told(LINES, { columns: 80 })).toEqual([...LINES.slice(0, 3), ...LINES.slice(4, 6), LINES[7]]);
  expect(told(LINES, { columns: 80, seenBefore: true })).toEqual([
    ...LINES.slice(0, 2),
    '    (as before)',
    ...LINES.slice(4, 6),
    LINES[7],
  ]);
});

test('a refusal at the HTTPS door is shown as its message', () => {
  const body = `    {"error":{"code":"firebreak_denied","message":"Firebreak: \\"no\\"","hint":"stop"},"errors":[],"data":null}`;
  expect(told([body], { columns: 80 })).toEqual(['    firebreak_denied: Firebreak: \\"no\\"']);
});

describe('wrapping', () => {
  test('breaks between words, as far in as the text is', () => {
    expect(wrapped('* one two three four', 10, 9)).toEqual(['* one two', '  three', '  four']);
    expect(wrapped('    one two three', 11, 9)).toEqual(['    one two', '    three']);
  });

  test('breaks a word that is too long, and ends with an ellipsis when there are too many rows', () => {
    expect(wrapped('    abcdefghijkl', 10, 9)).toEqual(['    abcdef', '    ghijkl']);
    expect(wrapped('    abcdefghijkl', 10, 1)).toEqual(['    abcde…']);
    expect(wrapped('fits', 10, 1)).toEqual(['fits']);
  });

  test('no row is wider than the terminal, and nothing is lost before the ellipsis', () => {
    for (let width = 20; width < 90; width += 7) {
      const text = `    ${'word '.repeat(40)}${'x'.repeat(100)}`;
      const rows = wrapped(text, width, 99);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(width);
      expect(rows.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
  });
});
