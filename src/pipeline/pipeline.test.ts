import { describe, expect, test } from 'vitest';
import type { Action } from '#action/action';
import { digestOf } from '#action/canonical';
import type { Verdict } from '#action/verdict';
import { FirebreakError } from '#base/errors';
import { effect, openPipelineRig, redeemAndSend } from '../../test/support/pipeline-rig.js';
import { DROP } from '../../test/support/sample-hold.js';
import { meetObligations } from './obligations.js';

const READ = effect({ verb: 'read', reversible: 'yes', explain: 'reads table users' });
const STAGING_WRITE = effect({
  verb: 'write',
  environments: ['staging'],
  reversible: 'yes',
  explain: 'adds a row to users',
});

describe('an action that policy allows', () => {
  test('runs once; a read is on the record by its decision and its completion', async () => {
    const rig = await openPipelineRig({ effects: [READ] });
    const door = rig.door();
    expect(await rig.submit(door.submission)).toEqual({
      kind: 'executed',
      actionId: 'act_1',
      execution: { ok: true, summary: 'DROP TABLE' },
    });
    expect(door.sent).toEqual([DROP]);
    expect(door.notices).toEqual([]);
    expect(rig.recorder.kinds).toEqual(['decided', 'completed']);
  });

  test('anything but a read is on the record by its release as well, before it runs', async () => {
    const rig = await openPipelineRig({ effects: [STAGING_WRITE] });
    let recordedBefore: readonly string[] = [];
    const door = rig.door({
      execute: (self, permit) => {
        recordedBefore = rig.recorder.kinds;
        return redeemAndSend(self, permit);
      },
    });
    expect((await rig.submit(door.submission)).kind).toBe('executed');
    expect(recordedBefore).toEqual(['decided', 'released']);
    expect(rig.recorder.of('released')).toMatchObject([{ actionId: 'act_1', actionDigest: digestOf(DROP) }]);
    expect(rig.recorder.kinds).toEqual(['decided', 'released', 'completed']);
  });

  test('an upstream’s own refusal is an execution too', async () => {
    const rig = await openPipelineRig({ effects: [READ] });
    const door = rig.door({
      execute: async (self, permit) => {
        permit.redeem(self.submission.action);
        return { ok: false, summary: 'ERROR 42P01' };
      },
    });
    expect(await rig.submit(door.submission)).toMatchObject({ kind: 'executed', execution: { ok: false } });
  });
});

describe('an action that policy denies', () => {
  test('does not run, is not held, and is told why and what to do', async () => {
    const rig = await openPipelineRig({ effects: [effect({ resource: { kind: 'firebreak', name: 'vault' } })] });
    const door = rig.door();
    expect(await rig.submit(door.submission)).toMatchObject({
      kind: 'refused',
      refusal: {
        code: 'denied',
        reason: expect.stringContaining('out of bounds'),
        hint: expect.stringMatching(/^do not/),
      },
    });
    expect(rig.nothingRan(door)).toBe(true);
    expect(door.notices).toEqual([]);
    expect(rig.recorder.kinds).toEqual(['decided', 'refused']);
  });

  test('with a credential that Firebreak did not issue is denied', async () => {
    const rig = await openPipelineRig({ effects: [READ] });
    const action: Action = {
      kind: 'http',
      method: 'POST',
      url: 'https://api.example.com/',
      headers: [],
      body: new Uint8Array(),
      credential: { kind: 'foreign', fingerprint: '0123456789abcdef' },
    };
    const door = rig.door({ action });
    expect(await rig.submit(door.submission)).toMatchObject({ refusal: { code: 'denied' } });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('in a planning session is recorded and not done; reads are', async () => {
    const rig = await openPipelineRig({ effects: [STAGING_WRITE] });
    const door = rig.door({ session: { mode: 'plan' } });
    expect(await rig.submit(door.submission)).toMatchObject({ refusal: { code: 'planned' } });
    expect(rig.nothingRan(door)).toBe(true);
    expect(rig.recorder.of('decided')[0]?.action).toEqual(DROP);

    const reading = await openPipelineRig({ effects: [READ] });
    const reader = reading.door({ session: { mode: 'plan' } });
    expect((await reading.submit(reader.submission)).kind).toBe('executed');
  });
});

describe('an action that is held', () => {
  test('tells the agent at once, and runs once when it is approved', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    const { id, outcome } = await rig.held(door);
    expect(door.notices).toMatchObject([
      { holdId: 'H-1', reason: expect.stringContaining('production'), approveAt: 'http://127.0.0.1:1' },
    ]);
    expect(door.sent).toEqual([]);
    await rig.approve(id, 'dana');
    expect((await outcome).kind).toBe('executed');
    expect(door.sent).toEqual([DROP]);
    expect(rig.recorder.kinds).toEqual(['decided', 'held', 'administered', 'approved', 'released', 'completed']);
    expect(rig.recorder.of('released')).toMatchObject([{ holdId: 'H-1', actionDigest: digestOf(DROP) }]);
    expect((await rig.desk.get(id))?.state).toBe('released');
    expect(await rig.desk.release(id)).toBe(false);
  });

  test('is on the record by its release even when all it does is read', async () => {
    const rig = await openPipelineRig({ effects: [{ ...READ, evidence: 'unknown' }] });
    expect((await rig.approved(rig.door())).kind).toBe('executed');
    expect(rig.recorder.of('released')).toMatchObject([{ holdId: 'H-1' }]);
  });

  test('for an environment of two approvers waits for both', async () => {
    const rig = await openPipelineRig({ effects: [effect({ environments: ['staging', 'guarded'] })] });
    const door = rig.door();
    const { id, outcome } = await rig.held(door);
    expect((await rig.approve(id, 'dana')).state).toBe('waiting');
    expect(door.sent).toEqual([]);
    await rig.approve(id, 'lee');
    expect((await outcome).kind).toBe('executed');
  });

  test('waits for as many people as a policy asks for', async () => {
    const rig = await openPipelineRig({
      morePolicies:
        '@id("mine") @verdict("hold") @obligation("approvers: 2") @reason("two of us") forbid (principal, action == Firebreak::Action::"destroy", resource);',
    });
    const { id, outcome } = await rig.held(rig.door());
    expect((await rig.desk.get(id))?.approversNeeded).toBe(2);
    await rig.approve(id, 'dana');
    await rig.approve(id, 'lee');
    expect((await outcome).kind).toBe('executed');
  });

  test('does not run when a person rejects it, and the agent is told who and why', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    const { id, outcome } = await rig.held(door);
    await rig.desk.reject(id, 'dana', 'not on a Friday');
    expect(await outcome).toMatchObject({
      kind: 'refused',
      refusal: { code: 'rejected', reason: 'dana said no: not on a Friday', holdId: 'H-1' },
    });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('does not run when nobody decides in time', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    const { outcome } = await rig.held(door);
    rig.clock.advance(600_000);
    await rig.desk.expireOverdue();
    expect(await outcome).toMatchObject({
      refusal: { code: 'expired', reason: expect.stringMatching(/^its time to be approved ended at 20..-/) },
    });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('does not run when the daemon withdraws it', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    const { outcome } = await rig.held(door);
    await rig.desk.withdrawAll('the daemon was stopped');
    expect(await outcome).toMatchObject({ refusal: { code: 'withdrawn', reason: 'the daemon was stopped' } });
    expect(rig.nothingRan(door)).toBe(true);
  });
});

describe('a client that goes away', () => {
  test('before it is held: nothing waits and nothing runs', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    door.controller.abort();
    expect(await rig.submit(door.submission)).toMatchObject({ refusal: { code: 'withdrawn', holdId: 'H-1' } });
    expect(door.notices).toEqual([]);
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('while it is held: the hold is withdrawn, nothing runs, and nobody can approve it', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    const { id, outcome } = await rig.held(door);
    door.controller.abort();
    expect(await outcome).toMatchObject({ refusal: { code: 'withdrawn' } });
    await expect(rig.approve(id, 'dana')).rejects.toMatchObject({ code: 'HOLD_ENDED' });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('between approval and release: nothing runs', async () => {
    let questions = 0;
    const rig = await openPipelineRig({
      analyze: () => {
        questions += 1;
        if (questions === 2) door.controller.abort();
        return { effects: [effect()], questions: [] };
      },
    });
    const door = rig.door();
    expect(await rig.approved(door)).toMatchObject({ refusal: { code: 'withdrawn' } });
    expect(rig.nothingRan(door)).toBe(true);
    expect((await rig.desk.get('H-1'))?.state).toBe('withdrawn');
  });

  test('after release, while that is written to the record: nothing runs', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    rig.recorder.meanwhile = (event) => {
      if (event.kind === 'released') door.controller.abort();
    };
    expect(await rig.approved(door)).toMatchObject({ refusal: { code: 'withdrawn', holdId: 'H-1' } });
    expect(rig.nothingRan(door)).toBe(true);
    expect(rig.recorder.kinds.slice(-2)).toEqual(['released', 'refused']);
  });

  test('of an allowed action, before it runs: nothing runs', async () => {
    const rig = await openPipelineRig({ effects: [READ] });
    const door = rig.door();
    door.controller.abort();
    expect(await rig.submit(door.submission)).toMatchObject({ refusal: { code: 'withdrawn' } });
    expect(rig.nothingRan(door)).toBe(true);
  });
});

describe('between approval and release', () => {
  test('a resource that moved makes it another action, which nobody approved', async () => {
    const environments = [['production'], ['production', 'guarded']];
    const rig = await openPipelineRig({
      analyze: () => ({ effects: [effect({ environments: environments.shift() ?? [] })], questions: [] }),
    });
    const door = rig.door();
    expect(await rig.approved(door)).toMatchObject({
      refusal: { code: 'changed', reason: 'what H-1 would do has changed since it was shown', holdId: 'H-1' },
    });
    expect(rig.nothingRan(door)).toBe(true);
    expect((await rig.desk.get('H-1'))?.state).toBe('withdrawn');
  });

  test('questions are asked afresh', async () => {
    const asked: boolean[] = [];
    const rig = await openPipelineRig({
      analyze: () => ({
        effects: [effect()],
        questions: [{ kind: 'prepared-statement', name: 'p' }],
      }),
      resolve: async (_question, { fresh }) => {
        asked.push(fresh);
        return undefined;
      },
    });
    expect((await rig.approved(rig.door())).kind).toBe('executed');
    expect(asked).toEqual([false, true]);
  });

  test('an action whose own bytes changed meanwhile is refused', async () => {
    const body = Buffer.from('harmless');
    const action: Action = {
      kind: 'http',
      method: 'POST',
      url: 'https://api.example.com/',
      headers: [],
      body,
      credential: { kind: 'none' },
    };
    const rig = await openPipelineRig();
    const door = rig.door({ action, held: () => void body.write('harmful!') });
    expect(await rig.approved(door)).toMatchObject({ refusal: { code: 'changed' } });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('an analysis that fails the second time refuses, and the hold is withdrawn, so nobody can approve it', async () => {
    let round = 0;
    const rig = await openPipelineRig({
      analyze: () => {
        round += 1;
        if (round === 2) throw new Error('the parser crashed');
        return { effects: [effect()], questions: [] };
      },
    });
    const door = rig.door();
    expect(await rig.approved(door)).toMatchObject({ refusal: { code: 'error', reason: 'the parser crashed' } });
    expect(rig.nothingRan(door)).toBe(true);
    expect((await rig.desk.get('H-1'))?.state).toBe('withdrawn');
    expect(rig.recorder.kinds.at(-1)).toBe('refused');
  });

  test('a door that fails as it is told of the hold leaves no hold behind for which nobody waits', async () => {
    const rig = await openPipelineRig();
    const door = rig.door({
      held: () => {
        throw new Error('the socket is gone');
      },
    });
    expect(await rig.submit(door.submission)).toMatchObject({ refusal: { code: 'error' } });
    expect(await rig.desk.list()).toEqual([]);
  });
});

describe('a freeze', () => {
  test('that is in force denies anything but reads, and says so', async () => {
    const rig = await openPipelineRig({ effects: [STAGING_WRITE] });
    await rig.freezes.freeze('staging', undefined, 'holidays', 'dana');
    const door = rig.door();
    expect(await rig.submit(door.submission)).toMatchObject({
      refusal: { code: 'frozen', reason: expect.stringContaining('staging is frozen until it is lifted: holidays') },
    });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('anywhere denies what nobody can place: it might lie in the frozen environment', async () => {
    const rig = await openPipelineRig({ effects: [effect({ environments: [], evidence: 'unknown' })] });
    await rig.freezes.freeze('staging', undefined, 'holidays', 'dana');
    const door = rig.door();
    expect(await rig.submit(door.submission)).toMatchObject({
      refusal: { code: 'frozen', reason: expect.stringContaining('staging is frozen') },
    });
    expect(rig.nothingRan(door)).toBe(true);
    await rig.freezes.unfreeze('staging', 'dana');
    await rig.held(rig.door());
  });

  test('that begins while it is held ends the hold at once, and the agent is told of the freeze', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    const { outcome } = await rig.held(door);
    await rig.freezes.freeze('production', undefined, 'holidays', 'dana');
    expect(await outcome).toMatchObject({ refusal: { code: 'frozen', reason: 'production is frozen', holdId: 'H-1' } });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('that begins by its date between approval and release wins over the approval', async () => {
    const start = 1_780_000_020_000 + 100_000;
    const rig = await openPipelineRig({
      scheduled: [
        {
          environment: 'production',
          from: start,
          until: start + 1_000_000,
          reason: 'release week',
          by: 'firebreak.yaml',
        },
      ],
      analyze: () => {
        round += 1;
        if (round === 2) rig.clock.advance(100_000);
        return { effects: [effect()], questions: [] };
      },
    });
    let round = 0;
    const door = rig.door();
    expect(await rig.approved(door)).toMatchObject({
      refusal: { code: 'frozen', reason: expect.stringContaining('release week'), holdId: 'H-1' },
    });
    expect(rig.nothingRan(door)).toBe(true);
    expect((await rig.desk.get('H-1'))?.state).toBe('rejected');
  });
});

describe('a limit', () => {
  const rows = (count: number) => [effect({ verb: 'write', reversible: 'yes', amount: { unit: 'rows', count } })];

  test('on rows refuses what exceeds it, approval or not', async () => {
    const rig = await openPipelineRig({ effects: rows(1001), limits: { rows: 1000 } });
    const door = rig.door();
    expect(await rig.submit(door.submission)).toMatchObject({
      refusal: { code: 'limit', reason: 'it changes 1001 rows of production, and its limit is 1000' },
    });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('on destructive actions an hour is not exceeded by an approval, and an hour later there is room again', async () => {
    const rig = await openPipelineRig({ limits: { destructivePerHour: 1 } });
    expect((await rig.approved(rig.door())).kind).toBe('executed');
    expect(await rig.submit(rig.door().submission)).toMatchObject({ refusal: { code: 'limit' } });
    rig.clock.advance(3_600_000);
    expect((await rig.approved(rig.door())).kind).toBe('executed');
  });

  test('is not exceeded either when many are approved before the first of them runs', async () => {
    const rig = await openPipelineRig({ limits: { destructivePerHour: 2 } });
    const doors = Array.from({ length: 5 }, () => rig.door());
    const waiting = [];
    for (const door of doors) waiting.push(await rig.held(door));
    for (const { id } of waiting) await rig.approve(id, 'dana');
    const outcomes = await Promise.all(waiting.map(({ outcome }) => outcome));
    expect(outcomes.filter(({ kind }) => kind === 'executed')).toHaveLength(2);
    expect(doors.flatMap(({ sent }) => sent)).toHaveLength(2);
  });

  test('is not exceeded by many that policy allows at the same moment', async () => {
    const rig = await openPipelineRig({
      effects: [effect({ environments: ['staging'], reversible: 'yes' })],
      limits: { destructivePerHour: 3 },
    });
    const doors = Array.from({ length: 20 }, () => rig.door());
    const outcomes = await Promise.all(doors.map(({ submission }) => rig.submit(submission)));
    expect(outcomes.filter(({ kind }) => kind === 'executed')).toHaveLength(3);
    expect(doors.flatMap(({ sent }) => sent)).toHaveLength(3);
  });
});

describe('obligations', () => {
  test('an obligation that nobody can meet turns an allow into a hold, and says which', async () => {
    const rig = await openPipelineRig({
      effects: [effect({ environments: ['staging'], reversible: 'snapshot', explain: 'deletes rows of users' })],
    });
    const door = rig.door();
    const { id, outcome } = await rig.held(door);
    expect(door.notices[0]?.reason).toBe(
      'deletes rows of users: no copy can be kept through this door, so it cannot be undone',
    );
    await rig.approve(id, 'dana');
    expect((await outcome).kind).toBe('executed');
  });

  test('a write whose rows nobody has counted is held on a protected environment', async () => {
    const uncounted = effect({ verb: 'write', reversible: 'yes', amount: { unit: 'rows', count: 'unknown' } });
    const rig = await openPipelineRig({ effects: [uncounted] });
    const door = rig.door();
    await rig.held(door);
    expect(door.notices[0]?.reason).toContain('cannot be measured through this door');
  });

  // No policy that asks for one gets past the start; this is the second lock.
  test('an action that asks for a factor which nobody can show is denied', () => {
    const asked: Verdict = {
      decision: 'hold',
      obligations: ['factor: passkey'],
      policies: ['mine'],
      reason: 'passkeys only',
    };
    expect(meetObligations(asked, [], { tryOut: true })).toMatchObject({
      decision: 'deny',
      reason: expect.stringContaining('factor: passkey'),
    });
  });
});

describe('whatever fails before release, the action is refused', () => {
  test('what cannot be understood or judged is denied, and what it was is on the record', async () => {
    const rig = await openPipelineRig({
      analyze: () => {
        throw new Error('the parser crashed');
      },
    });
    const door = rig.door();
    expect(await rig.submit(door.submission)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'error', reason: 'the parser crashed' },
    });
    expect(rig.nothingRan(door)).toBe(true);
    expect(rig.recorder.of('decided')).toMatchObject([
      {
        action: DROP,
        effects: [],
        verdict: { decision: 'deny', reason: expect.stringContaining('the parser crashed') },
      },
    ]);
    expect(rig.recorder.kinds).toEqual(['decided', 'refused']);
  });

  test('an action that has no canonical form is refused', async () => {
    const rig = await openPipelineRig({ effects: [READ] });
    const door = rig.door({ action: { kind: 'shell', text: 'echo \ud800' } });
    expect(await rig.submit(door.submission)).toMatchObject({ kind: 'refused', refusal: { code: 'error' } });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('a door, a resolver and an analysis that all fail leave an unknown effect, which is held on a protected environment', async () => {
    const rig = await openPipelineRig({
      analyze: (_action, answers) => ({
        effects: [answers.size === 0 ? { ...READ, verb: 'execute', evidence: 'unknown' } : READ],
        questions: [{ kind: 'prepared-statement', name: 'p' }],
      }),
      resolve: () => {
        throw new Error('no network');
      },
    });
    const door = rig.door({
      answer: () => {
        throw new Error('no connection');
      },
    });
    await rig.held(door);
    expect(door.notices[0]?.reason).toContain('not known for certain');
  });

  test.each(['decided', 'held', 'approved', 'released'] as const)(
    'nothing runs when the record fails at `%s`',
    async (kind) => {
      const rig = await openPipelineRig();
      rig.recorder.breaksAt = (event) => event.kind === kind;
      const door = rig.door();
      if (kind === 'approved') {
        const { id, outcome } = await rig.held(door);
        await expect(rig.approve(id, 'dana')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
        await rig.desk.withdrawAll('the daemon was stopped').catch(() => undefined);
        expect(await outcome).toMatchObject({ kind: 'refused' });
      } else if (kind === 'released') {
        expect(await rig.approved(door)).toMatchObject({ refusal: { code: 'unrecorded' } });
      } else {
        expect(await rig.submit(door.submission)).toMatchObject({
          kind: 'refused',
          refusal: { code: 'unrecorded', reason: expect.stringContaining('the disk is full') },
        });
      }
      expect(rig.nothingRan(door)).toBe(true);
      expect(door.permits).toEqual([]);
      // And nothing runs ever after, reads included.
      const later = rig.door({ session: { id: 'ses_2' } });
      expect(await rig.submit(later.submission)).toMatchObject({ refusal: { code: 'unrecorded' } });
      expect(later.sent).toEqual([]);
    },
  );

  test.each([READ, STAGING_WRITE])(
    'an allowed action does not run when its decision cannot be recorded',
    async (one) => {
      const rig = await openPipelineRig({ effects: [one] });
      rig.recorder.breaksAt = () => true;
      const door = rig.door();
      expect(await rig.submit(door.submission)).toMatchObject({ refusal: { code: 'unrecorded' } });
      expect(door.permits).toEqual([]);
    },
  );

  test('an allowed write does not run when its release cannot be recorded', async () => {
    const rig = await openPipelineRig({ effects: [STAGING_WRITE] });
    rig.recorder.breaksAt = (event) => event.kind === 'released';
    const door = rig.door();
    expect(await rig.submit(door.submission)).toMatchObject({ refusal: { code: 'unrecorded' } });
    expect(door.permits).toEqual([]);
  });

  test('when only its completion cannot be recorded, the agent is told that it ran', async () => {
    const rig = await openPipelineRig({ effects: [STAGING_WRITE] });
    rig.recorder.breaksAt = (event) => event.kind === 'completed';
    expect(await rig.submit(rig.door().submission)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/^it ran \(DROP TABLE\), but that could not be recorded/),
    });
  });

  test('an error that is not Firebreak’s own is refused without a stack trace', async () => {
    const rig = await openPipelineRig({
      analyze: () => {
        throw { odd: true };
      },
    });
    expect(await rig.submit(rig.door().submission)).toMatchObject({
      refusal: { code: 'error', reason: '[object Object]' },
    });
  });
});

describe('a door', () => {
  test('that throws after it redeemed its permit leaves the outcome unknown', async () => {
    const rig = await openPipelineRig();
    const door = rig.door({
      execute: async (self, permit) => {
        permit.redeem(self.submission.action);
        throw new Error('the upstream closed the connection');
      },
    });
    expect(await rig.approved(door)).toEqual({
      kind: 'unknown',
      actionId: 'act_1',
      reason: 'the upstream closed the connection',
    });
    expect(rig.recorder.kinds.at(-1)).toBe('outcome-unknown');
  });

  test('that would send other bytes than were decided on is stopped, and nothing counts as done', async () => {
    const rig = await openPipelineRig();
    const door = rig.door({
      execute: async (self, permit) => {
        permit.redeem({ ...DROP, statements: [{ text: 'drop database', parameters: [] }] } as Action);
        self.sent.push(DROP);
        return { ok: true, summary: 'DROP' };
      },
    });
    expect(await rig.approved(door)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'error', reason: 'what is about to run is not what was decided on' },
    });
    expect(rig.nothingRan(door)).toBe(true);
    expect(rig.recorder.kinds.at(-1)).toBe('refused');
  });

  test('that changes the bytes between decision and execution is stopped: the permit is for those decided on', async () => {
    const body = Buffer.from('harmless');
    const action: Action = {
      kind: 'http',
      method: 'POST',
      url: 'https://api.example.com/',
      headers: [],
      body,
      credential: { kind: 'none' },
    };
    const rig = await openPipelineRig({ effects: [STAGING_WRITE] });
    rig.recorder.meanwhile = () => void body.write('harmful!');
    const door = rig.door({ action });
    expect(await rig.submit(door.submission)).toMatchObject({ kind: 'refused', refusal: { code: 'error' } });
    expect(rig.nothingRan(door)).toBe(true);
  });

  test('that redeems twice is stopped the second time, and nobody says that nothing ran', async () => {
    const rig = await openPipelineRig();
    const door = rig.door({
      execute: async (self, permit) => {
        await redeemAndSend(self, permit);
        return redeemAndSend(self, permit);
      },
    });
    expect(await rig.approved(door)).toMatchObject({ kind: 'unknown', reason: 'this permit was used before' });
    expect(door.sent).toHaveLength(1);
  });

  test('that keeps its permit cannot use it later', async () => {
    const rig = await openPipelineRig();
    const door = rig.door();
    await rig.approved(door);
    expect(() => door.permits[0]?.redeem(DROP)).toThrow(expect.objectContaining({ code: 'PERMIT_SPENT' }));
  });

  test('that says that it did something without its permit is not believed', async () => {
    const rig = await openPipelineRig();
    const door = rig.door({ execute: async () => ({ ok: true, summary: 'DROP TABLE' }) });
    expect(await rig.approved(door)).toMatchObject({ kind: 'unknown', reason: 'its door did not redeem the permit' });
    expect(rig.recorder.of('completed')).toEqual([]);
  });

  test('that sent nothing needs no permit to say so', async () => {
    const rig = await openPipelineRig();
    const door = rig.door({ execute: async () => ({ ok: false, summary: 'nothing was sent' }) });
    expect(await rig.approved(door)).toMatchObject({ kind: 'executed', execution: { ok: false } });
  });

  test('that throws an error which only looks like a refused permit leaves the outcome unknown', async () => {
    const rig = await openPipelineRig();
    const door = rig.door({
      execute: async (self, permit) => {
        permit.redeem(self.submission.action);
        throw new FirebreakError('PERMIT_MISMATCH', 'not the pipeline’s own');
      },
    });
    expect((await rig.approved(door)).kind).toBe('unknown');
  });
});
