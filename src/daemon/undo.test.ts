import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SqlError } from '#action/sql-connection';
import { ProtectError } from '#protect/errors';
import { ABOUT, DAY, keep } from '../../test/support/snapshot-rig.js';
import { CHANGED, type UndoingRig, undoingRig } from '../../test/support/undoing-rig.js';
import { parseConfig } from './config/read-config.js';
import { settingsOf } from './settings.js';
import { approversNeeded, createUndoing, expireSnapshots } from './undo.js';

const undos = ({ desk }: UndoingRig) =>
  desk.recorder
    .of('administered')
    .flatMap(({ act, by, subject, detail, ok }) =>
      act === 'undo' ? [`${by}: ${subject} ${ok ? 'ok' : 'not'}: ${detail}`] : [],
    );

/** A rig with one act done, S-1. */
async function doneRig(): Promise<UndoingRig> {
  const rig = await undoingRig();
  await keep(rig.snapshots, { rows: ['1\t2\n'] });
  await rig.snapshots.done('S-1');
  return rig;
}

function damage({ folder }: UndoingRig, id: string): void {
  const path = join(folder, `${id}.snapshot`);
  const bytes = readFileSync(path);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

test('the list says for every act whether it can be undone, and looks at each file to say so', async () => {
  const rig = await undoingRig();
  const { snapshots } = rig;
  await keep(snapshots, {});
  await keep(snapshots, {}, { answer: 'partly', because: ['large objects are left out', 'of a foreign table'] });
  await keep(snapshots, {}, { answer: 'no', because: ['it is larger than 1 GB'] });
  for (let n = 4; n <= 9; n += 1) await keep(snapshots, {});
  for (const id of ['S-1', 'S-2', 'S-3', 'S-5', 'S-8', 'S-9']) await snapshots.done(id);
  await snapshots.uncertain('S-4');
  await snapshots.undone('S-5', 'dana');
  await snapshots.unneeded('S-6');
  damage(rig, 'S-8');
  rig.clock.advance(1);
  const list = await rig.undoing.snapshots();
  expect(list.map(({ id, state, answer, checked }) => [id, state, answer, checked])).toEqual([
    ['S-9', 'done', 'can be undone: yes, checked', true],
    ['S-8', 'done', 'can be undone: no, because the file of `S-8` is not what was sealed', false],
    ['S-7', 'sealed', 'can be undone: no, because its act is still at work', false],
    ['S-6', 'unneeded', 'can be undone: no, because its act was not done, so there is nothing to undo', false],
    ['S-5', 'undone', 'can be undone: no, because it was undone already', false],
    [
      'S-4',
      'uncertain',
      'can be undone: partly, because nobody knows whether the act was done; an undo compares first',
      true,
    ],
    ['S-3', 'done', 'can be undone: no, because it is larger than 1 GB', true],
    ['S-2', 'done', 'can be undone: partly, because large objects are left out; of a foreign table', true],
    ['S-1', 'done', 'can be undone: yes, checked', true],
  ]);
  expect(list.at(-1)).toMatchObject({
    at: rig.clock.now() - 1,
    agent: 'claude-code',
    resource: 'orders-db',
    environments: ['production'],
    summary: 'deletes 3 rows of orders',
    bytes: expect.any(Number),
  });
});

test('an undo with a person’s code restores, ends the snapshot, and is on the record', async () => {
  const rig = await doneRig();
  expect(await rig.undoing.checkUndo('S-1')).toMatchObject({
    snapshot: { id: 'S-1', checked: true },
    check: { conflictCount: 0 },
    approversNeeded: 1,
  });
  expect(await rig.undoing.undo('S-1', { approvals: [rig.agree('dana')] })).toMatchObject({
    snapshot: { state: 'undone', endedBy: 'dana' },
    outcome: { kind: 'undone', tables: [{ table: 'orders', inserted: 3 }] },
  });
  expect(rig.database).toMatchObject({ undone: [{ rows: '1\t2\n', side: undefined }], opened: 2, closed: 2 });
  expect(undos(rig)).toEqual([
    'dana: S-1 ok: begun on orders-db',
    'dana: S-1 ok: undone: orders: 3 put back, 1 reset, 0 removed; left: the sequence orders_id_seq goes on where it was',
  ]);
  const again = rig.undoing.undo('S-1', { approvals: [rig.agree('dana')] });
  await expect(again).rejects.toMatchObject({
    code: 'SNAPSHOT_ENDED',
    message: expect.stringMatching(/undone already/),
  });
});

test('a conflict changes nothing until a side is chosen, and the snapshot stays', async () => {
  const rig = await doneRig();
  rig.database.conflicts = [{ ...CHANGED, key: "id = '\u001b[2J'" }];
  const first = await rig.undoing.undo('S-1', { approvals: [rig.agree('dana')] });
  // What somebody wrote into the database does not reach the terminal as it is.
  expect(first).toMatchObject({ snapshot: { state: 'done' }, outcome: { conflicts: [{ key: "id = '\\u{1b}[2J'" }] } });
  expect(rig.database.undone).toEqual([]);
  await rig.undoing.undo('S-1', { approvals: [rig.agree('dana')], side: 'current' });
  expect(rig.database.undone).toMatchObject([{ side: 'current' }]);
  expect(undos(rig)).toEqual([
    'dana: S-1 ok: begun on orders-db',
    'dana: S-1 not: nothing was changed: 1 rows were changed since the act',
    'dana: S-1 ok: begun on orders-db, where rows differ the side `current` wins',
    expect.stringMatching(/^dana: S-1 ok: undone/),
  ]);
});

describe('an undo takes as many people, each with a code, as an approval in the same environment', () => {
  test.each([
    ['nobody', 1, [], 'UNDO_APPROVALS'],
    ['a wrong code', 1, ['dana:000000'], 'FACTOR_WRONG'],
    ['somebody who is not enrolled', 1, ['zoe:123456'], 'APPROVER_UNKNOWN'],
    ['somebody whom the configuration does not name', 1, ['mallory:123456'], 'APPROVER_UNKNOWN'],
    ['one of two', 2, ['dana'], 'UNDO_APPROVALS'],
    ['one twice', 2, ['dana', 'dana'], 'UNDO_APPROVALS'],
    ['one right and one wrong', 2, ['dana', 'eli:000000'], 'FACTOR_WRONG'],
  ])('%s does not do', async (_, needed, people, code) => {
    const rig = await doneRig();
    rig.needed.approvers = needed;
    const approvals = people.map((text) => {
      const [approver = '', given] = text.split(':');
      return given === undefined ? rig.agree(approver) : { approver, code: given };
    });
    await expect(rig.undoing.undo('S-1', { approvals })).rejects.toMatchObject({ code });
    expect(rig.database.undone).toEqual([]);
    expect((await rig.snapshots.get('S-1')).state).toBe('done');
    expect(undos(rig)).toEqual([]);
    expect(rig.database.closed).toBe(rig.database.opened);
  });

  test('two do where two are needed, and a code works once', async () => {
    const rig = await doneRig();
    rig.needed.approvers = 2;
    const approvals = [rig.agree('dana'), rig.agree('eli')];
    expect((await rig.undoing.undo('S-1', { approvals })).snapshot.endedBy).toBe('dana and eli');
    await keep(rig.snapshots, { rows: ['1'] });
    await rig.snapshots.done('S-2');
    await expect(rig.undoing.undo('S-2', { approvals })).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
  });
});

test('an undo whose environment is not known takes as many people as the strictest one', () => {
  const config = `version: 1
environments: { production: { protected: true, approvals: { approvers: 3 } }, live: { approvals: { approvers: 2 } }, dev: }`;
  const settings = settingsOf(parseConfig(config, 'firebreak.yaml'));
  expect([['dev'], ['live'], ['dev', 'live'], []].map((names) => approversNeeded(settings, names))).toEqual([
    1, 2, 2, 3,
  ]);
});

test('what was taken away on this machine is put back without a code, unless the machine is declared protected', () => {
  const of = (environments: string) =>
    settingsOf(parseConfig(`version: 1\nenvironments: ${environments}`, 'firebreak.yaml'));
  expect(approversNeeded(of('{ production: { protected: true } }'), ['local'])).toBe(0);
  expect(approversNeeded(of('{ production: { protected: true } }'), ['local', 'production'])).toBe(1);
  expect(approversNeeded(of('{ local: { protected: true } }'), ['local'])).toBe(1);
  expect(approversNeeded(of('{}'), [])).toBe(1);
});

test('no code is spent on what cannot be undone', async () => {
  const rig = await doneRig();
  await keep(rig.snapshots, {}, { answer: 'no', because: ['foreign tables cannot be kept'] });
  await rig.snapshots.done('S-2');
  await keep(rig.snapshots, { rows: ['1'] });
  await keep(rig.snapshots, { rows: ['1'] });
  await rig.snapshots.done('S-4');
  damage(rig, 'S-4');
  const approvals = [rig.agree('dana')];
  const fails = async (id: string, code: string) => {
    await expect(rig.undoing.checkUndo(id)).rejects.toMatchObject({ code });
    await expect(rig.undoing.undo(id, { approvals })).rejects.toMatchObject({ code });
  };
  await fails('S-2', 'NOT_UNDOABLE');
  await fails('S-3', 'SNAPSHOT_ENDED');
  await fails('S-4', 'SNAPSHOT_DAMAGED');
  await fails('S-9', 'SNAPSHOT_UNKNOWN');
  rig.database.unreachable = true;
  await expect(rig.undoing.undo('S-1', { approvals })).rejects.toMatchObject({
    code: 'UNDO_UNAVAILABLE',
    message: 'cannot connect to `orders-db`: connect ECONNREFUSED',
  });
  rig.database.unreachable = false;
  expect((await rig.undoing.undo('S-1', { approvals })).outcome.kind).toBe('undone');
});

test('an undo that cannot be recorded is not begun', async () => {
  const rig = await doneRig();
  rig.desk.recorder.breaksAt = (event) => event.kind === 'administered' && event.act === 'undo';
  const undo = rig.undoing.undo('S-1', { approvals: [rig.agree('dana')] });
  await expect(undo).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  expect(rig.database.undone).toEqual([]);
});

test('what the database refuses changes nothing and says so; a lost commit is said to be unknown', async () => {
  const rig = await doneRig();
  rig.database.fails = new SqlError('23503', 'violates foreign key constraint "a"');
  const refused = rig.undoing.undo('S-1', { approvals: [rig.agree('dana')] });
  await expect(refused).rejects.toMatchObject({ code: 'UNDO_FAILED', hint: 'nothing was changed' });
  rig.database.fails = new ProtectError('UNDO_UNCERTAIN', 'the connection was lost after COMMIT');
  const lost = rig.undoing.undo('S-1', { approvals: [rig.agree('dana')] });
  await expect(lost).rejects.toMatchObject({ code: 'UNDO_UNCERTAIN' });
  expect(undos(rig).filter((line) => line.includes(' not: '))).toEqual([
    'dana: S-1 not: nothing was changed: violates foreign key constraint "a"',
    'dana: S-1 not: outcome unknown: the connection was lost after COMMIT',
  ]);
  expect((await rig.snapshots.get('S-1')).state).toBe('done');
  expect(rig.database.closed).toBe(2);
});

test('one snapshot is undone by one at a time', async () => {
  const rig = await doneRig();
  let second: Promise<unknown> | undefined;
  rig.database.meanwhile = async () => {
    second = rig.undoing.undo('S-1', { approvals: [rig.agree('eli')] });
    await expect(second).rejects.toMatchObject({ code: 'UNDO_BUSY' });
  };
  expect((await rig.undoing.undo('S-1', { approvals: [rig.agree('dana')] })).outcome.kind).toBe('undone');
  expect(second).toBeDefined();
  expect(rig.database.undone).toHaveLength(1);
});

test('of an act whose outcome is unknown, an undo is never promised whole, and can be tried', async () => {
  const rig = await undoingRig();
  await keep(rig.snapshots, { rows: ['1'] });
  await rig.snapshots.uncertain('S-1');
  expect((await rig.undoing.checkUndo('S-1')).snapshot.undoable.answer).toBe('partly');
  expect((await rig.undoing.undo('S-1', { approvals: [rig.agree('dana')] })).snapshot.state).toBe('undone');
});

test('without anything that can restore, the list still answers', async () => {
  const rig = await doneRig();
  const undoing = createUndoing({
    snapshots: rig.snapshots,
    restore: undefined,
    approversNeeded: () => 1,
    checkApprover: async () => undefined,
    factors: rig.desk.factors,
    note: async () => undefined,
  });
  expect((await undoing.snapshots())[0]?.answer).toBe('can be undone: yes, checked');
  await expect(undoing.checkUndo('S-1')).rejects.toMatchObject({ code: 'UNDO_UNAVAILABLE' });
});

test('what an agent says stands in the list as it can be seen', async () => {
  const rig = await undoingRig();
  const draft = await rig.snapshots.begin({ ...ABOUT, summary: 'deletes\u202e\n\u001b[1mnothing' });
  await draft.seal({}, { answer: 'partly', because: ['the table \u001b[2J is left out'] });
  await rig.snapshots.done('S-1');
  const [view] = await rig.undoing.snapshots();
  expect(view?.summary).toBe('deletes\\u{202e}\\u{a}\\u{1b}[1mnothing');
  expect(view?.answer).toBe('can be undone: partly, because the table \\u{1b}[2J is left out');
});

test('what expired is removed, and that is on the record', async () => {
  const rig = await doneRig();
  const noted: unknown[] = [];
  rig.clock.advance(30 * DAY);
  await expireSnapshots(rig.snapshots, async (event) => void noted.push(event));
  expect(noted).toEqual([{ act: 'snapshot-expired', by: 'firebreak', subject: 'S-1', ok: true }]);
  expect((await rig.undoing.snapshots())[0]).toMatchObject({
    state: 'expired',
    bytes: 0,
    answer: 'can be undone: no, because it expired, and its file is gone',
  });
});
