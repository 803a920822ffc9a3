/**
 * Commands that would really destroy something, by the mechanism with which they could get round the analysis. Each says
 * what must come of it: `stopped` (held or denied), `held`, `denied`, or `kept` and the losses of which a copy is kept.
 */
import { expect, test } from 'vitest';
import type { LocalLoss } from '#action/local-loss';
import { fixtureLines } from './support/fixture-lines.js';
import { pretendShop, ROOT } from './support/pretend-shop.js';

const shop = await pretendShop();

/** `src-`: removed, `a~`: changed, `b+`: placed, `git:index+refs`: parts of the repository. Paths start at the work's root. */
function told(loss: LocalLoss): string {
  if (loss.kind === 'git') {
    const where = loss.folder === ROOT ? '' : `${loss.folder}:`;
    return `git:${where}${loss.loses.toSorted().join('+')}`;
  }
  const mark = { removed: '-', changed: '~', placed: '+' }[loss.fate];
  return `${loss.path === ROOT ? '.' : loss.path.replace(`${ROOT}/`, '')}${mark}`;
}

const lines = fixtureLines('shell-attacks.txt');

test('there are many, and none is without an expectation', () => {
  expect(lines.length).toBeGreaterThan(600);
  expect(lines.filter(({ wanted }) => wanted === '')).toEqual([]);
});

test.each(lines.map((line) => [`${line.section}: ${line.command}`, line] as const))('%s', async (_, line) => {
  const { fate, losses } = await shop.run(line.command);
  const [wanted, ...losing] = line.wanted.split(' ');
  if (wanted === 'stopped') expect(['held', 'denied']).toContain(fate);
  else expect(fate).toBe(wanted);
  if (wanted === 'kept') expect(losses.map(told)).toEqual(expect.arrayContaining(losing));
});
