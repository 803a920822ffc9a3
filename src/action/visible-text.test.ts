import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visibleLine, visibleText } from './visible-text.js';

test.each([
  ['an ANSI escape', 'a\u001b[2Kb', 'a\\u{1b}[2Kb'],
  ['a C1 control sequence', 'a\u009b2Kb', 'a\\u{9b}2Kb'],
  ['a carriage return that overwrites the line', 'drop\rpick', 'drop\\u{d}pick'],
  ['a backspace', 'ab\bc', 'ab\\u{8}c'],
  ['NUL', 'a\0b', 'a\\u{0}b'],
  ['a bidirectional override', 'a\u202eb\u202c', 'a\\u{202e}b\\u{202c}'],
  ['bidirectional isolates', '\u2066a\u2069', '\\u{2066}a\\u{2069}'],
  ['an Arabic letter mark', 'a\u061cb', 'a\\u{61c}b'],
  ['a zero-width space and joiners', 'a\u200bb\u200cc\u200dd\ufeff', 'a\\u{200b}b\\u{200c}c\\u{200d}d\\u{feff}'],
  ['a soft hyphen', 'a\u00adb', 'a\\u{ad}b'],
  ['line and paragraph separators', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['tags that spell a hidden sentence', 'a\u{e0041}\u{e0042}', 'a\\u{e0041}\\u{e0042}'],
  ['variation selectors that carry hidden bytes', 'a\ufe0f\u{e0100}', 'a\\u{fe0f}\\u{e0100}'],
  ['Hangul fillers', 'a\u115f\u3164\uffa0b', 'a\\u{115f}\\u{3164}\\u{ffa0}b'],
  ['spaces that are not the space', 'rm\u00a0-rf\u3000/\u2003x', 'rm\\u{a0}-rf\\u{3000}/\\u{2003}x'],
  ['the blank of Braille', 'a\u2800b', 'a\\u{2800}b'],
  ['private use', 'a\ue000b', 'a\\u{e000}b'],
  ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
  ['an escape that was written out', 'a\\u{1b}b', 'a\\u{5c}u{1b}b'],
])('%s is shown', (_name, text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test('ordinary text stays as it is: tabs, line feeds, accents, scripts, emoji, backslashes', () => {
  const text = 'select\t*\nfrom "Straße" -- 車 العربية עברית 😀 C:\\users \\n \\x41';
  expect(visibleText(text)).toBe(text);
});

test('a line stays one line', () => {
  expect(visibleLine('a\nb\tc\r\nd')).toBe('a\\u{a}b\\u{9}c\\u{d}\\u{a}d');
});

test('nothing is shortened: as many characters are shown as there are, or more', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect([...visibleText(text)].length).toBeGreaterThanOrEqual([...text].length);
    }),
  );
  expect(visibleText('x'.repeat(1_000_000))).toHaveLength(1_000_000);
});

test('different texts look different', () => {
  // Reads the shown text back; that it is possible for every text proves that no two look the same.
  const read = (shown: string) =>
    shown.replaceAll(/\\u\{([0-9a-f]+)\}/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
  const tricky = fc.array(fc.constantFrom('\\', 'u', '{', '}', '1b', '5c', '\u001b', '\u202e', 'a', '\n'), {
    maxLength: 12,
  });
  for (const show of [visibleText, visibleLine]) {
    fc.assert(fc.property(tricky, (parts) => read(show(parts.join(''))) === parts.join('')));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => read(show(text)) === text));
  }
});
