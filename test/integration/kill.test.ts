/**
 * Kills a working process with SIGKILL at random moments, again and again on the same state, and looks for anything that
 * was acknowledged and is not there. `FIREBREAK_TORTURE=1000` kills so many times, `FIREBREAK_TORTURE_SEED` repeats a run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '#action/canonical';
import type { Hold } from '#action/hold';
import { createHoldDesk } from '#approve/hold-desk';
import { openLog } from '#record/log';
import { generateLogKey } from '#record/note';
import { readEntries } from '#record/read-entries';
import { verifyLog } from '#record/verify';
import { openDatabase } from '#store/database';
import { createFactorStorage } from '#store/factors';
import { createHoldStorage } from '#store/holds';
import { logFolderReader, openLogFolder } from '#store/log-files';

const KILLS = Number(process.env['FIREBREAK_TORTURE'] ?? 100);
const SEED = Number(process.env['FIREBREAK_TORTURE_SEED'] ?? Date.now() % 0x7fff_ffff);
/** States that are worked on side by side; starting a process takes longer than its work. */
const LANES = 4;
/** After so many kills a lane goes on with a fresh state, so that the time to check it does not grow. */
const KILLS_A_STATE = 10;
const SHORTEST_LIFE = 5;
const LONGEST_LIFE = 120;

const CHILD = fileURLToPath(new URL('../support/torture-child.mjs', import.meta.url));
// Base 32 and hexadecimal of one secret.
const TOTP = { totpSecret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', totpKey: '3132333435363738393031323334353637383930' };

/** What the child was told, by what it was told of. */
interface Acknowledged {
  readonly opened: Map<string, string>;
  readonly approved: Map<string, number>;
  readonly released: Set<string>;
  readonly rejected: Set<string>;
  readonly entries: Map<number, string>;
}

interface State {
  readonly folder: string;
  readonly key: ReturnType<typeof generateLogKey>;
  readonly acknowledged: Acknowledged;
  clock: number;
}

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'firebreak-kill-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function newState(name: string): Promise<State> {
  const folder = mkdtempSync(join(root, `${name}-`));
  const database = await openDatabase(join(folder, 'state.sqlite'));
  await createFactorStorage(database.kysely).enrol('dana', -1);
  await database.close();
  const acknowledged = {
    opened: new Map(),
    approved: new Map(),
    released: new Set<string>(),
    rejected: new Set<string>(),
    entries: new Map(),
  };
  return { folder, key: generateLogKey('torture'), acknowledged, clock: 1_780_000_020_000 };
}

/** Lets a child work, and kills it some milliseconds after its first word. Resolves when all that it said is noted. */
async function workAndKill(state: State, life: number): Promise<void> {
  const keys = { ...TOTP, publicKey: state.key.publicKey, signingKey: state.key.signingKey.reveal() };
  const child = spawn(process.execPath, [CHILD, state.folder, String(state.clock), JSON.stringify(keys)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  state.clock += 86_400_000;
  let said = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await Promise.race([sleep(life), closed]);
  child.kill('SIGKILL');
  await closed;
  expect({ signal: child.signalCode, complaint }).toEqual({ signal: 'SIGKILL', complaint: '' });
  // A line is one write; what has no line feed yet was not acknowledged.
  for (const line of said.split('\n').slice(0, -1)) note(state.acknowledged, JSON.parse(line));
}

function note(acknowledged: Acknowledged, what: Record<string, string & number>): void {
  if (what['opened'] !== undefined) acknowledged.opened.set(what['opened'], String(what['digest']));
  if (what['approved'] !== undefined) acknowledged.approved.set(what['approved'], Number(what['step']));
  if (what['released'] !== undefined) acknowledged.released.add(what['released']);
  if (what['rejected'] !== undefined) acknowledged.rejected.add(what['rejected']);
  if (what['entry'] !== undefined) acknowledged.entries.set(Number(what['entry']), String(what['subject']));
}

/** Does what a restart of the daemon does, and compares what is there with what was acknowledged. */
async function reopenAndCheck({ folder, key, acknowledged, clock }: State): Promise<void> {
  const reader = logFolderReader(join(folder, 'log'));
  // As it was found, and once more after recovery has mended its end.
  expect(await verifyLog(reader, { publicKey: key.publicKey })).toMatchObject({ ok: true });
  const database = await openDatabase(join(folder, 'state.sqlite'));
  const log = await openLog({ storage: await openLogFolder(join(folder, 'log')), key });
  try {
    const storage = createHoldStorage(database.kysely);
    const before = await storage.list({ limit: 100_000 });
    const recorded = await eventsOf(reader);
    checkHolds(before, acknowledged, recorded);
    const { lastCounter } = (await createFactorStorage(database.kysely).get('dana')) ?? { lastCounter: -1 };
    expect(lastCounter).toBeGreaterThanOrEqual(Math.max(-1, ...acknowledged.approved.values()));
    for (const [index, subject] of acknowledged.entries) expect(recorded[index]?.['subject']).toBe(subject);

    const factors = { approvers: async () => [], enrol: async () => undefined, check: async () => undefined };
    const desk = createHoldDesk({ storage, factors, recorder: log, clock: { now: () => clock } });
    await desk.withdrawAll('the daemon was restarted');
    for (const hold of before) {
      // What ended is as it was; what was open can never run, though a rejection or approval may have been on its way.
      const now = await storage.get(hold.id);
      expect(now?.state).toBe(['waiting', 'approved'].includes(hold.state) ? 'withdrawn' : hold.state);
    }
  } finally {
    await log.close();
    await database.close();
  }
  expect(await verifyLog(reader, { publicKey: key.publicKey })).toMatchObject({ ok: true });
}

type Event = Record<string, unknown>;

async function eventsOf(reader: ReturnType<typeof logFolderReader>): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const { data } of readEntries(reader)) {
    events.push(JSON.parse(Buffer.from(data).toString()).unmapped.firebreak);
  }
  return events;
}

function checkHolds(holds: readonly Hold[], acknowledged: Acknowledged, recorded: readonly Event[]): void {
  const kept = new Map(holds.map((hold) => [hold.id, hold]));
  const events = (kind: string) =>
    new Map(recorded.filter((one) => one['kind'] === kind).map((one) => [one['holdId'], one]));
  const [held, approved, ended] = [events('held'), events('approved'), events('ended')];

  for (const [id, digest] of acknowledged.opened) {
    expect(kept.get(id)).toMatchObject({ id, digest });
    expect(held.get(id)).toMatchObject({ digest });
  }
  for (const id of acknowledged.approved.keys()) expect(kept.get(id)?.approvals).toMatchObject([{ approver: 'dana' }]);
  for (const id of acknowledged.released) expect(kept.get(id)?.state).toBe('released');
  for (const id of acknowledged.rejected) {
    expect(kept.get(id)?.state).toBe('rejected');
    expect(ended.get(id)).toMatchObject({ state: 'rejected' });
  }
  for (const hold of holds) {
    // Whole, whatever the moment: what is shown is what was hashed.
    expect(digestOf(hold.subject)).toBe(hold.digest);
    const consented = hold.approvals.length > 0 || ['approved', 'released'].includes(hold.state);
    if (consented) {
      expect(held.get(hold.id)).toMatchObject({ digest: hold.digest });
      expect(approved.get(hold.id)).toMatchObject({ digest: hold.digest, approver: 'dana', enough: true });
    }
    if (['approved', 'released'].includes(hold.state)) expect(hold.approvals).toHaveLength(1);
  }
}

test(
  `kill -9 at any moment loses no acknowledged entry, hold or approval (${KILLS} times)`,
  async () => {
    if (!existsSync(fileURLToPath(new URL('../../dist/src/main.js', import.meta.url))))
      throw new Error('there is no build: run `npm run build` first');
    console.log(`${KILLS} kills, FIREBREAK_TORTURE_SEED=${SEED}`);
    const lives = fc.sample(fc.integer({ min: SHORTEST_LIFE, max: LONGEST_LIFE }), { numRuns: KILLS, seed: SEED });
    const totals = { opened: 0, approved: 0, released: 0, rejected: 0, entries: 0 };

    async function lane(mine: readonly number[]): Promise<void> {
      for (let at = 0; at < mine.length; at += KILLS_A_STATE) {
        const state = await newState(`state-${at}`);
        for (const life of mine.slice(at, at + KILLS_A_STATE)) {
          await workAndKill(state, life);
          await reopenAndCheck(state);
        }
        for (const [name, all] of Object.entries(state.acknowledged)) totals[name as keyof typeof totals] += all.size;
        rmSync(state.folder, { recursive: true });
      }
    }
    await Promise.all(
      Array.from({ length: LANES }, (_, number) => lane(lives.filter((_life, index) => index % LANES === number))),
    );
    console.log(`acknowledged and found again: ${JSON.stringify(totals)}`);
    // The child must have got as far as everything that is checked.
    for (const count of Object.values(totals)) expect(count).toBeGreaterThan(KILLS / 20);
  },
  60_000 + KILLS * 3_000,
);
