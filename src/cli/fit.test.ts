import { expect, test } from 'vitest';
import { fitted } from './fit.js';

test('a line that fits, and a text for no terminal, stay as they are', () => {
  expect(fitted('a b\nc', 80)).toBe('a b\nc');
  expect(fitted('x '.repeat(100), undefined)).toBe('x '.repeat(100));
});

test('prose goes on a little further in', () => {
  expect(fitted('one two three four five six seven eight nine', 40)).toBe(
    'one two three four five six seven eight\n  nine',
  );
});

test('the last column of a table goes on below itself', () => {
  expect(fitted('H-1  waiting  production  drops table orders with all its rows', 50)).toBe(
    'H-1  waiting  production  drops table orders with\n                          all its rows',
  );
});

test('a word that is too wide is left whole', () => {
  const url = `http://${'x'.repeat(60)}`;
  expect(fitted(`approve at ${url} now`, 40)).toBe(`approve at\n  ${url}\n  now`);
  expect(fitted(url, 40)).toBe(url);
});

test('a word that would fit on a row of its own is not pushed over the edge', () => {
  const digest = 'x'.repeat(30);
  expect(fitted(`     1  2026-11-20  daemon-started ${digest}`, 40)).toBe(
    `     1  2026-11-20  daemon-started\n       ${digest}`,
  );
});

test('the exact bytes of an action are never broken', () => {
  const exact = `    | ${'drop table x; '.repeat(20)}`;
  expect(fitted(exact, 40)).toBe(exact);
});
