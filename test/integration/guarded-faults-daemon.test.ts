/**
 * The daemon, a process of its own, is killed with SIGKILL at each step of an act, or has no room to keep a copy. After a
 * restart the act was done whole or not at all, nothing can run for which nobody waits, and the log is whole.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HoldState } from '#action/hold';
import type { SnapshotState } from '#action/snapshot-view';
import { verifyLog } from '#record/verify';
import { logFolderReader } from '#store/log-files';
import { type BrokenWire, type Fault, startBrokenWire } from '../support/broken-wire.js';
import { nextHold, type Rig, startRig, until, WRITER } from './daemon-rig.js';

let rig: Rig;
let wire: BrokenWire;
let approver = 0;

beforeAll(async () => {
  rig = await startRig('', {
    between: async (server) => {
      wire = await startBrokenWire(server);
      return wire;
    },
    approvers: Array.from({ length: 8 }, (_, index) => `person-${index}`),
  });
  await rig.direct(`CREATE TABLE bulky (id int PRIMARY KEY, body text)`);
  await rig.direct(`GRANT SELECT, INSERT, UPDATE, DELETE ON bulky TO app_write`);
  await rig.direct(`GRANT SELECT ON bulky TO app_read`);
  await rig.direct(`INSERT INTO bulky SELECT n, (SELECT string_agg(md5(random()::text || g || n), '') FROM generate_series(1, 1000) g)
    FROM generate_series(1, 200) n`);
}, 120_000);

afterAll(async () => {
  await rig.close();
  await wire.close();
});

const ending = (work: Promise<unknown>) =>
  work.then(
    () => 'ran',
    (error: Error) => error.message,
  );
const kill = () => void rig.firebreak.daemon.kill('SIGKILL');
const approve = (hold: Awaited<ReturnType<typeof nextHold>>) => {
  approver += 1;
  return rig.approve(hold, { approver: approver - 1 });
};
const count = async (id: number) =>
  Number((await rig.direct(`SELECT count(*)::int AS n FROM orders WHERE id = ${id}`))[0]?.['n']);
const backends = async () =>
  (await rig.direct(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename LIKE 'app\\_%'`))[0]?.['n'];

async function logIsWhole(): Promise<void> {
  const publicKey = (await readFile(rig.prepared.state.logKey, 'utf8')).trim();
  expect(await verifyLog(logFolderReader(rig.prepared.state.log), { publicKey })).toMatchObject({ ok: true });
}

interface Step {
  readonly name: string;
  /** The message to the server at which the daemon is killed; without one, while it is held. */
  readonly at?: string;
  readonly fault?: Fault;
  readonly approved: boolean;
  readonly done: boolean;
  readonly hold: HoldState | undefined;
  readonly copy: SnapshotState | undefined;
}

const STEPS: readonly Step[] = [
  {
    name: 'while it is measured',
    at: 'pg_stat_get_xact_tuples',
    approved: false,
    done: false,
    hold: undefined,
    copy: undefined,
  },
  { name: 'while it is held', approved: false, done: false, hold: 'withdrawn', copy: undefined },
  {
    name: 'before the second run',
    at: 'BEGIN ISOLATION LEVEL',
    approved: true,
    done: false,
    hold: 'released',
    copy: undefined,
  },
  {
    name: 'while what it changes is kept',
    at: 'FETCH ',
    approved: true,
    done: false,
    hold: 'released',
    copy: undefined,
  },
  // Nobody can know from here on, so the copy stays; undoing compares it with what is there.
  {
    name: 'after its copy was sealed, before COMMIT',
    at: 'COMMIT\0',
    approved: true,
    done: false,
    hold: 'released',
    copy: 'uncertain',
  },
  {
    name: 'after COMMIT, before its answer',
    at: 'COMMIT\0',
    fault: 'swallow',
    approved: true,
    done: true,
    hold: 'released',
    copy: 'uncertain',
  },
];

test.each(STEPS.map((step, index) => [step.name, step, index + 1] as const))(
  'killed %s: done whole or not at all, and nothing runs afterwards',
  async (_, { at, fault = 'cut', approved, done, hold: state, copy }, id) => {
    const client = await rig.connect(await rig.openSession(['production']));
    const kept = (await rig.firebreak.operations.snapshots()).length;
    const exited = new Promise((resolve) => rig.firebreak.daemon.once('exit', resolve));
    if (!approved && at !== undefined) wire.failAt(at, fault, kill);
    const work = ending(client.query(`DELETE FROM orders WHERE id = ${id}`));
    const hold = !approved && at !== undefined ? undefined : await nextHold(rig);
    if (approved && at !== undefined) wire.failAt(at, fault, kill);
    if (at === undefined) kill();
    // The answer to the approval may be lost with the daemon.
    if (approved && hold !== undefined) await approve(hold).catch(() => undefined);
    expect(await work).not.toBe('ran');
    await exited;
    await until(async () => ((await backends()) === 0 ? true : undefined));
    expect(await count(id)).toBe(done ? 0 : 1);

    await rig.restart('SIGKILL');
    const { operations } = rig.firebreak;
    if (hold !== undefined) expect(await operations.hold(hold.id)).toMatchObject({ state });
    expect(await operations.holds({ all: false })).toEqual([]);
    const copies = (await operations.snapshots()).slice(0, (await operations.snapshots()).length - kept);
    expect(copies.map((one) => one.state)).toEqual(copy === undefined ? [] : [copy]);
    await logIsWhole();
    // Nobody waits, so nothing happens any more.
    expect(await count(id)).toBe(done ? 0 : 1);
  },
  60_000,
);

test('killed while it is held for a standing placeholder: the hold is still there, and who comes back runs it once', async () => {
  const { operations } = rig.firebreak;
  await operations.revokeSecret('orders-write');
  const issued = await operations.addSecret({ name: 'orders-write', user: WRITER.user, secret: WRITER.password });
  const placeholder = issued.find(({ environment }) => environment === 'production')?.text ?? 'none';
  const connect = async () => {
    const [host = '', port] = (rig.firebreak.addresses.postgres ?? '').split(':');
    const client = new Client({
      host,
      port: Number(port),
      user: 'agent',
      password: placeholder,
      database: 'orders-db',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const lost = ending((await connect()).query('DELETE FROM orders WHERE id = 20'));
  const hold = await nextHold(rig);
  await rig.restart('SIGKILL');
  expect(await lost).not.toBe('ran');
  expect(await rig.firebreak.operations.hold(hold.id)).toMatchObject({ state: 'waiting' });
  // Approved now, it still waits for somebody who waits.
  await approve(hold);
  expect(await rig.firebreak.operations.hold(hold.id)).toMatchObject({ state: 'approved' });
  expect(await count(20)).toBe(1);
  const client = await connect();
  expect((await client.query('DELETE FROM orders WHERE id = 20')).rowCount).toBe(1);
  expect(await rig.firebreak.operations.hold(hold.id)).toMatchObject({ state: 'released' });
  await client.end();
  await logIsWhole();
}, 60_000);

test('no room for the copy: nothing is run, the agent is told so, and nothing of the copy is left', async () => {
  // No file may grow over so many blocks of 512 bytes (POSIX, `ulimit -f`): less than the copy, more than the daemon's own need.
  await rig.restart('SIGTERM', (command) => [
    '/bin/sh',
    '-c',
    'trap "" XFSZ; ulimit -f 6000; exec "$@"',
    'sh',
    ...command,
  ]);
  const before = await rig.firebreak.operations.snapshots();
  const client = await rig.connect(await rig.openSession(['production']));
  const work = client.query('DELETE FROM bulky').catch((error: unknown) => error);
  await approve(await nextHold(rig));
  expect(await work).toMatchObject({
    message: expect.stringMatching(/no copy of what it changes could be kept, so it was not run: .*(EFBIG|ENOSPC)/),
    detail: 'Nothing of this statement was executed.',
  });
  expect(await rig.direct('SELECT count(*)::int AS n FROM bulky')).toEqual([{ n: 200 }]);
  expect(await rig.firebreak.operations.snapshots()).toEqual(before);
  expect((await readdir(join(rig.prepared.state.path, 'snapshots'))).filter((name) => name.endsWith('.draft'))).toEqual(
    [],
  );
  expect((await client.query('SELECT 1')).rowCount).toBe(1);
  await rig.restart('SIGTERM');
  await logIsWhole();
}, 60_000);
