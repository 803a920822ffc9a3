import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '#base/secret';

test('a secret prints, serialises and interpolates as [secret]', () => {
  const secret = new Secret('hunter2');
  const everything = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    inspect(secret),
    ['', secret].join('-'),
  ];
  for (const text of everything) {
    expect(text).toContain('[secret]');
    expect(text).not.toContain('hunter2');
  }
  expect(Object.keys(secret)).toEqual([]);
  expect(secret.reveal()).toBe('hunter2');
});
