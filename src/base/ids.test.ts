import { expect, test } from 'vitest';
import { randomText, systemIds } from './ids.js';

test('an identifier has its prefix and 26 characters that can be read aloud, and never comes twice', () => {
  const ids = Array.from({ length: 500 }, () => systemIds.next('act'));
  for (const id of ids) expect(id).toMatch(/^act_[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
  expect(new Set(ids).size).toBe(500);
});

test('every character of the alphabet occurs about equally often', () => {
  const counts = new Map<string, number>();
  for (const letter of randomText(32_000)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect(counts.size).toBe(32);
  // 1000 each on average, with a standard deviation of 31.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(250);
});
