import { expect, test } from 'vitest';
import type { SqlCourse } from '#action/course';
import type { Measurement } from '#action/measurement';
import type { SnapshotDraft } from '#action/snapshot';
import type { Execution, ExecutionTerms, Handling, Outcome, Trial } from '#action/submission';
import { effect, openPipelineRig, type PipelineRig, type PipelineRigOptions } from '../../test/support/pipeline-rig.js';
import { DROP } from '../../test/support/sample-hold.js';

const COURSE: SqlCourse = {
  lane: 'write',
  session: false,
  transactional: true,
  unknown: true,
  tables: ['orders'],
  temporary: false,
};
const UNKNOWN = effect({ verb: 'execute', evidence: 'unknown', explain: 'calls f(), whose body may change anything' });
const YES = { answer: 'yes', because: [] } as const;

const deletes = (deleted: number): Measurement => ({
  tables: deleted === 0 ? [] : [{ schema: 'public', name: 'orders', inserted: 0, updated: 0, deleted }],
  catalogs: [],
  exclusive: [],
  sequences: [],
  samples: [],
});

/** What happened to the copies of an action, in order. */
interface Kept {
  readonly events: string[];
  readonly snapshots: NonNullable<PipelineRigOptions['snapshots']>;
}

function keeping(): Kept {
  const events: string[] = [];
  const draft: SnapshotDraft = {
    id: 'S-1',
    part: () => Promise.reject(new Error('nothing is written here')),
    seal: async (_contents, undoable) => {
      events.push('sealed');
      return { id: 'S-1', sha256: 'sha256:00', bytes: 1, undoable };
    },
    discard: async () => void events.push('discarded'),
  };
  const note = (event: string) => async () => void events.push(event);
  return {
    events,
    snapshots: {
      begin: async () => {
        events.push('begun');
        return draft;
      },
      done: note('done'),
      unneeded: note('unneeded'),
      uncertain: note('uncertain'),
    },
  };
}

interface Trying {
  readonly trial: (abandon: () => Promise<void>) => Promise<Trial> | Trial;
  readonly execute?: (terms: ExecutionTerms, redeem: () => void) => Promise<Execution>;
}

/** A door that can try things out, as a test says. */
async function submitting(rig: PipelineRig, { trial, execute }: Trying) {
  const said: string[] = [];
  const door = rig.door();
  const handling: Handling = {
    ...door.submission.door,
    tryOut: async () => {
      said.push('tried');
      return trial(async () => void said.push('abandoned'));
    },
    execute: async (permit, terms) => {
      said.push('executed');
      const redeem = () => permit.redeem(DROP);
      if (execute !== undefined) return execute(terms, redeem);
      redeem();
      await terms.draft?.seal({}, YES);
      return { ok: true, summary: 'DELETE 1' };
    },
  };
  const submission = { ...door.submission, environments: ['production'], door: handling };
  return { said, door, outcome: rig.submit(submission) };
}

const rigWith = (kept: Kept, options: Partial<PipelineRigOptions> = {}) =>
  openPipelineRig({
    analyze: () => ({ effects: [UNKNOWN], questions: [], course: COURSE }),
    snapshots: kept.snapshots,
    ...options,
  });

const measured =
  (count: number) =>
  (abandon: () => Promise<void>): Trial => ({
    kind: 'measured',
    measurement: deletes(count),
    undoable: YES,
    abandon,
  });

/** Approves everything that is held until there is an outcome. */
async function approvingAll(rig: PipelineRig, outcome: Promise<Outcome>): Promise<Outcome> {
  let ended: Outcome | undefined;
  void outcome.then((value) => {
    ended = value;
  });
  while (ended === undefined) {
    const [hold] = await rig.desk.list();
    if (hold !== undefined) await rig.approve(hold.id, 'dana');
    await new Promise((resolve) => setImmediate(resolve));
  }
  return ended;
}

test('what turns out to change nothing runs without being asked about', async () => {
  const kept = keeping();
  const rig = await rigWith(kept);
  const { said, outcome } = await submitting(rig, { trial: measured(0) });
  expect((await outcome).kind).toBe('executed');
  expect(said).toEqual(['tried', 'executed']);
  expect(kept.events).toEqual([]);
  expect(rig.recorder.kinds).toEqual(['decided', 'measured', 'completed']);
});

test('nobody thinks while locks are held, and what is approved is kept before it lasts', async () => {
  const kept = keeping();
  const rig = await rigWith(kept);
  const { said, outcome } = await submitting(rig, { trial: measured(3) });
  expect((await approvingAll(rig, outcome)).kind).toBe('executed');
  expect(said).toEqual(['tried', 'abandoned', 'executed']);
  expect(kept.events).toEqual(['begun', 'sealed', 'done']);
  expect(rig.recorder.kinds.filter((kind) => ['measured', 'kept', 'released', 'completed'].includes(kind))).toEqual([
    'measured',
    'released',
    'kept',
    'completed',
  ]);
});

test('what could not be measured waits for people, who are told so', async () => {
  const kept = keeping();
  const rig = await rigWith(kept);
  const { door, outcome } = await submitting(rig, { trial: () => Promise.reject(new Error('the counters are off')) });
  expect((await approvingAll(rig, outcome)).kind).toBe('executed');
  expect(door.notices[0]?.reason).toContain('it could not be tried out: the counters are off');
  expect(kept.events).toEqual([]);
});

test('what goes beyond what was shown is shown again with the new numbers', async () => {
  const kept = keeping();
  const rig = await rigWith(kept);
  let run = 0;
  const { door, outcome } = await submitting(rig, {
    trial: measured(3),
    execute: async ({ agreed, draft }, redeem) => {
      redeem();
      run += 1;
      if (run === 1) {
        return { ok: false, summary: '', exceeded: { why: 'there are 4', measurement: deletes(4), undoable: YES } };
      }
      expect(agreed?.measurement).toEqual(deletes(4));
      await draft?.seal({}, YES);
      return { ok: true, summary: 'DELETE 4' };
    },
  });
  expect(await approvingAll(rig, outcome)).toMatchObject({ kind: 'executed', execution: { summary: 'DELETE 4' } });
  expect(door.notices.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('deletes 3 rows'),
    expect.stringMatching(/deletes 4 rows[\s\S]*asked again: there are 4/),
  ]);
  expect(kept.events).toEqual(['begun', 'discarded', 'begun', 'sealed', 'done']);
});

test('what grows each time it is approved is refused in the end', async () => {
  const rig = await rigWith(keeping());
  let count = 3;
  const { outcome } = await submitting(rig, {
    trial: measured(3),
    execute: async (_terms, redeem) => {
      redeem();
      count += 1;
      return { ok: false, summary: '', exceeded: { why: 'more', measurement: deletes(count), undoable: YES } };
    },
  });
  expect(await approvingAll(rig, outcome)).toMatchObject({ kind: 'refused', refusal: { code: 'changed' } });
});

test('without a copy it does not run, and the agent is told so', async () => {
  const kept = keeping();
  const rig = await rigWith(kept);
  const { outcome } = await submitting(rig, {
    trial: measured(3),
    execute: async (_terms, redeem) => {
      redeem();
      return { ok: false, summary: '', notKept: 'the disk is full' };
    },
  });
  expect(await approvingAll(rig, outcome)).toMatchObject({
    kind: 'refused',
    refusal: { reason: expect.stringContaining('the disk is full') },
  });
  expect(kept.events).toEqual(['begun', 'discarded']);
});

test('an outcome that nobody knows leaves its copy for people to look at', async () => {
  const kept = keeping();
  const rig = await rigWith(kept);
  const { outcome } = await submitting(rig, {
    trial: measured(3),
    execute: async ({ draft }, redeem) => {
      redeem();
      await draft?.seal({}, YES);
      throw new Error('the connection was lost');
    },
  });
  expect((await approvingAll(rig, outcome)).kind).toBe('unknown');
  expect(kept.events).toEqual(['begun', 'sealed', 'uncertain']);
});

test('a server’s own refusal is the answer, and nobody is asked', async () => {
  const rig = await rigWith(keeping());
  const { said, outcome } = await submitting(rig, {
    trial: () => ({ kind: 'failed', execution: { ok: false, summary: '23505: duplicate key' } }),
  });
  expect(await outcome).toMatchObject({ kind: 'executed', execution: { ok: false } });
  expect(said).toEqual(['tried']);
});

test('a limit is not exceeded by many small acts within a minute', async () => {
  const rig = await rigWith(keeping(), { limits: { rows: 5 } });
  const once = async () => {
    const { outcome } = await submitting(rig, { trial: measured(3) });
    return approvingAll(rig, outcome);
  };
  expect((await once()).kind).toBe('executed');
  // Approving moves the test's clock by a step of thirty seconds, so the first one still counts.
  expect(await once()).toMatchObject({ kind: 'refused', refusal: { code: 'limit' } });
});

test('inside a block what would wait is put off to its COMMIT, and what needs more than rows is not', async () => {
  const rig = await rigWith(keeping());
  const door = rig.door();
  const handling: Handling = { ...door.submission.door, tryOut: () => Promise.reject(new Error('not inside a block')) };
  const submission = { ...door.submission, environments: ['production'], deferred: true, door: handling };
  expect((await rig.submit(submission)).kind).toBe('executed');
  expect(rig.recorder.of('decided')[0]?.verdict).toMatchObject({
    decision: 'allow',
    reason: expect.stringContaining('judged when the transaction is committed'),
  });
  const outside = await rigWith(keeping(), {
    analyze: () => ({ effects: [UNKNOWN], questions: [], course: { ...COURSE, outside: 'runs a program' } }),
  });
  const other = outside.door();
  expect(
    await outside.submit({
      ...other.submission,
      environments: ['production'],
      deferred: true,
      door: { ...other.submission.door, tryOut: () => Promise.reject(new Error('not inside a block')) },
    }),
  ).toMatchObject({ kind: 'refused', refusal: { reason: expect.stringContaining('inside a transaction block') } });
});
