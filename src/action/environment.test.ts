import { expect, test } from 'vitest';
import { TIERS, tierSuffices, undeclaredEnvironment } from './environment.js';
import { DECISIONS, stricter } from './verdict.js';

test('an undeclared environment is protected', () => {
  expect(undeclaredEnvironment('whatever')).toMatchObject({ name: 'whatever', protected: true });
  expect(undeclaredEnvironment('whatever').approvals).toEqual({ approvers: 1, factor: 'totp' });
});

test('a tier suffices for itself and for every weaker one', () => {
  const table = TIERS.map((achieved) => TIERS.map((demanded) => tierSuffices(achieved, demanded)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});

test('of two decisions the stricter is taken, in either order', () => {
  for (const a of DECISIONS) for (const b of DECISIONS) expect(stricter(a, b)).toBe(stricter(b, a));
  expect([stricter('allow', 'hold'), stricter('hold', 'deny'), stricter('allow', 'deny')]).toEqual([
    'hold',
    'deny',
    'deny',
  ]);
});
