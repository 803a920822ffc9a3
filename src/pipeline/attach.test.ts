import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { SqlAction } from '#action/action';
import type { HoldRequest } from '#approve/hold-desk';
import { openDeskRig } from '../../test/support/desk-rig.js';
import { effect, openPipelineRig, type PipelineRig } from '../../test/support/pipeline-rig.js';
import { DROP, HELD, SESSION, sampleSubject } from '../../test/support/sample-hold.js';

const MINUTE = 60_000;
const open = (more: Parameters<typeof openPipelineRig>[0] = {}) =>
  openPipelineRig({ retryWithin: 2 * MINUTE, ...more });

const DELETE_ONE: SqlAction = {
  kind: 'sql',
  resource: 'db',
  statements: [
    { text: 'delete from users where id = $1', parameters: [{ typeOid: 23, format: 0, value: Buffer.from('1') }] },
  ],
};
const DELETE_TWO: SqlAction = {
  ...DELETE_ONE,
  statements: [
    { text: 'delete from users where id = $1', parameters: [{ typeOid: 23, format: 0, value: Buffer.from('2') }] },
  ],
};

/** Held, and then its client goes away. */
async function leftBehind(rig: PipelineRig, action = DROP): Promise<string> {
  const door = rig.door({ action });
  const { id, outcome } = await rig.held(door);
  door.controller.abort();
  expect(await outcome).toMatchObject({
    kind: 'refused',
    refusal: { code: 'withdrawn', holdId: id, hint: expect.stringContaining(`to go on waiting for ${id}`) },
  });
  expect(rig.nothingRan(door)).toBe(true);
  return id;
}

describe('an action whose client gave up waiting', () => {
  test('finds its hold when it comes again, and runs once when it is approved', async () => {
    const rig = await open();
    const id = await leftBehind(rig);
    const again = rig.door();
    const held = await rig.held(again);
    expect(held.id).toBe(id);
    await rig.approve(id, 'dana');
    expect(await held.outcome).toMatchObject({ kind: 'executed' });
    expect(again.sent).toHaveLength(1);
    expect((await rig.desk.get(id))?.state).toBe('released');
    const [attached] = rig.recorder.of('attached');
    const [released] = rig.recorder.of('released');
    expect(attached).toMatchObject({ holdId: id, actionId: released?.actionId });
  });

  test('is approved while nobody waits: nothing runs until it comes again, and then at once', async () => {
    const rig = await open();
    const id = await leftBehind(rig);
    await rig.approve(id, 'dana');
    expect((await rig.desk.get(id))?.state).toBe('approved');
    expect(rig.recorder.of('released')).toEqual([]);
    const again = rig.door();
    expect(await rig.submit(again.submission)).toMatchObject({ kind: 'executed' });
    expect(again.sent).toHaveLength(1);
    // The approval is spent: a third one asks anew.
    const third = rig.door();
    expect((await rig.held(third)).id).not.toBe(id);
  });

  test('is rejected while nobody waits: what comes again is asked about anew', async () => {
    const rig = await open();
    const id = await leftBehind(rig);
    await rig.desk.reject(id, 'dana', 'no');
    expect((await rig.held(rig.door())).id).not.toBe(id);
  });

  test('comes too late: the hold is withdrawn, approved or not, and nothing runs', async () => {
    const rig = await open();
    const id = await leftBehind(rig);
    await rig.approve(id, 'dana');
    rig.clock.advance(2 * MINUTE);
    await rig.desk.expireOverdue();
    expect(await rig.desk.get(id)).toMatchObject({
      state: 'withdrawn',
      endReason: 'the agent went away and did not send it again',
    });
    expect((await rig.held(rig.door())).id).not.toBe(id);
    expect(rig.recorder.of('released')).toEqual([]);
  });

  test('finds nothing with other parameters, in another session or with other effects', async () => {
    let rows = 1;
    const rig = await open({
      analyze: () => ({ effects: [effect({ amount: { unit: 'rows', count: rows } })], questions: [] }),
    });
    const id = await leftBehind(rig, DELETE_ONE);
    expect((await rig.held(rig.door({ action: DELETE_TWO }))).id).not.toBe(id);
    expect((await rig.held(rig.door({ action: DELETE_ONE, session: { id: 'ses_2' } }))).id).not.toBe(id);
    rows = 2;
    expect((await rig.held(rig.door({ action: DELETE_ONE }))).id).not.toBe(id);
    rows = 1;
    expect((await rig.held(rig.door({ action: DELETE_ONE }))).id).toBe(id);
  });

  test('comes twice at the same time: one finds the hold, the other is asked about on its own', async () => {
    const rig = await open();
    const id = await leftBehind(rig);
    const [first, second] = [rig.door(), rig.door()];
    const held = await Promise.all([rig.held(first), rig.held(second)]);
    expect(held.map((one) => one.id).filter((one) => one === id)).toHaveLength(1);
    await rig.approve(id, 'dana');
    await Promise.race(held.map(({ outcome }) => outcome));
    expect(first.sent.length + second.sent.length).toBe(1);
  });

  test('does not find a hold for which somebody still waits', async () => {
    const rig = await open();
    const { id } = await rig.held(rig.door());
    expect((await rig.held(rig.door())).id).not.toBe(id);
  });

  test('was told to come back: the hold is found until it expires, however long people take, and says so', async () => {
    const rig = await open({ retryWithin: 0 });
    const door = rig.door({ comesBack: true });
    const { id, outcome } = await rig.held(door);
    door.controller.abort();
    expect(await outcome).toMatchObject({ refusal: { code: 'withdrawn', holdId: id } });
    rig.clock.advance(9 * MINUTE);
    await rig.desk.expireOverdue();
    await rig.approve(id, 'dana');
    const again = rig.door({ comesBack: true });
    expect(await rig.submit(again.submission)).toMatchObject({ kind: 'executed' });
    expect(again.notices).toMatchObject([{ holdId: id, approved: true }]);

    const late = rig.door({ comesBack: true });
    const second = await rig.held(late);
    late.controller.abort();
    await second.outcome;
    rig.clock.advance(10 * MINUTE);
    await rig.desk.expireOverdue();
    expect(await rig.desk.get(second.id)).toMatchObject({ state: 'expired', endReason: 'nobody decided in time' });
  });

  test('may give up again and again', async () => {
    const rig = await open();
    const id = await leftBehind(rig);
    for (let round = 0; round < 5; round += 1) {
      rig.clock.advance(MINUTE);
      expect(await leftBehind(rig)).toBe(id);
    }
  });

  test('cannot outlast the hold', async () => {
    const rig = await open();
    const id = await leftBehind(rig);
    for (let minute = 1; minute < 10; minute += 1) {
      rig.clock.advance(MINUTE);
      await leftBehind(rig);
    }
    rig.clock.advance(MINUTE);
    await rig.desk.expireOverdue();
    expect((await rig.desk.get(id))?.state).toBe('expired');
    expect((await rig.held(rig.door())).id).not.toBe(id);
  });

  test('goes away between the approval and the release: the approval stays for when it comes again', async () => {
    let questions = 0;
    const rig = await open({
      analyze: () => {
        questions += 1;
        if (questions === 2) door.controller.abort();
        return { effects: [effect()], questions: [] };
      },
    });
    const door = rig.door();
    expect(await rig.approved(door)).toMatchObject({ refusal: { code: 'withdrawn', holdId: 'H-1' } });
    expect(rig.nothingRan(door)).toBe(true);
    expect((await rig.desk.get('H-1'))?.state).toBe('approved');
    const again = rig.door();
    expect(await rig.submit(again.submission)).toMatchObject({ kind: 'executed' });
  });
});

test('FAIL-CLOSED: what cannot be recorded is not attached, and its hold can no longer be approved', async () => {
  const rig = await open();
  const id = await leftBehind(rig);
  rig.recorder.breaksAt = (event) => event.kind === 'attached';
  const again = rig.door();
  expect(await rig.submit(again.submission)).toMatchObject({ refusal: { code: 'unrecorded' } });
  expect(again.sent).toEqual([]);
  expect((await rig.desk.get(id))?.state).toBe('withdrawn');
});

test('FAIL-CLOSED: a hold whose storage does not show what its digest was made of is not found again', async () => {
  const rig = await open();
  const id = await leftBehind(rig);
  await rig.approve(id, 'dana');
  await sql`update hold set document = replace(document, 'drop table users', 'drop table other')`.execute(
    rig.database.kysely,
  );
  const again = rig.door();
  expect(await rig.submit(again.submission)).toMatchObject({ kind: 'refused', refusal: { code: 'error' } });
  expect(again.sent).toEqual([]);
  expect((await rig.desk.get(id))?.state).toBe('withdrawn');
});

test('after a restart, what waited for a session that goes on is found again, an approval included', async () => {
  const rig = await openDeskRig(undefined, 2 * MINUTE);
  await rig.enrol('dana');
  const holdOf = (nonce: string, sessionId: string): HoldRequest => ({
    actionId: 'act_1',
    session: { ...SESSION, id: sessionId },
    subject: sampleSubject({
      nonce,
      session: sessionId,
      action: nonce === 'approved' ? DELETE_ONE : DROP,
      expiresAt: rig.clock.now() + 10 * MINUTE,
    }),
    verdict: HELD,
    approversNeeded: 1,
  });
  const waits = await rig.desk.open(holdOf('waits', 'ses_1'));
  const approved = await rig.desk.open(holdOf('approved', 'ses_1'));
  const ended = await rig.desk.open(holdOf('ended', 'ses_2'));
  await rig.approve(approved.id, 'dana');
  await rig.restart();
  await rig.desk.withdrawAll('the daemon was restarted', ({ id }) => id === 'ses_1');
  expect((await rig.desk.get(ended.id))?.state).toBe('withdrawn');
  expect(await rig.desk.attach(holdOf('approved', 'ses_1'))).toMatchObject({ id: approved.id, state: 'approved' });
  const found = await rig.desk.attach({ ...holdOf('another', 'ses_1') });
  expect(found).toMatchObject({ id: waits.id, state: 'waiting' });
  const decided = rig.desk.decided(waits.id);
  await rig.approve(waits.id, 'dana');
  expect(await decided).toMatchObject({ state: 'approved' });
  expect(await rig.desk.attach(holdOf('another', 'ses_1'))).toBeUndefined();
});
