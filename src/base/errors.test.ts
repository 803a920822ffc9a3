import { expect, test } from 'vitest';
import { assertNever } from './assert-never.js';
import { formatTime } from './clock.js';
import { FirebreakError, messageOf } from './errors.js';

test('an error has a code to switch on, a message, a hint and its cause', () => {
  const cause = new Error('EACCES');
  const error = new FirebreakError('CODE', 'it failed', { hint: 'try again', cause });
  expect(error).toMatchObject({ name: 'FirebreakError', code: 'CODE', message: 'it failed', hint: 'try again', cause });
  expect('cause' in new FirebreakError('CODE', 'it failed')).toBe(false);
});

test('the message of anything thrown is a text', () => {
  expect([new Error('a'), 'b', 3, null, undefined, {}].map(messageOf)).toEqual([
    'a',
    'b',
    '3',
    'null',
    'undefined',
    '[object Object]',
  ]);
});

test('a member that a switch does not know throws', () => {
  expect(() => assertNever('new' as never)).toThrow('unexpected value: "new"');
});

test('times are written in UTC with milliseconds', () => {
  expect(formatTime(1_780_000_020_000)).toBe('2026-05-28T20:27:00.000Z');
});
