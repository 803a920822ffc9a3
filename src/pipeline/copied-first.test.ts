import { describe, expect, test } from 'vitest';
import type { Action } from '#action/action';
import type { Effect } from '#action/effect';
import type { LocalKeeper } from '#action/local-keeper';
import type { LocalLoss } from '#action/local-loss';
import type { Undoable } from '#action/snapshot';
import { ProtectError } from '#protect/errors';
import { effect, openPipelineRig, type PipelineRig, redeemAndSend } from '../../test/support/pipeline-rig.js';
import { snapshotRig } from '../../test/support/snapshot-rig.js';

const REMOVES: Action = { kind: 'shell', text: 'rm -rf notes', cwd: '/work' };
const LOSSES: readonly LocalLoss[] = [{ kind: 'path', path: '/work/notes', pattern: false, fate: 'removed' }];
const DELETES = effect({
  verb: 'destroy',
  resource: { kind: 'files', name: 'notes' },
  environments: ['local'],
  reversible: 'snapshot',
  evidence: 'parsed',
  explain: 'deletes notes with everything in it',
});
const DROPS_STAGING = effect({ ...DELETES, environments: ['staging'], explain: 'drops table users' });
const YES: Undoable = { answer: 'yes', because: [] };

/** A keeper that copies nothing, and says what a test has it say. */
interface TestKeeper extends LocalKeeper {
  undoable: Undoable;
  fails: Error | undefined;
  readonly calls: string[];
}

function testKeeper(): TestKeeper {
  const keeper: TestKeeper = {
    undoable: YES,
    fails: undefined,
    calls: [],
    async assess() {
      keeper.calls.push('assess');
      return keeper.undoable;
    },
    async keep(_losses, draft) {
      keeper.calls.push('keep');
      if (keeper.fails !== undefined) throw keeper.fails;
      const sealed = await draft.seal({ kind: 'test' }, keeper.undoable);
      return { ...sealed, took: { files: 2, bytes: 10, milliseconds: 1 } };
    },
    over: (id, at) => void keeper.calls.push(`${id} over at ${at}`),
  };
  return keeper;
}

async function openRig(effects: readonly Effect[] = [DELETES]) {
  const keeper = testKeeper();
  const kept = await snapshotRig();
  const rig = await openPipelineRig({
    analyze: () => ({ effects, questions: [], losses: LOSSES }),
    snapshots: kept.snapshots,
    local: keeper,
  });
  const states = async () => (await kept.snapshots.list()).map(({ id, state }) => `${id} ${state}`);
  return { rig, keeper, states, snapshots: kept.snapshots };
}

const cardOf = async (rig: PipelineRig, id: string) => (await rig.desk.get(id))?.subject.snapshot;

describe('an action that takes away something on this machine', () => {
  test('is copied, the copy is on the record, and only then it runs', async () => {
    const { rig, keeper, states, snapshots } = await openRig();
    let before: readonly string[] = [];
    const door = rig.door({
      action: REMOVES,
      execute: (self, permit) => {
        before = rig.recorder.kinds;
        return redeemAndSend(self, permit);
      },
    });
    expect((await rig.submit(door.submission)).kind).toBe('executed');
    expect(keeper.calls).toEqual(['assess', 'keep']);
    expect(before).toEqual(['decided', 'kept', 'released']);
    expect(rig.recorder.of('kept')).toMatchObject([{ snapshot: { id: 'S-1', took: { files: 2, bytes: 10 } } }]);
    expect(await states()).toEqual(['S-1 done']);
    expect((await snapshots.get('S-1')).about).toMatchObject({
      actionId: 'act_1',
      resource: '/work',
      environments: ['local'],
      summary: 'deletes notes with everything in it',
    });
  });

  test('what is not copied whole is not allowed unasked', async () => {
    for (const undoable of [
      { answer: 'no', because: ['`notes` is on another file system'] },
      { answer: 'partly', because: ['`notes/pipe` is no file'] },
    ] as const) {
      const { rig, keeper, states } = await openRig();
      keeper.undoable = undoable;
      const door = rig.door({ action: REMOVES });
      const { id, outcome } = await rig.held(door);
      expect(door.notices[0]?.reason).toBe(
        `deletes notes with everything in it: no whole copy of what it takes away can be kept, so it cannot be undone: ${undoable.because[0]}`,
      );
      expect(await cardOf(rig, id)).toMatch(new RegExp(`^${undoable.answer}, because `));
      expect(door.sent).toEqual([]);
      await rig.approve(id, 'dana');
      expect((await outcome).kind).toBe('executed');
      expect(await states()).toEqual(undoable.answer === 'no' ? [] : ['S-1 done']);
    }
  });

  test('what could not be looked at cannot be copied', async () => {
    const { rig, keeper } = await openRig();
    keeper.assess = async () => Promise.reject(new Error('EIO'));
    const door = rig.door({ action: REMOVES });
    const { id } = await rig.held(door);
    expect(await cardOf(rig, id)).toBe('no, because EIO');
    expect(keeper.calls).toEqual([]);
    door.controller.abort();
  });

  test('a failure of keeping is never an allow: what could not be copied after all waits for people, who are told that it cannot be undone', async () => {
    const { rig, keeper, states } = await openRig();
    keeper.fails = new ProtectError('SNAPSHOT_UNWRITABLE', 'the disk is full');
    const door = rig.door({ action: REMOVES });
    const { id, outcome } = await rig.held(door);
    expect(door.notices[0]?.reason).toContain('no copy could be kept first: the disk is full');
    expect(await cardOf(rig, id)).toBe('no, because the disk is full');
    expect(rig.nothingRan(door)).toBe(true);
    expect(await states()).toEqual([]);
    await rig.approve(id, 'dana');
    expect((await outcome).kind).toBe('executed');
    expect(rig.recorder.kinds).not.toContain('kept');
  });

  test('a copy of local work does not stand for one of something else', async () => {
    const { rig } = await openRig([DELETES, DROPS_STAGING]);
    const door = rig.door({ action: REMOVES });
    const { id, outcome } = await rig.held(door);
    expect(await cardOf(rig, id)).toBe('partly, because no copy is kept of what this is about: it drops table users');
    expect(door.sent).toEqual([]);
    await rig.approve(id, 'dana');
    // What can be copied is, all the same.
    expect((await outcome).kind).toBe('executed');
    expect(rig.recorder.kinds).toContain('kept');
  });

  test('and is held for another reason says on the card that it can be undone, and is copied after the approval', async () => {
    const { rig, keeper, states } = await openRig([
      DELETES,
      effect({ verb: 'grant', environments: ['production'], reversible: 'yes', explain: 'gives a right' }),
    ]);
    const door = rig.door({ action: REMOVES });
    const { id, outcome } = await rig.held(door);
    expect(await cardOf(rig, id)).toBe('yes');
    expect(keeper.calls).toEqual(['assess']);
    await rig.approve(id, 'dana');
    expect((await outcome).kind).toBe('executed');
    expect(keeper.calls).toEqual(['assess', 'keep']);
    expect(await states()).toEqual(['S-1 done']);
  });

  test('without a keeper waits for people', async () => {
    const rig = await openPipelineRig({ analyze: () => ({ effects: [DELETES], questions: [], losses: LOSSES }) });
    const door = rig.door({ action: REMOVES });
    await rig.held(door);
    expect(door.notices[0]?.reason).toContain('no copy can be kept');
    door.controller.abort();
  });
});

describe('its copy', () => {
  test('is removed when it did not run, and kept when it may have', async () => {
    const { rig, states } = await openRig();
    const gone = rig.door({ action: REMOVES });
    rig.recorder.breaksAt = (event) => event.kind === 'released';
    expect((await rig.submit(gone.submission)).kind).toBe('refused');
    expect(await states()).toEqual(['S-1 unneeded']);
    expect(rig.nothingRan(gone)).toBe(true);
  });

  test('is kept when the command failed, because it may have done half of it, or nobody knows', async () => {
    const { rig, states } = await openRig();
    const fails = rig.door({
      action: REMOVES,
      execute: async (self, permit) => {
        permit.redeem(self.submission.action);
        return { ok: false, summary: 'exit status 1' };
      },
    });
    expect((await rig.submit(fails.submission)).kind).toBe('executed');
    const breaks = rig.door({
      action: REMOVES,
      execute: async (self, permit) => {
        permit.redeem(self.submission.action);
        throw new Error('connection lost');
      },
    });
    expect((await rig.submit(breaks.submission)).kind).toBe('unknown');
    expect(await states()).toEqual(['S-2 uncertain', 'S-1 done']);
  });

  test('ends its time when the session goes on, unless it is a call that came with it', async () => {
    const { rig, keeper } = await openRig();
    const submit = () => rig.submit(rig.door({ action: REMOVES }).submission);
    await submit();
    rig.clock.advance(1000);
    await submit();
    expect(keeper.calls.filter((call) => call.includes('over'))).toEqual([]);
    rig.clock.advance(60_000);
    const now = rig.clock.now();
    await submit();
    expect(keeper.calls.filter((call) => call.includes('over'))).toEqual([`S-1 over at ${now}`, `S-2 over at ${now}`]);
  });

  test('is not made for a session that only plans, nor for what is denied', async () => {
    const { rig, keeper } = await openRig();
    const door = rig.door({ action: REMOVES, session: { mode: 'plan' } });
    expect(await rig.submit(door.submission)).toMatchObject({ refusal: { code: 'planned' } });
    expect(keeper.calls).toEqual([]);
  });
});
