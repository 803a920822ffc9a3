import { inspect } from 'node:util';
import { TOTP } from 'otpauth';
import { beforeEach, describe, expect, test } from 'vitest';
import { codeAt } from '../../test/support/authenticator.js';
import { type DeskRig, openDeskRig, STEP } from '../../test/support/desk-rig.js';
import { newEnrolment } from './totp.js';

const MINUTE = 60_000;
// Base 32 of the ASCII text "12345678901234567890".
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

// RFC 6238, appendix B, the rows for SHA-1: seconds and the code of eight digits.
describe.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('RFC 6238 at %i s', (seconds, code) => {
  test('our authenticator and the library agree with the RFC', () => {
    expect(codeAt(RFC_SECRET, seconds * 1000, 8)).toBe(code);
    expect(new TOTP({ secret: RFC_SECRET, digits: 8 }).generate({ timestamp: seconds * 1000 })).toBe(code);
  });

  test('the last six digits are what an approver types', async () => {
    const rig = await openDeskRig();
    rig.clock.advance(seconds * 1000 - rig.clock.now());
    const { secret } = newEnrolment('dana');
    await rig.factors.enrol('dana', { secret, uri: secret }, codeAt(secret.reveal(), seconds * 1000).slice(-6));
    expect(await rig.factors.approvers()).toEqual(['dana']);
  });
});

describe('a code', () => {
  let rig: DeskRig;
  beforeEach(async () => {
    rig = await openDeskRig();
    await rig.enrol('dana');
    rig.clock.advance(10 * STEP);
  });

  test('works once: its step is spent before anything is granted', async () => {
    const code = rig.code('dana');
    await rig.factors.check('dana', code);
    await expect(rig.factors.check('dana', code)).rejects.toMatchObject({
      code: 'FACTOR_WRONG',
      message: expect.stringContaining('used before'),
    });
    rig.clock.advance(STEP - 1);
    await expect(rig.factors.check('dana', code)).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
  });

  test('works once of fifty that come at the same time', async () => {
    const code = rig.code('dana');
    const checks = await Promise.allSettled(Array.from({ length: 50 }, () => rig.factors.check('dana', code)));
    expect(checks.filter((check) => check.status === 'fulfilled')).toHaveLength(1);
  });

  test('works once, also across a restart', async () => {
    const code = rig.code('dana');
    await rig.factors.check('dana', code);
    await rig.restart();
    await expect(rig.factors.check('dana', code)).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
  });

  test('of the step before and of the next is accepted, of others not', async () => {
    await rig.factors.check('dana', rig.code('dana', -1));
    await rig.factors.check('dana', rig.code('dana', 0));
    await rig.factors.check('dana', rig.code('dana', 1));
    rig.clock.advance(10 * STEP);
    for (const steps of [-2, 2])
      await expect(rig.factors.check('dana', rig.code('dana', steps))).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
  });

  test('of the step before is refused after the next one was used', async () => {
    await rig.factors.check('dana', rig.code('dana', 1));
    for (const steps of [-1, 0])
      await expect(rig.factors.check('dana', rig.code('dana', steps))).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
  });

  test('may be typed with spaces, and nothing else may stand in it', async () => {
    const code = rig.code('dana');
    for (const wrong of ['', code.slice(1), `${code}0`, `${code}\0`, 'abcdef', `-${code}`])
      await expect(rig.factors.check('dana', wrong)).rejects.toMatchObject({ code: expect.stringMatching(/^FACTOR_/) });
    rig.clock.advance(10 * MINUTE);
    const later = rig.code('dana');
    await rig.factors.check('dana', ` ${later.slice(0, 3)} ${later.slice(3)}\n`);
  });

  test('of one person does not work for another', async () => {
    await rig.enrol('lee');
    rig.clock.advance(STEP);
    await expect(rig.factors.check('lee', rig.code('dana'))).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
  });

  test('that cannot be recorded grants nothing', async () => {
    rig.recorder.breaksAt = () => true;
    await expect(rig.factors.check('dana', rig.code('dana'))).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  });

  test('is on the record, accepted or not, and never its text', async () => {
    await rig.factors.check('dana', rig.code('dana'));
    await rig.factors.check('dana', '000000').catch(() => undefined);
    const checks = rig.recorder.of('administered').filter((event) => event.act === 'factor-checked');
    expect(checks.map((event) => [event.subject, event.ok])).toEqual([
      ['dana', true],
      ['dana', false],
    ]);
    expect(JSON.stringify(rig.recorder.events)).not.toContain(rig.code('dana'));
  });
});

describe('wrong codes', () => {
  let rig: DeskRig;
  beforeEach(async () => {
    rig = await openDeskRig();
    await rig.enrol('dana');
    rig.clock.advance(10 * STEP);
  });
  const wrong = (times: number) => async () => {
    for (let time = 0; time < times; time += 1)
      await expect(rig.factors.check('dana', '00000x')).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
  };

  test('lock the approver out after the fifth, the right code included', async () => {
    await wrong(4)();
    await expect(rig.factors.check('dana', '00000x')).rejects.toMatchObject({
      code: 'FACTOR_WRONG',
      hint: 'too many wrong codes: wait 1 min',
    });
    await expect(rig.factors.check('dana', rig.code('dana'))).rejects.toMatchObject({
      code: 'FACTOR_LOCKED',
      hint: 'wait 1 min and try again',
    });
    rig.clock.advance(MINUTE);
    await rig.factors.check('dana', rig.code('dana'));
  });

  test('double the wait each time, up to a day; asking while locked does not lengthen it', async () => {
    await wrong(5)();
    for (const minutes of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]) {
      rig.clock.advance(minutes * MINUTE - 1);
      await expect(rig.factors.check('dana', rig.code('dana'))).rejects.toMatchObject({ code: 'FACTOR_LOCKED' });
      rig.clock.advance(1);
      await wrong(1)();
    }
  });

  test('are forgotten after a right one', async () => {
    await wrong(4)();
    await rig.factors.check('dana', rig.code('dana'));
    await wrong(4)();
    await rig.factors.check('dana', rig.code('dana', 1));
  });

  test('and the lockout survive a restart', async () => {
    await wrong(5)();
    await rig.restart();
    await expect(rig.factors.check('dana', rig.code('dana'))).rejects.toMatchObject({ code: 'FACTOR_LOCKED' });
    rig.clock.advance(MINUTE);
    await wrong(1)();
    rig.clock.advance(2 * MINUTE - 1);
    await expect(rig.factors.check('dana', rig.code('dana'))).rejects.toMatchObject({ code: 'FACTOR_LOCKED' });
  });

  test('that come all at once are counted one by one', async () => {
    const checks = await Promise.allSettled(Array.from({ length: 20 }, () => rig.factors.check('dana', '00000x')));
    const codes = checks.map((check) => check.status === 'rejected' && check.reason.code);
    expect(codes).toEqual([...Array(5).fill('FACTOR_WRONG'), ...Array(15).fill('FACTOR_LOCKED')]);
  });

  test('of one person do not lock another', async () => {
    await rig.enrol('lee');
    rig.clock.advance(STEP);
    await wrong(5)();
    await rig.factors.check('lee', rig.code('lee'));
  });
});

test.each(['nobody', '', 'Dana Smith', '../dana', '__proto__'])(
  '`%s`, whom nobody enrolled, is unknown',
  async (name) => {
    const rig = await openDeskRig();
    await rig.enrol('dana');
    await expect(rig.factors.check(name, '123456')).rejects.toMatchObject({ code: 'APPROVER_UNKNOWN' });
  },
);

describe('enrolment', () => {
  test('needs a code of the new secret, which is spent by it', async () => {
    const rig = await openDeskRig();
    const enrolment = newEnrolment('dana');
    const code = codeAt(enrolment.secret.reveal(), rig.clock.now());
    const other = codeAt(newEnrolment('dana').secret.reveal(), rig.clock.now());
    await expect(rig.factors.enrol('dana', enrolment, other)).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
    expect(await rig.factors.approvers()).toEqual([]);
    await rig.factors.enrol('dana', enrolment, code);
    expect(await rig.factors.approvers()).toEqual(['dana']);
    await expect(rig.factors.check('dana', code)).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
  });

  test('does not replace an approver', async () => {
    const rig = await openDeskRig();
    await rig.enrol('dana');
    await expect(rig.enrol('dana')).rejects.toMatchObject({ code: 'APPROVER_EXISTS' });
    rig.clock.advance(STEP);
    await rig.factors.check('dana', rig.code('dana'));
  });

  test('is on the record before anybody can approve with it', async () => {
    const rig = await openDeskRig();
    rig.recorder.breaksAt = () => true;
    await expect(rig.enrol('dana')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
    expect(await rig.factors.approvers()).toEqual([]);
  });

  test('shows the secret in its URI only, and in no message', () => {
    const { secret, uri } = newEnrolment('dana');
    const shown = inspect({ secret, uri }) + JSON.stringify({ secret, uri });
    expect(shown).not.toContain(secret.reveal());
    expect(secret.reveal()).toMatch(/^[A-Z2-7]{32}$/);
    const url = new URL(uri.reveal());
    expect([url.protocol, url.host, url.searchParams.get('secret')]).toEqual(['otpauth:', 'totp', secret.reveal()]);
  });
});
