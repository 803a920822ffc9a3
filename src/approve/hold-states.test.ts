import { expect, test } from 'vitest';
import type { HoldState } from '#action/hold';
import { type HoldTransition, isOpen, transition } from './hold-states.js';

const STATES: readonly HoldState[] = ['waiting', 'approved', 'released', 'rejected', 'expired', 'withdrawn'];

/** Where each transition leads from each state; a state that is not named is one that it does not start from. */
const LIFE: Readonly<Record<HoldTransition, Partial<Record<HoldState, HoldState>>>> = {
  approve: { waiting: 'approved' },
  release: { approved: 'released' },
  reject: { waiting: 'rejected', approved: 'rejected' },
  expire: { waiting: 'expired', approved: 'expired' },
  withdraw: { waiting: 'withdrawn', approved: 'withdrawn' },
};

const NAMES = ['approve', 'release', 'reject', 'expire', 'withdraw'] as const;

test.each(NAMES.flatMap((name) => STATES.map((state) => [name, state] as const)))('%s from %s', (name, state) => {
  const { from, to } = transition(name);
  expect(from.includes(state) ? to : undefined).toBe(LIFE[name][state]);
});

test('nothing leaves released, rejected, expired or withdrawn, so an approval is spent at most once', () => {
  for (const state of ['released', 'rejected', 'expired', 'withdrawn'] as const) {
    expect(isOpen(state)).toBe(false);
    for (const name of NAMES) expect(transition(name).from).not.toContain(state);
  }
});

test('a hold is released from approved only, and approved from waiting only', () => {
  expect(transition('release').from).toEqual(['approved']);
  expect(transition('approve').from).toEqual(['waiting']);
});

test('people can still decide while it waits or is approved', () => {
  expect(STATES.filter(isOpen)).toEqual(['waiting', 'approved']);
});
