/** Local work through a real daemon: an agent's hook asks, the command runs, a person undoes it with the ordinary commands. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '#action/action';
import { differencesBetween, pictureOf } from '../support/local-picture.js';
import { bash as sh } from '../support/local-repositories.js';
import { bash, type HookRig, sendHook, startHookRig } from './hook-rig.js';

const CALL = '/v1/hooks/claude-code/PreToolUse';
const leave = (path: string) => path === '.git/objects' || path === '.git/refs/firebreak' || path.endsWith('.log');

let rig: HookRig;
beforeAll(async () => {
  rig = await startHookRig('snapshots: { local: { most_files: 200 } }');
  const { work } = rig;
  mkdirSync(join(work, 'notes'), { recursive: true });
  writeFileSync(join(work, 'notes/todo.md'), 'one thing\n');
  writeFileSync(join(work, 'a.txt'), 'committed\n');
  sh(work, 'git init -q -b main && git add a.txt && git commit -qm first && echo dirty >> a.txt');
});
afterAll(() => rig?.close());

/** What the agent does: it asks, and runs what it is not told to leave. */
async function agent(command: string): Promise<string | undefined> {
  const { decision } = await sendHook(rig.url, CALL, JSON.stringify(bash(command, { cwd: rig.work })));
  if (decision === undefined) sh(rig.work, command);
  return decision;
}

const kinds = (events: readonly JsonObject[]) => events.map((event) => event['act'] ?? event['kind']);

test('what an agent destroys runs unasked, can be undone, checked, and comes back; the undo can be undone', async () => {
  const { operations } = rig.daemon;
  const before = pictureOf(rig.work, { leave });
  const recorded = (await rig.events()).length;
  expect(await agent('git checkout -- . && rm -rf notes')).toBeUndefined();
  const gone = pictureOf(rig.work, { leave });
  expect(existsSync(join(rig.work, 'notes'))).toBe(false);
  expect(kinds((await rig.events()).slice(recorded)).filter((kind) => kind !== 'session-opened')).toEqual([
    'decided',
    'kept',
    'released',
    'completed',
  ]);

  expect(await operations.snapshots()).toMatchObject([
    { id: 'S-1', state: 'done', answer: 'can be undone: yes, checked', environments: ['local'], resource: rig.work },
  ]);
  const preview = await operations.checkUndo('S-1');
  // What is put back here replaces nothing that is not kept first, so it takes no code.
  expect(preview.approversNeeded).toBe(0);
  expect(preview.check).toMatchObject({ conflictCount: 0 });
  expect(preview.check.tables).toContainEqual(
    expect.objectContaining({ table: rig.work, unit: 'files', inserted: 1, updated: 1 }),
  );

  const report = await operations.undo('S-1', { approvals: [] });
  expect(report).toMatchObject({ snapshot: { state: 'undone' }, outcome: { kind: 'undone', kept: 'S-2' } });
  expect(differencesBetween(before, pictureOf(rig.work, { leave }))).toEqual([]);
  const undone = (await rig.events()).slice(-3).map((event) => String(event['detail']));
  expect(undone).toEqual([
    expect.stringMatching(/^begun on /),
    expect.stringMatching(/^what it replaces is kept as S-2, sha256:/),
    expect.stringMatching(/^undone: .*; what it replaced is kept as S-2$/),
  ]);

  expect((await operations.snapshots())[0]).toMatchObject({ id: 'S-2', answer: 'can be undone: yes, checked' });
  await operations.undo('S-2', { approvals: [] });
  expect(differencesBetween(gone, pictureOf(rig.work, { leave })).filter((line) => !line.startsWith('.git'))).toEqual(
    [],
  );
});

test('what is too large to copy is held instead, and the card says why it cannot be undone', async () => {
  for (let n = 0; n < 300; n += 1) {
    mkdirSync(join(rig.work, 'many'), { recursive: true });
    writeFileSync(join(rig.work, 'many', `${n}`), 'x');
  }
  const asked = agent('rm -rf many');
  const hold = await rig.waiting();
  expect(hold.undo).toMatchObject({ answer: 'no', words: 'NOT undoable, because it is more than 200 files' });
  expect(existsSync(join(rig.work, 'many'))).toBe(true);
  await rig.daemon.operations.reject(hold.id, { by: 'dana', reason: 'keep them' });
  expect(await asked).toBe('deny');
  rmSync(join(rig.work, 'many'), { recursive: true });
});

test('a copy that is not there any more is not promised', async () => {
  mkdirSync(join(rig.work, 'big'));
  writeFileSync(join(rig.work, 'big/file'), Buffer.alloc(400_000));
  expect(await agent('rm -rf big')).toBeUndefined();
  const [first] = await rig.daemon.operations.snapshots();
  expect(first?.answer).toBe('can be undone: yes, checked');
  const copies = join(rig.prepared.state.kept, first?.id ?? '');
  for (const name of readdirSync(copies).filter((one) => one.startsWith('f-'))) appendFileSync(join(copies, name), 'x');
  expect((await rig.daemon.operations.snapshots())[0]?.answer).toBe(
    'can be undone: no, because what was kept is not whole: a copy is not as long as it was',
  );
});

test('outlives a restart of the daemon, which clears up what no snapshot needs', async () => {
  writeFileSync(join(rig.work, 'precious'), 'work of days\n');
  expect(await agent('rm precious')).toBeUndefined();
  const [first] = await rig.daemon.operations.snapshots();
  mkdirSync(join(rig.prepared.state.kept, 'S-999'));
  await rig.restart();
  expect(readdirSync(rig.prepared.state.kept)).not.toContain('S-999');
  await rig.daemon.operations.undo(first?.id ?? '', { approvals: [] });
  expect(existsSync(join(rig.work, 'precious'))).toBe(true);
});
