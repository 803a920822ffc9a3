import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { digestOf } from '#action/canonical';
import { anyAction } from '../../test/support/any-action.js';
import { sampleHold } from '../../test/support/sample-hold.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { type Database, openDatabase } from './database.js';
import { createDestroyedStorage } from './destroyed.js';
import { createFactorStorage } from './factors.js';
import { createFreezeStorage } from './freezes.js';
import { createHoldStorage } from './holds.js';
import { createPlaceholderStorage } from './placeholders.js';
import { createSessionStorage } from './sessions.js';

let path: string;
let database: Database;

beforeEach(async () => {
  path = join(temporaryFolder(), 'state.sqlite');
  database = await openDatabase(path);
  onTestFinished(() => database.close());
});

/** The same file in a new process's place. */
async function reopen(): Promise<Database> {
  await database.close();
  database = await openDatabase(path);
  return database;
}

describe('holds', () => {
  test('a hold is read as it was written, and numbers count up, also after the database is opened again', async () => {
    const first = await createHoldStorage(database.kysely).insert(sampleHold());
    const storage = createHoldStorage((await reopen()).kysely);
    const second = await storage.insert(sampleHold({ nonce: 'nonce_2' }));
    expect([first.id, second.id]).toEqual(['H-1', 'H-2']);
    expect(await storage.get('H-1')).toEqual(first);
    expect((await storage.list({ limit: 10 })).map((hold) => hold.id)).toEqual(['H-2', 'H-1']);
  });

  test('whatever the action, what is read back has the digest of what was written', async () => {
    const storage = createHoldStorage(database.kysely);
    await fc.assert(
      fc.asyncProperty(anyAction, async (action) => {
        const hold = sampleHold({ action });
        const { id } = await storage.insert(hold);
        const read = await storage.get(id);
        expect(read && digestOf(read.subject)).toBe(hold.digest);
      }),
      { numRuns: 100 },
    );
  });

  test('a hold is found by its exact name only', async () => {
    const storage = createHoldStorage(database.kysely);
    await storage.insert(sampleHold());
    for (const id of ['H-0', 'H-2', 'h-1', 'H-01', '1', 'H-1 ', 'H-1; drop table hold', 'H-99999999999999999999', '']) {
      expect(await storage.get(id)).toBeUndefined();
      expect(await storage.move(id, ['waiting'], 'approved')).toBe(false);
    }
  });

  test('a move happens only from the states named, and of many at once exactly one wins', async () => {
    const storage = createHoldStorage(database.kysely);
    const { id } = await storage.insert(sampleHold());
    expect(await storage.move(id, ['approved'], 'released')).toBe(false);
    expect(await storage.move(id, ['waiting'], 'approved')).toBe(true);
    const moves = await Promise.all(Array.from({ length: 50 }, () => storage.move(id, ['approved'], 'released')));
    expect(moves.filter(Boolean)).toHaveLength(1);
    expect(await storage.move(id, ['waiting', 'approved'], 'rejected', { at: 1, by: 'dana', reason: 'no' })).toBe(
      false,
    );
    expect(await storage.get(id)).toMatchObject({ state: 'released', endedBy: undefined });
  });

  test('an ending keeps who, when and why', async () => {
    const storage = createHoldStorage(database.kysely);
    const { id } = await storage.insert(sampleHold());
    await storage.move(id, ['waiting'], 'rejected', { at: 7, by: 'dana', reason: 'not today' });
    const again = createHoldStorage((await reopen()).kysely);
    expect(await again.get(id)).toMatchObject({
      state: 'rejected',
      endedAt: 7,
      endedBy: 'dana',
      endReason: 'not today',
    });
    expect(await again.list({ states: ['waiting', 'approved'], limit: 10 })).toEqual([]);
    expect(await again.list({ states: ['rejected'], limit: 10 })).toHaveLength(1);
  });

  test('one person approves a hold once, and a hold that does not exist cannot be approved', async () => {
    const storage = createHoldStorage(database.kysely);
    const { id, digest } = await storage.insert(sampleHold());
    const approval = { approver: 'dana', factor: 'totp', digest, at: 5 } as const;
    expect(await storage.addApproval(id, approval)).toBe(true);
    expect(await storage.addApproval(id, { ...approval, at: 6 })).toBe(false);
    expect(await storage.addApproval(id, { ...approval, approver: 'lee', at: 7 })).toBe(true);
    expect((await storage.get(id))?.approvals).toEqual([approval, { ...approval, approver: 'lee', at: 7 }]);
    await expect(storage.addApproval('H-77', approval)).rejects.toThrow(/FOREIGN KEY/);
  });

  test('a state that is none is refused by the database itself', async () => {
    const { id } = await createHoldStorage(database.kysely).insert(sampleHold());
    await expect(
      sql`update hold set state = 'executed' where number = ${Number(id.slice(2))}`.execute(database.kysely),
    ).rejects.toThrow(/CHECK/);
  });
});

describe('factors', () => {
  test('a time step is spent once, and an earlier one after it is refused, also after a restart', async () => {
    const storage = createFactorStorage(database.kysely);
    expect(await storage.enrol('dana', 10)).toBe(true);
    expect(await storage.enrol('dana', 0)).toBe(false);
    expect(await storage.spendCounter('dana', 10)).toBe(false);
    expect(await storage.spendCounter('dana', 12)).toBe(true);
    const again = createFactorStorage((await reopen()).kysely);
    for (const counter of [11, 12]) expect(await again.spendCounter('dana', counter)).toBe(false);
    expect(await again.spendCounter('dana', 13)).toBe(true);
    expect(await again.spendCounter('nobody', 13)).toBe(false);
  });

  test('of many who spend one step at once exactly one succeeds', async () => {
    const storage = createFactorStorage(database.kysely);
    await storage.enrol('dana', -1);
    const spent = await Promise.all(Array.from({ length: 20 }, () => storage.spendCounter('dana', 5)));
    expect(spent.filter(Boolean)).toHaveLength(1);
  });

  test('failures and lockouts survive a restart', async () => {
    const storage = createFactorStorage(database.kysely);
    await storage.enrol('dana', 3);
    await storage.enrol('ann', 3);
    await storage.setFailures('dana', 6, 99_000);
    const again = createFactorStorage((await reopen()).kysely);
    expect(await again.get('dana')).toEqual({ lastCounter: 3, failures: 6, lockedUntil: 99_000 });
    expect(await again.get('nobody')).toBeUndefined();
    expect(await again.approvers()).toEqual(['ann', 'dana']);
  });
});

describe('freezes', () => {
  test('freezes and lifted dates are read as they were written, also after a restart', async () => {
    const storage = createFreezeStorage(database.kysely);
    const open = { environment: 'production', from: 5, until: undefined, reason: "a 'quoted' reason", by: 'dana' };
    const dated = { environment: 'staging', from: 5, until: 50, reason: '', by: 'lee' };
    await storage.add(open);
    await storage.add(dated);
    await storage.lift('a key');
    await storage.lift('a key');
    const again = createFreezeStorage((await reopen()).kysely);
    expect(await again.list()).toEqual([open, dated]);
    expect(await again.lifted()).toEqual(['a key']);
    await again.remove('production');
    expect(await again.list()).toEqual([dated]);
  });
});

describe('sessions, placeholders and counts', () => {
  test('only sessions that were not closed are open after a restart', async () => {
    const storage = createSessionStorage(database.kysely);
    const session = {
      id: 'ses_1',
      agent: 'a',
      intent: 'i',
      environments: ['staging'],
      mode: 'plan',
      tier: 'contained',
    } as const;
    await storage.insert(session, 1);
    await storage.insert({ ...session, id: 'ses_2' }, 1);
    await storage.close('ses_2', 2);
    expect(await createSessionStorage((await reopen()).kysely).open()).toEqual([session]);
  });

  test('placeholders are read as they were written; revoked ones are not; revoking says which', async () => {
    const storage = createPlaceholderStorage(database.kysely);
    const placeholder = (id: string, resource: string, sessionId: string | undefined) => ({
      id,
      environment: 'staging',
      resource,
      sessionId,
      scram: { storedKey: new Uint8Array([1, 2]), serverKey: new Uint8Array([3, 4]) },
      hash: new Uint8Array([...id].map((letter) => letter.charCodeAt(0))),
      issuedAt: 9,
    });
    for (const one of [
      placeholder('a', 'db', undefined),
      placeholder('b', 'db', 'ses_1'),
      placeholder('c', 'api', 'ses_1'),
    ])
      await storage.insert(one);
    expect(await storage.revoke({ resource: 'db', sessionId: 'ses_1' }, 10)).toEqual(['b']);
    expect(await storage.revoke({ sessionId: 'ses_1' }, 11)).toEqual(['c']);
    expect(await storage.revoke({ sessionId: 'ses_1' }, 12)).toEqual([]);
    const left = await createPlaceholderStorage((await reopen()).kysely).active();
    expect(left).toEqual([placeholder('a', 'db', undefined)].map((one) => ({ ...one, hash: expect.anything() })));
    expect([...(left[0]?.hash ?? [])]).toEqual([97]);
  });

  test('destructive actions are counted by environment and time', async () => {
    const storage = createDestroyedStorage(database.kysely);
    await storage.add(['production', 'staging'], 100);
    await storage.add([], 150);
    await storage.add(['production'], 200);
    const again = createDestroyedStorage((await reopen()).kysely);
    expect(await again.since(100)).toEqual([{ environment: 'production', at: 200 }]);
    expect(await again.since(99)).toHaveLength(3);
  });
});
