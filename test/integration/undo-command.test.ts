/**
 * `firebreak undo` as people and scripts meet it, through the control socket. The vault of snapshots, the codes and the
 * record are real; the database is the rig's own.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Operations } from '#action/operations';
import { main } from '#cli/program';
import { createServices } from '#daemon/services';
import { createControlApp } from '#web/control-app';
import { listenControl } from '#web/listen';
import { memoryOperations } from '#web/memory-operations.case';
import { keep } from '../support/snapshot-rig.js';
import { CHANGED, type UndoingRig, undoingRig } from '../support/undoing-rig.js';

interface CommandRig extends UndoingRig {
  run(...args: readonly string[]): Promise<{ readonly status: number; readonly out: string; readonly err: string }>;
}

async function commandRig(): Promise<CommandRig> {
  const rig = await undoingRig();
  const operations: Operations = {
    ...(await memoryOperations(rig.clock)).operations,
    approvers: () => rig.desk.factors.approvers(),
    ...rig.undoing,
  };
  const defects: unknown[] = [];
  chmodSync(rig.state, 0o700);
  const control = await listenControl(
    createControlApp({ operations, report: (defect) => defects.push(defect) }),
    join(rig.state, 'control.sock'),
  );
  onTestFinished(async () => {
    await control.close();
    expect(defects).toEqual([]);
  });
  const services = createServices(() => Promise.resolve(0));
  return {
    ...rig,
    async run(...args) {
      const said = { out: '', err: '' };
      const spies = (['out', 'err'] as const).map((name) =>
        vi.spyOn(name === 'out' ? process.stdout : process.stderr, 'write').mockImplementation((chunk) => {
          said[name] += String(chunk);
          return true;
        }),
      );
      try {
        return { status: await main([...args, '--state', rig.state], services, '0'), ...said };
      } finally {
        for (const spy of spies) spy.mockRestore();
      }
    },
  };
}

const args = ({ approver, code }: { readonly approver: string; readonly code: string }) => [
  '--approver',
  approver,
  '--code',
  code,
];

test('the list says of each act in words whether it can be undone', async () => {
  const rig = await commandRig();
  const { snapshots } = rig;
  expect(await rig.run('undo')).toEqual({
    status: 0,
    out: 'Nothing was kept yet: no destructive act was let through.\n',
    err: '',
  });
  for (const _ of [1, 2]) await keep(snapshots, { rows: ['1'] });
  await keep(snapshots, {}, { answer: 'no', because: ['foreign tables cannot be kept'] });
  for (const id of ['S-1', 'S-2', 'S-3']) await snapshots.done(id);
  await snapshots.undone('S-2', 'dana');
  const { status, out, err } = await rig.run('undo', '--list');
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const kept = /orders-db \(production\), claude-code, \d+ B kept/;
  const lines = out.split('\n');
  expect(lines[0]).toMatch(/^S-3 {2}done, .+ ago: deletes 3 rows of orders$/);
  expect(lines[1]).toBe('  can be undone: no, because foreign tables cannot be kept');
  expect(lines[2]).toMatch(kept);
  expect(lines[4]).toMatch(/^S-2 {2}undone by dana, /);
  expect(lines[9]).toBe('  can be undone: yes, checked');
  expect(lines.at(-2)).toBe('firebreak undo ID --check shows what an undo would do; undo ID does it.');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  const json = JSON.parse((await rig.run('undo', '--list', '--json')).out);
  expect(json).toMatchObject([
    { id: 'S-3' },
    { id: 'S-2', state: 'undone' },
    { checked: true, undoable: { answer: 'yes' } },
  ]);
});

test('an undo shows what it would do, takes a code, and says what it did', async () => {
  const rig = await commandRig();
  await keep(rig.snapshots, { rows: ['1'] });
  await rig.snapshots.done('S-1');
  const check = await rig.run('undo', 'S-1', '--check');
  expect(check).toMatchObject({ status: 0, err: '' });
  expect(check.out).toMatch(/An undo would:\n {4}orders: put back 3 rows, reset 1 row\n$/);
  expect(rig.database.undone).toEqual([]);
  expect(JSON.parse((await rig.run('undo', 'S-1', '--check', '--json')).out)).toMatchObject({
    snapshot: { id: 'S-1', answer: 'can be undone: yes, checked' },
    check: { tables: [{ table: 'orders', inserted: 3, updated: 1, deleted: 0 }], conflictCount: 0 },
  });

  const done = await rig.run('undo', 'S-1', ...args(rig.agree('dana')));
  expect(done).toMatchObject({
    status: 0,
    out: [
      'S-1: undone, in one transaction.',
      '  orders: put back 3 rows, reset 1 row',
      '  not undone: the sequence orders_id_seq goes on where it was\n',
    ].join('\n'),
  });
  expect(done.err).toMatch(/An undo would:/);
  expect(await rig.run('undo', 'S-1', ...args(rig.agree('dana')))).toMatchObject({
    status: 1,
    out: '',
    err: 'firebreak: `S-1` cannot be undone: it was undone already\n',
  });
});

test('on a conflict nothing is changed and no code is asked for, until a side is chosen', async () => {
  const rig = await commandRig();
  await keep(rig.snapshots, { rows: ['1'] });
  await rig.snapshots.done('S-1');
  rig.database.conflicts = [CHANGED];
  const agreed = args(rig.agree('dana'));
  const first = await rig.run('undo', 'S-1', ...agreed);
  expect(first.status).toBe(1);
  expect(first.err).toContain(
    [
      '  Changed since the act: 1',
      '    orders, id = 7: the row was inserted again after the act',
      '      total: after the act (no row), now "12", would be NULL',
    ].join('\n'),
  );
  expect(first.out).toMatch(/^Nothing was changed: .*\n {2}firebreak undo S-1 --side current /);
  expect((await rig.run('undo', 'S-1', '--check')).status).toBe(1);
  expect(JSON.parse((await rig.run('undo', 'S-1', ...agreed, '--json')).out)).toMatchObject({
    outcome: { kind: 'conflict', conflicts: [{ key: 'id = 7' }], conflictCount: 1 },
  });
  expect(rig.database.undone).toEqual([]);
  // The same code still works: it was not spent.
  expect(await rig.run('undo', 'S-1', '--side', 'before', ...agreed)).toMatchObject({ status: 0 });
  expect(rig.database.undone).toMatchObject([{ side: 'before' }]);
});

test('where two must agree, both give their codes', async () => {
  const rig = await commandRig();
  await keep(rig.snapshots, { rows: ['1'] });
  await rig.snapshots.done('S-1');
  rig.needed.approvers = 2;
  const dana = args(rig.agree('dana'));
  const eli = args(rig.agree('eli'));
  expect(await rig.run('undo', 'S-1', ...dana)).toMatchObject({
    status: 2,
    err: expect.stringMatching(/a code is needed/),
  });
  expect(await rig.run('undo', 'S-1', ...eli, ...eli)).toMatchObject({ status: 1 });
  expect(rig.database.undone).toEqual([]);
  expect(await rig.run('undo', 'S-1', ...dana, ...eli)).toMatchObject({ status: 0 });
});

test('what was typed wrong ends with 2, what there is not with 1', async () => {
  const rig = await commandRig();
  const fails = async (status: number, message: RegExp, ...typed: readonly string[]) => {
    const ended = await rig.run('undo', ...typed);
    expect(ended).toMatchObject({ status, out: '', err: expect.stringMatching(message) });
  };
  await fails(2, /Allowed choices are before, current/, 'S-1', '--side', 'mine');
  await fails(2, /--list stands alone/, 'S-1', '--list');
  await fails(2, /--list stands alone/, '--check');
  await fails(2, /--check changes nothing/, 'S-1', '--check', '--side', 'before');
  await fails(1, /there is no snapshot `S-9`\n {2}hint: `firebreak undo --list`/, 'S-9');
  await keep(rig.snapshots, { rows: ['1'] });
  await rig.snapshots.done('S-1');
  await fails(2, /several people can approve\n {2}hint: say who you are: --approver dana\|eli/, 'S-1');
  await fails(2, /a code is needed/, 'S-1', '--approver', 'dana');
  await fails(2, /a code without a name/, 'S-1', '--approver', 'dana', '--code', '1', '--code', '2');
  await fails(1, /was not accepted/, 'S-1', '--approver', 'dana', '--code', '000000');
  const json = await rig.run('undo', 'S-9', '--json');
  expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'SNAPSHOT_UNKNOWN' } });
});
