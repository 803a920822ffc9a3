import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ABOUT, bytesOf, DAY, keep, newSnapshotKey, snapshotRig } from '../../test/support/snapshot-rig.js';

const files = (folder: string) => readdirSync(folder).sort();

test('what was sealed is read back: every part, in any order, and what it is', async () => {
  const { snapshots, folder } = await snapshotRig();
  const undoable = { answer: 'partly', because: ['large objects are left out'] } as const;
  const sealed = await keep(snapshots, { 'orders/before': ['a', 'b'], empty: [], 'orders/after': ['c'] }, undoable);
  expect(sealed).toMatchObject({ id: 'S-1', undoable, sha256: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  expect(files(folder)).toEqual(['S-1.snapshot']);
  expect(statSync(join(folder, 'S-1.snapshot'))).toMatchObject({ size: sealed.bytes });
  expect(statSync(join(folder, 'S-1.snapshot')).mode & 0o777).toBe(0o600);

  const reader = await snapshots.open('S-1');
  expect(reader).toMatchObject({ id: 'S-1', contents: { kind: 'test' } });
  const [after, before] = await Promise.all(
    ['orders/after', 'orders/before'].map(async (name) => String(await bytesOf(reader.part(name)))),
  );
  expect([before, after, String(await bytesOf(reader.part('empty')))]).toEqual(['ab', 'c', '']);
  await expect(bytesOf(reader.part('other'))).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
});

test('any chunks in give the same bytes out', async () => {
  const { snapshots } = await snapshotRig();
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat({ max: 300_000 }).map((length) => Buffer.alloc(length, 'row\t')),
    fc.nat({ max: 100_000 }).map((length) => randomBytes(length)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(chunk, { maxLength: 8 }), { maxLength: 4 }), async (parts) => {
      const named = Object.fromEntries(parts.map((chunks, index) => [`p${index}`, chunks]));
      const { id } = await keep(snapshots, named);
      const reader = await snapshots.open(id);
      for (const [name, chunks] of Object.entries(named))
        expect(Buffer.concat(chunks).equals(await bytesOf(reader.part(name)))).toBe(true);
    }),
    { numRuns: 25 },
  );
});

test('a chunk may be reused by the writer as soon as it was written', async () => {
  const { snapshots } = await snapshotRig();
  const draft = await snapshots.begin(ABOUT);
  const part = await draft.part('rows');
  const chunk = Buffer.alloc(200_000, 'a');
  await part.write(chunk);
  chunk.fill('b');
  await part.write(chunk);
  await part.end();
  const { id } = await draft.seal({}, { answer: 'yes', because: [] });
  const found = await bytesOf((await snapshots.open(id)).part('rows'));
  expect(found.equals(Buffer.concat([Buffer.alloc(200_000, 'a'), Buffer.alloc(200_000, 'b')]))).toBe(true);
});

test('nothing of what is kept can be read in the file', async () => {
  const { snapshots, folder } = await snapshotRig();
  await keep(snapshots, { 'customers/before': ['4111 1111 1111 1111'] });
  const bytes = readFileSync(join(folder, 'S-1.snapshot'));
  for (const text of ['4111', 'customers', 'orders-db', 'deletes']) expect(bytes.includes(text)).toBe(false);
});

describe('a file that is not exactly what was sealed is not undone from', () => {
  test('bits flipped and bytes cut or added anywhere', async () => {
    const { snapshots, folder } = await snapshotRig();
    await keep(snapshots, { rows: [randomBytes(5000)] });
    const path = join(folder, 'S-1.snapshot');
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.constantFrom('flip', 'cut', 'add'), async (at, how) => {
        const bytes = Buffer.from(how === 'cut' ? whole.subarray(0, at) : whole);
        if (how === 'flip') bytes[at] = (bytes[at] ?? 0) ^ 1;
        writeFileSync(path, how === 'add' ? Buffer.concat([bytes, randomBytes(at + 1)]) : bytes);
        await expect(snapshots.verify('S-1')).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
        await expect(snapshots.open('S-1')).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
      }),
      { numRuns: 100 },
    );
    writeFileSync(path, whole);
    expect((await snapshots.open('S-1')).id).toBe('S-1');
  });

  test('a file that is missing, or another snapshot’s', async () => {
    const { snapshots, folder } = await snapshotRig();
    await keep(snapshots, { rows: ['1'] });
    await keep(snapshots, { rows: ['2'] });
    writeFileSync(join(folder, 'S-1.snapshot'), readFileSync(join(folder, 'S-2.snapshot')));
    rmSync(join(folder, 'S-2.snapshot'));
    await expect(snapshots.open('S-1')).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
    await expect(snapshots.open('S-2')).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  });

  test('a part that is not what was written ends in an error, also when it is changed while it is read', async () => {
    const { snapshots, folder } = await snapshotRig();
    await keep(snapshots, { rows: [randomBytes(300_000)] });
    const reader = await snapshots.open('S-1');
    const path = join(folder, 'S-1.snapshot');
    const bytes = readFileSync(path);
    bytes[150_000] = (bytes[150_000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(bytesOf(reader.part('rows'))).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  });

  test('another key', async () => {
    const rig = await snapshotRig();
    await keep(rig.snapshots, { rows: ['1'] });
    const other = await snapshotRig({}, { ...rig, key: await newSnapshotKey() });
    await expect(other.snapshots.open('S-1')).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  });
});

describe('what could not be kept leaves nothing behind', () => {
  const nothingLeft = async ({ snapshots, storage, folder }: Awaited<ReturnType<typeof snapshotRig>>) => {
    expect(files(folder)).toEqual([]);
    expect(await snapshots.list()).toEqual([]);
    expect(await storage.list({ limit: 10 })).toEqual([]);
  };

  test('a snapshot of which anything could not be written can never be sealed: one over the configured size', async () => {
    const rig = await snapshotRig({ mostBytes: 500_000 });
    const draft = await rig.snapshots.begin(ABOUT);
    const part = await draft.part('rows');
    const all = (async () => {
      for (let written = 0; written < 5_000_000; written += 10_000) await part.write(randomBytes(10_000));
    })();
    await expect(all).rejects.toMatchObject({ code: 'SNAPSHOT_TOO_LARGE' });
    await expect(part.end()).rejects.toMatchObject({ code: 'SNAPSHOT_TOO_LARGE' });
    await expect(draft.part('more')).rejects.toMatchObject({ code: 'SNAPSHOT_TOO_LARGE' });
    await expect(draft.seal({}, { answer: 'yes', because: [] })).rejects.toMatchObject({ code: 'SNAPSHOT_TOO_LARGE' });
    await draft.discard();
    await nothingLeft(rig);
  });

  test('the size is that of the compressed file, and the manifest counts too', async () => {
    const rig = await snapshotRig({ mostBytes: 100_000 });
    expect((await keep(rig.snapshots, { rows: [Buffer.alloc(5_000_000)] })).bytes).toBeLessThan(100_000);
    const draft = await rig.snapshots.begin(ABOUT);
    const sealing = draft.seal({ big: randomBytes(200_000).toString('hex') }, { answer: 'yes', because: [] });
    await expect(sealing).rejects.toMatchObject({ code: 'SNAPSHOT_TOO_LARGE' });
    expect(files(rig.folder)).toEqual(['S-1.snapshot']);
  });

  test('what could not be read back as it was written is not a snapshot', async () => {
    const rig = await snapshotRig();
    const draft = await rig.snapshots.begin(ABOUT);
    const part = await draft.part('rows');
    await part.write(randomBytes(400_000));
    await part.end();
    const path = join(rig.folder, 'S-1.draft');
    const bytes = readFileSync(path);
    bytes[200_000] = (bytes[200_000] ?? 0) ^ 1;
    writeFileSync(path, bytes); // The same inode, as a failing disk has it.
    await expect(draft.seal({}, { answer: 'yes', because: [] })).rejects.toMatchObject({ code: 'SNAPSHOT_UNWRITABLE' });
    await nothingLeft(rig);
  });

  test('what cannot be kept must not be destroyed: a folder that is gone is an error before the act', async () => {
    const rig = await snapshotRig();
    rmSync(rig.folder, { recursive: true });
    await expect(rig.snapshots.begin(ABOUT)).rejects.toMatchObject({ code: 'SNAPSHOT_UNWRITABLE' });
    expect(await rig.storage.list({ limit: 10 })).toEqual([]);
  });

  test('a draft that is given up, also in the middle of a write, and it may be given up again', async () => {
    const rig = await snapshotRig();
    const draft = await rig.snapshots.begin(ABOUT);
    const part = await draft.part('rows');
    const writing = (async () => {
      for (;;) await part.write(randomBytes(100_000));
    })();
    const failed = expect(writing).rejects.toMatchObject({ code: 'SNAPSHOT_UNWRITABLE' });
    await draft.discard();
    await draft.discard();
    await failed;
    await expect(draft.seal({}, { answer: 'yes', because: [] })).rejects.toMatchObject({ code: 'SNAPSHOT_UNWRITABLE' });
    await nothingLeft(rig);
  });
});

test('giving up after the seal changes nothing', async () => {
  const { snapshots } = await snapshotRig();
  const draft = await snapshots.begin(ABOUT);
  await draft.seal({}, { answer: 'yes', because: [] });
  await draft.discard();
  expect((await snapshots.open('S-1')).id).toBe('S-1');
});

test('numbers count up and are never given again, also after a draft was given up or the daemon started anew', async () => {
  const rig = await snapshotRig();
  expect((await keep(rig.snapshots, {})).id).toBe('S-1');
  await (await rig.snapshots.begin(ABOUT)).discard();
  expect((await keep(rig.snapshots, {})).id).toBe('S-3');
  const again = await snapshotRig({}, rig);
  await (await again.snapshots.begin(ABOUT)).discard();
  // As when the store was put back from an older copy, and the folder was not.
  writeFileSync(join(rig.folder, 'S-5.snapshot'), 'somebody’s only copy');
  expect((await keep(again.snapshots, {})).id).toBe('S-6');
  expect(readFileSync(join(rig.folder, 'S-5.snapshot'), 'utf8')).toBe('somebody’s only copy');
});

test('two drafts are written side by side', async () => {
  const { snapshots } = await snapshotRig();
  const sealed = await Promise.all(['x', 'y', 'z'].map((text) => keep(snapshots, { rows: [text.repeat(400_000)] })));
  for (const [index, { id }] of sealed.entries()) {
    const bytes = await bytesOf((await snapshots.open(id)).part('rows'));
    expect(bytes.equals(Buffer.alloc(400_000, 'xyz'[index]))).toBe(true);
  }
});

describe('states', () => {
  test('an act that was rolled back leaves no file, one that was done can be undone once', async () => {
    const { snapshots, folder, clock } = await snapshotRig();
    await keep(snapshots, { rows: ['1'] });
    await keep(snapshots, { rows: ['2'] });
    clock.advance(1000);
    await snapshots.unneeded('S-1');
    await snapshots.done('S-2');
    expect(files(folder)).toEqual(['S-2.snapshot']);
    await snapshots.undone('S-2', 'dana');
    expect(await snapshots.get('S-2')).toMatchObject({ state: 'undone', changedBy: 'dana', changedAt: clock.now() });
    await expect(snapshots.done('S-1')).rejects.toMatchObject({ code: 'SNAPSHOT_ENDED' });
    await expect(snapshots.unneeded('S-2')).rejects.toMatchObject({ code: 'SNAPSHOT_ENDED' });
    await expect(snapshots.open('S-1')).rejects.toMatchObject({ code: 'SNAPSHOT_ENDED' });
    expect(files(folder)).toEqual(['S-2.snapshot']);
  });

  test('what is unknown is said to be so', async () => {
    const { snapshots } = await snapshotRig();
    for (const id of ['S-1', 'H-1', '', '../vault/keys/log', 'S-01'])
      await expect(snapshots.open(id)).rejects.toMatchObject({ code: 'SNAPSHOT_UNKNOWN' });
    await expect(snapshots.done('S-1')).rejects.toMatchObject({ code: 'SNAPSHOT_UNKNOWN' });
  });

  test('files are removed when they are older than they are kept, and not before', async () => {
    const { snapshots, folder, clock } = await snapshotRig({ keep: 30 * DAY });
    for (const _ of [1, 2, 3, 4]) await keep(snapshots, { rows: ['1'] });
    await snapshots.done('S-1');
    await snapshots.uncertain('S-2');
    await snapshots.done('S-3');
    await snapshots.undone('S-3', 'dana');
    clock.advance(30 * DAY - 1);
    expect(await snapshots.expire()).toEqual([]);
    clock.advance(1);
    // S-4's act is still at work.
    expect([...(await snapshots.expire())].sort()).toEqual(['S-1', 'S-2', 'S-3']);
    expect(files(folder)).toEqual(['S-4.snapshot']);
    expect((await snapshots.get('S-1')).state).toBe('expired');
    await expect(snapshots.open('S-1')).rejects.toMatchObject({ code: 'SNAPSHOT_ENDED' });
  });
});

test('after a crash nobody knows whether the act of a sealed snapshot happened, so its file is kept; drafts are removed', async () => {
  const rig = await snapshotRig();
  for (const _ of [1, 2]) await keep(rig.snapshots, { rows: ['1'] });
  await rig.snapshots.done('S-1');
  const draft = await rig.snapshots.begin(ABOUT);
  const part = await draft.part('rows');
  await part.write(randomBytes(1_000_000));
  // As a crash between the two steps of `unneeded`, or of `seal`, leaves it.
  await keep(rig.snapshots, { rows: ['1'] });
  await rig.storage.move('S-4', ['sealed'], 'unneeded', { at: 1, by: 'firebreak' });
  const unsealed = await rig.storage.insert({ ...ABOUT, sessionId: 'ses_1', agent: 'a' }, rig.clock.now());
  writeFileSync(join(rig.folder, `${unsealed}.snapshot`), 'renamed, not sealed');
  writeFileSync(join(rig.folder, 'S-99.snapshot'), 'not in this store');
  writeFileSync(join(rig.folder, 'notes.txt'), 'a person’s own');

  const after = await snapshotRig({}, rig);
  expect(await after.snapshots.sweep()).toEqual({
    removed: expect.arrayContaining(['S-3.draft', 'S-4.snapshot', 'S-5.snapshot']),
    uncertain: ['S-2'],
  });
  expect(files(rig.folder)).toEqual(['S-1.snapshot', 'S-2.snapshot', 'S-99.snapshot', 'notes.txt']);
  expect((await after.snapshots.list()).map(({ id, state }) => [id, state])).toEqual([
    ['S-4', 'unneeded'],
    ['S-2', 'uncertain'],
    ['S-1', 'done'],
  ]);
  expect((await after.snapshots.open('S-2')).id).toBe('S-2');
  await draft.discard();
});
