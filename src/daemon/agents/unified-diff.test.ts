import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.js';

test('a new file is all additions', () => {
  expect(unifiedDiff('/f', undefined, 'a\nb\n')).toBe('--- /dev/null\n+++ /f\n@@ -0,0 +1,2 @@\n+a\n+b\n');
});

test('changes far apart have hunks of their own', () => {
  const before = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('');
  const after = before.replace('line 2\n', 'two\n').replace('line 25\n', 'line 25\nmore\n');
  expect(unifiedDiff('/f', before, after).match(/^@@.*@@$/gm)).toEqual(['@@ -1,6 +1,6 @@', '@@ -24,6 +24,7 @@']);
});

test('what it shows leads from the one text to the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 25 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after && before !== '' && after !== '');
      expect(applied(before, unifiedDiff('f', before, after))).toBe(after);
    }),
  );
});

/** A small `patch`. */
function applied(before: string, diff: string): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  for (const line of diff.replaceAll('\n\\ No newline at end of file', '\\').split('\n').slice(2, -1)) {
    const begins = /^@@ -(\d+)(?:,(\d+))?/.exec(line);
    if (begins !== null) {
      const start = Number(begins[1]) - (begins[2] === '0' ? 0 : 1);
      while (at < start) result.push(old[at++] ?? '');
      continue;
    }
    const text = line.endsWith('\\') ? line.slice(1, -1) : `${line.slice(1)}\n`;
    if (!line.startsWith('+')) expect(old[at++]).toBe(text);
    if (!line.startsWith('-')) result.push(text);
  }
  return [...result, ...old.slice(at)].join('');
}
