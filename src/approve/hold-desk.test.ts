import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Hold } from '#action/hold';
import { type DeskRig, openDeskRig, STEP } from '../../test/support/desk-rig.js';
import { HELD, SESSION, sampleSubject } from '../../test/support/sample-hold.js';

const TEN_MINUTES = 600_000;

let rig: DeskRig;
beforeEach(async () => {
  rig = await openDeskRig();
  for (const person of ['dana', 'lee']) await rig.enrol(person);
  rig.recorder.events.length = 0;
});

function openHold(approversNeeded = 1): Promise<Hold> {
  const expiresAt = rig.clock.now() + TEN_MINUTES;
  return rig.desk.open({
    actionId: 'act_1',
    session: SESSION,
    subject: sampleSubject({ expiresAt }),
    verdict: HELD,
    approversNeeded,
  });
}

/** Approved by one person, and not yet released. */
async function approvedHold(): Promise<Hold> {
  const { id } = await openHold();
  return rig.approve(id, 'dana');
}

const stateOf = async (id: string) => (await rig.desk.get(id))?.state;

describe('approval', () => {
  test('with a one-time code wakes whoever waits, and is spent by one release', async () => {
    const hold = await openHold();
    const decided = rig.desk.decided(hold.id);
    await rig.approve(hold.id, 'dana');
    expect(await decided).toMatchObject({ state: 'approved', approvals: [{ approver: 'dana', digest: hold.digest }] });
    expect(await rig.desk.release(hold.id)).toBe(true);
    expect(await rig.desk.release(hold.id)).toBe(false);
    expect(await stateOf(hold.id)).toBe('released');
    expect(rig.recorder.kinds).toEqual(['held', 'administered', 'approved']);
    expect(rig.changed.map((one) => one.state)).toEqual(['waiting', 'approved', 'released']);
  });

  test('of fifty concurrent releases exactly one wins', async () => {
    const { id } = await approvedHold();
    const releases = await Promise.all(Array.from({ length: 50 }, () => rig.desk.release(id)));
    expect(releases.filter(Boolean)).toHaveLength(1);
  });

  test('needs two different people where two are asked for, and the record says which was enough', async () => {
    const { id } = await openHold(2);
    let decided = false;
    const waiting = rig.desk.decided(id).then((hold) => {
      decided = true;
      return hold;
    });
    expect((await rig.approve(id, 'dana')).state).toBe('waiting');
    await expect(rig.approve(id, 'dana')).rejects.toMatchObject({ code: 'ALREADY_APPROVED' });
    expect(await rig.desk.release(id)).toBe(false);
    expect(decided).toBe(false);
    expect((await rig.approve(id, 'lee')).state).toBe('approved');
    expect((await waiting).approvals.map(({ approver }) => approver)).toEqual(['dana', 'lee']);
    expect(rig.recorder.of('approved').map(({ approver, enough }) => [approver, enough])).toEqual([
      ['dana', false],
      ['lee', true],
    ]);
  });

  test('by two people at the same moment counts both, and the record says which was enough', async () => {
    const { id, digest } = await openHold(2);
    rig.clock.advance(STEP);
    await Promise.all(['dana', 'lee'].map((person) => rig.desk.approve(id, person, rig.code(person), digest)));
    expect(await stateOf(id)).toBe('approved');
    expect(rig.recorder.of('approved').map(({ enough }) => enough)).toEqual([false, true]);
  });

  test('by one person twice at the same moment counts once', async () => {
    const { id, digest } = await openHold(2);
    rig.clock.advance(STEP);
    const both = await Promise.allSettled([
      rig.desk.approve(id, 'dana', rig.code('dana'), digest),
      rig.desk.approve(id, 'dana', rig.code('dana', 1), digest),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await rig.desk.get(id))?.approvals).toHaveLength(1);
    expect(rig.recorder.of('approved')).toHaveLength(1);
  });

  test('of two holds with one code counts for one of them only', async () => {
    const holds = [await openHold(), await openHold()];
    rig.clock.advance(STEP);
    const code = rig.code('dana');
    const both = await Promise.allSettled(holds.map(({ id, digest }) => rig.desk.approve(id, 'dana', code, digest)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const states = await Promise.all(holds.map(({ id }) => stateOf(id)));
    expect(states.sort()).toEqual(['approved', 'waiting']);
  });

  test('consent to another digest than the hold’s is no consent, and costs no code', async () => {
    const first = await openHold();
    const other = await openHold(2);
    expect(first.digest).not.toBe('');
    for (const digest of ['', 'sha256:0', first.digest.toUpperCase(), `${first.digest} `])
      await expect(rig.approve(first.id, 'dana', digest)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await stateOf(first.id)).toBe('waiting');
    expect(rig.recorder.of('approved')).toEqual([]);
    expect((await rig.desk.approve(other.id, 'dana', rig.code('dana'), other.digest)).approvals).toHaveLength(1);
  });

  test('what the storage shows of a hold must be what its digest was made of', async () => {
    const { id } = await openHold();
    await sql`update hold set document = replace(document, 'drop table users', 'select 1') where number = 1`.execute(
      rig.database.kysely,
    );
    await expect(rig.approve(id, 'dana')).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      hint: expect.stringContaining('state folder'),
    });
    expect(await stateOf(id)).toBe('waiting');
  });

  test('with a wrong code, by a stranger, or of a hold that does not exist changes nothing', async () => {
    const { id, digest } = await openHold();
    await expect(rig.desk.approve(id, 'dana', '00000x', digest)).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
    await expect(rig.desk.approve(id, 'eve', '123456', digest)).rejects.toMatchObject({ code: 'APPROVER_UNKNOWN' });
    await expect(rig.approve('H-99', 'dana', digest)).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    expect(await stateOf(id)).toBe('waiting');
    expect((await rig.desk.get(id))?.approvals).toEqual([]);
    expect(await rig.desk.release(id)).toBe(false);
  });

  test('a hold may be named in lower case', async () => {
    const { id } = await openHold();
    expect((await rig.approve(id.toLowerCase(), 'dana')).state).toBe('approved');
    expect(await rig.desk.release(id.toLowerCase())).toBe(true);
  });

  test('that comes while the hold ends during the check of the code is refused, and not on the record', async () => {
    const { id, digest } = await openHold();
    rig.clock.advance(STEP);
    rig.recorder.meanwhile = async (event) => {
      if (event.kind === 'administered') await rig.desk.reject(id, 'freeze', 'production is frozen');
    };
    await expect(rig.desk.approve(id, 'dana', rig.code('dana'), digest)).rejects.toMatchObject({ code: 'HOLD_ENDED' });
    expect(rig.recorder.of('approved')).toEqual([]);
    expect(await stateOf(id)).toBe('rejected');
  });
});

describe('expiry', () => {
  test('ends what nobody decided, wakes whoever waits, and is on the record', async () => {
    const { id } = await openHold();
    const decided = rig.desk.decided(id);
    rig.clock.advance(TEN_MINUTES - 1);
    await rig.desk.expireOverdue();
    expect(await stateOf(id)).toBe('waiting');
    rig.clock.advance(1);
    await rig.desk.expireOverdue();
    expect(await decided).toMatchObject({ state: 'expired', endedBy: 'firebreak' });
    expect(rig.recorder.of('ended')).toMatchObject([{ holdId: id, state: 'expired' }]);
  });

  test('an approval after expiry is refused, also when no timer has run', async () => {
    const { id } = await openHold();
    rig.clock.advance(TEN_MINUTES);
    await expect(rig.approve(id, 'dana')).rejects.toMatchObject({
      code: 'HOLD_ENDED',
      message: 'H-1 is expired already (nobody decided in time)',
    });
    expect(rig.recorder.of('approved')).toEqual([]);
  });

  test('an approval that expires while its code is checked is refused', async () => {
    const { id, digest } = await openHold();
    rig.clock.advance(TEN_MINUTES - 1);
    rig.recorder.meanwhile = (event) => {
      if (event.kind === 'administered') rig.clock.advance(1);
    };
    await expect(rig.desk.approve(id, 'dana', rig.code('dana'), digest)).rejects.toMatchObject({ code: 'HOLD_ENDED' });
    expect(await stateOf(id)).toBe('expired');
  });

  test('an approval is worth nothing after its expiry', async () => {
    const { id } = await approvedHold();
    rig.clock.advance(TEN_MINUTES - STEP);
    expect(await rig.desk.release(id)).toBe(false);
    expect(await rig.desk.get(id)).toMatchObject({ state: 'expired', endReason: 'the approval came too late' });
  });

  test('what is overdue is not listed among what people can decide', async () => {
    await openHold();
    rig.clock.advance(TEN_MINUTES);
    expect(await rig.desk.list()).toEqual([]);
    expect((await rig.desk.list({ all: true })).map(({ state }) => state)).toEqual(['expired']);
  });
});

describe('rejection and withdrawal', () => {
  test('a rejection ends it for good, with who and why', async () => {
    const { id } = await openHold();
    const decided = rig.desk.decided(id);
    expect(await rig.desk.reject(id, 'dana', 'not on a Friday')).toMatchObject({ state: 'rejected' });
    expect(await decided).toMatchObject({ endedBy: 'dana', endReason: 'not on a Friday' });
    await expect(rig.desk.reject(id, 'lee', 'no')).rejects.toMatchObject({ code: 'HOLD_ENDED' });
    await expect(rig.approve(id, 'dana')).rejects.toMatchObject({ code: 'HOLD_ENDED' });
    expect(await rig.desk.release(id)).toBe(false);
    expect(rig.recorder.of('ended')).toHaveLength(1);
  });

  test('an approved hold can still be rejected before it is released, and not after', async () => {
    const early = await approvedHold();
    expect((await rig.desk.reject(early.id, 'lee', 'wait')).state).toBe('rejected');
    expect(await rig.desk.release(early.id)).toBe(false);
    const late = await approvedHold();
    expect(await rig.desk.release(late.id)).toBe(true);
    await expect(rig.desk.reject(late.id, 'lee', 'wait')).rejects.toMatchObject({ code: 'HOLD_ENDED' });
    expect(await stateOf(late.id)).toBe('released');
  });

  test('when release and rejection race, one of them wins and the other knows it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await approvedHold();
      const [released, rejected] = await Promise.allSettled([
        rig.desk.release(id),
        rig.desk.reject(id, 'lee', 'wait'),
      ] as const);
      const ran = released.status === 'fulfilled' && released.value;
      expect(rejected.status === 'fulfilled').toBe(!ran);
      expect(await stateOf(id)).toBe(ran ? 'released' : 'rejected');
    }
  });

  test('a withdrawal ends it, and does nothing to what has ended', async () => {
    const { id } = await openHold();
    await rig.desk.withdraw(id, 'the agent closed its connection');
    await rig.desk.withdraw(id, 'again');
    expect(await rig.desk.get(id)).toMatchObject({
      state: 'withdrawn',
      endReason: 'the agent closed its connection',
    });
    await expect(rig.approve(id, 'dana')).rejects.toMatchObject({ code: 'HOLD_ENDED' });
    expect(rig.recorder.of('ended')).toHaveLength(1);
  });

  test('a hold that does not exist can be neither rejected nor withdrawn nor released', async () => {
    await expect(rig.desk.reject('H-9', 'dana', '')).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    await expect(rig.desk.withdraw('H-9', '')).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    await expect(rig.desk.release('H-9')).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    await expect(rig.desk.decided('H-9')).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
  });
});

describe('after a restart', () => {
  test('what was open is withdrawn, approved or not, and what had ended stays as it was', async () => {
    const waiting = await openHold();
    const approved = await approvedHold();
    const rejected = await openHold();
    await rig.desk.reject(rejected.id, 'dana', 'no');
    await rig.restart();
    await rig.desk.withdrawAll('the daemon was restarted');
    const states = await Promise.all([waiting, approved, rejected].map(({ id }) => stateOf(id)));
    expect(states).toEqual(['withdrawn', 'withdrawn', 'rejected']);
    expect(await rig.desk.release(approved.id)).toBe(false);
    await expect(rig.approve(waiting.id, 'dana')).rejects.toMatchObject({
      message: `${waiting.id} is withdrawn already (the daemon was restarted)`,
    });
    expect((await rig.desk.decided(waiting.id)).state).toBe('withdrawn');
  });

  test('one person’s approval of two still counts, and that person cannot give the second', async () => {
    const { id } = await openHold(2);
    await rig.approve(id, 'dana');
    await rig.restart();
    await expect(rig.approve(id, 'dana')).rejects.toMatchObject({ code: 'ALREADY_APPROVED' });
    expect((await rig.approve(id, 'lee')).state).toBe('approved');
  });
});

describe('when the record cannot be written', () => {
  test('a hold that cannot be recorded is withdrawn, so nobody can approve it', async () => {
    rig.recorder.breaksAt = (event) => event.kind === 'held';
    await expect(openHold()).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
    expect(await rig.desk.list()).toEqual([]);
    expect(await rig.desk.get('H-1')).toMatchObject({ state: 'withdrawn', endReason: 'it could not be recorded' });
    expect(await rig.desk.release('H-1')).toBe(false);
  });

  test('an approval counts only when it is on the record', async () => {
    const { id } = await openHold();
    rig.recorder.breaksAt = (event) => event.kind === 'approved';
    await expect(rig.approve(id, 'dana')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
    expect(await rig.desk.get(id)).toMatchObject({ state: 'waiting', approvals: [] });
    expect(await rig.desk.release(id)).toBe(false);
  });

  test('a rejection still ends the hold and wakes whoever waits', async () => {
    const { id } = await openHold();
    const decided = rig.desk.decided(id);
    rig.recorder.breaksAt = (event) => event.kind === 'ended';
    await expect(rig.desk.reject(id, 'dana', 'no')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
    expect((await decided).state).toBe('rejected');
  });
});
