/** What coding agents run in a day's development: hardly any of it waits for a person, and what touches work is kept first. */
import { expect, test } from 'vitest';
import { fixtureLines } from './support/fixture-lines.js';
import { pretendShop } from './support/pretend-shop.js';

/** Of all commands, in percent. */
const MOST_HELD = 0.5;

test('hardly any everyday command waits for a person, and what touches work is kept first', async () => {
  const shop = await pretendShop();
  const lines = fixtureLines('everyday-commands.txt');
  expect(lines.length).toBeGreaterThan(500);
  const otherwise: string[] = [];
  let held = 0;
  for (const { wanted, command } of lines) {
    const { fate, effects } = await shop.run(command);
    if (fate === 'held' || fate === 'denied') held += 1;
    if (fate === (wanted === '' ? 'free' : wanted)) continue;
    otherwise.push(`${fate}: ${command} (${effects.map(({ explain }) => explain).join('; ')})`);
  }
  expect(otherwise).toEqual([]);
  expect((100 * held) / lines.length).toBeLessThanOrEqual(MOST_HELD);
});
