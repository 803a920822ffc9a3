import fc from 'fast-check';
import { expect, test } from 'vitest';
import { brokenReason, heldReason, refusalReason } from './reasons.js';
import { RecentCalls } from './recent-calls.js';

const NOTICE = { holdId: 'H-12', approveAt: 'http://127.0.0.2:7420', effects: [], expiresAt: 0, retryWithin: 0 };

test('a reason says what, why and what next', () => {
  expect(refusalReason({ code: 'denied', reason: 'it drops users.', hint: 'do not retry' })).toBe(
    'Firebreak denied this: it drops users. Next: do not retry.',
  );
  expect(refusalReason({ code: 'expired', reason: 'too late', hint: 'ask', holdId: 'H-1' })).toBe(
    'Firebreak did not let this run (H-1): too late. Next: ask.',
  );
  expect(heldReason({ ...NOTICE, reason: 'drops users' })).toMatch(
    /^Firebreak holds this as H-12: drops users\. It has NOT run\..*`firebreak approve H-12`.*exactly the same call again/,
  );
});

test('a reason is never longer than 600 characters, and its end, which says what to do, is never cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (reason) => {
      const held = heldReason({ ...NOTICE, reason });
      expect(held.length).toBeLessThanOrEqual(600);
      expect(held).toMatch(/another way to do it\.$/);
      expect(refusalReason({ code: 'denied', reason, hint: 'stop' }).length).toBeLessThanOrEqual(600);
      expect(brokenReason(reason).length).toBeLessThanOrEqual(600);
    }),
  );
});

test('an output finds its call once, and old calls are forgotten', () => {
  const calls = new RecentCalls(2);
  calls.note('r', 'a', 'act_1');
  calls.note('r', '', 'act_2');
  expect(calls.actionOf('other', 'a')).toBeUndefined();
  expect(calls.actionOf('r', 'a')).toBe('act_1');
  expect(calls.actionOf('r', 'a')).toBeUndefined();
  expect(calls.actionOf('r', '')).toBeUndefined();
  for (const id of ['x', 'y', 'z']) calls.note('r', id, id);
  expect([calls.actionOf('r', 'x'), calls.actionOf('r', 'z')]).toEqual([undefined, 'z']);
});
