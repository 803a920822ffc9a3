import { describe, expect, expectTypeOf, test } from 'vitest';
import { digestOf } from '#action/canonical';
import type { Permit } from '#action/permit';
import { DROP } from '../../test/support/sample-hold.js';
import { mintPermit } from './permit.js';

const mint = () => mintPermit('act_1', digestOf(DROP));

describe('a permit', () => {
  test('is redeemed once, by the action that was decided on', () => {
    const { permit, redeemed } = mint();
    expect(redeemed()).toBe(false);
    permit.redeem(structuredClone(DROP));
    expect(redeemed()).toBe(true);
    expect(() => permit.redeem(DROP)).toThrow(expect.objectContaining({ code: 'PERMIT_SPENT' }));
  });

  test('is spent by other bytes, and not redeemed: what runs is what was decided on', () => {
    const { permit, redeemed } = mint();
    expect(() => permit.redeem({ kind: 'sql', statements: [], resource: 'db' })).toThrow(
      expect.objectContaining({ code: 'PERMIT_MISMATCH' }),
    );
    expect(redeemed()).toBe(false);
    expect(() => permit.redeem(DROP)).toThrow(expect.objectContaining({ code: 'PERMIT_SPENT' }));
  });

  test('is spent by an action that has no canonical form', () => {
    const { permit, redeemed } = mint();
    expect(() => permit.redeem({ kind: 'shell', text: '\ud800' })).toThrow(TypeError);
    expect(redeemed()).toBe(false);
    expect(() => permit.redeem(DROP)).toThrow(expect.objectContaining({ code: 'PERMIT_SPENT' }));
  });

  test('cannot be changed, nor its digest read or set', () => {
    const { permit } = mint();
    expect(Object.isFrozen(permit)).toBe(true);
    expect(Object.keys(permit)).toEqual(['actionId']);
    expect(JSON.stringify(permit)).toBe('{"actionId":"act_1"}');
  });
});

describe('a forged permit', () => {
  test('does not type-check, whatever it looks like', () => {
    const lookAlike = { actionId: 'act_1', redeem: () => undefined };
    // @ts-expect-error: the brand is missing.
    const forged: Permit = lookAlike;
    // @ts-expect-error: nobody can name the brand.
    const spread: Permit = { ...lookAlike, minted: true };
    expectTypeOf(lookAlike).not.toExtend<Permit>();
    expect([forged, spread]).toHaveLength(2);
  });

  test('is useless: the real class checks itself', () => {
    const { permit } = mint();
    const copy = { ...permit };
    expect(() => copy.redeem(DROP)).toThrow(TypeError);
    const heir: Permit = Object.create(permit);
    expect(() => heir.redeem(DROP)).toThrow(TypeError);
    expect(() => permit.redeem.call({ actionId: 'act_1' } as unknown as Permit, DROP)).toThrow(TypeError);
    permit.redeem(DROP);
  });

  test('cannot be made with the class of a real one', () => {
    const { permit } = mint();
    const Class = permit.constructor as new (...given: unknown[]) => Permit;
    for (const given of [['act_2', digestOf(DROP)], [Symbol('mint'), 'act_2', digestOf(DROP)], []])
      expect(() => new Class(...given)).toThrow('only the pipeline makes permits');
  });
});
