/** What counting a change costs, keeping what it takes away, and undoing it: against the same statement sent directly. */
import { Client } from 'pg';
import type { UndoRequest } from '#action/operations';
import { createAuthenticator } from '../demo/authenticator.js';
import { quantile } from './figures.js';
import type { Bench, Target } from './postgres-targets.js';

export interface WriteCosts {
  readonly rows: number;
  /** All in milliseconds. */
  readonly updateDirect: number;
  /** On the protected database: run, counted, and committed, since it is within the limits. */
  readonly updateCounted: number;
  readonly deleteDirect: number;
  /** On the unprotected database: counted, its rows copied, encrypted and verified, and then done. */
  readonly deleteKept: number;
  readonly undo: number;
}

export async function writeCosts(
  bench: Bench,
  approvals: Approvals,
  rows: number,
  rounds: number,
): Promise<WriteCosts> {
  const [plain, guarded] = [await bench.owner('plain'), await bench.owner('guarded')];
  const clients = await Promise.all([bench.unprotected, bench.guarded].map(agent));
  const [unprotected, protectedOne] = clients;
  if (unprotected === undefined || protectedOne === undefined) throw new TypeError('two were asked for');
  try {
    const update = `UPDATE events SET kind = kind + 1 WHERE id <= ${rows}`;
    const take = `DELETE FROM events WHERE id <= ${rows}`;
    const times = { updateDirect: [0], updateCounted: [0], deleteDirect: [0], deleteKept: [0], undo: [0] };
    for (const list of Object.values(times)) list.length = 0;
    for (let round = 0; round < rounds; round += 1) {
      await fill(guarded, rows);
      times.updateDirect.push(await timed(() => guarded.query(update)));
      await fill(guarded, rows);
      times.updateCounted.push(await timed(() => protectedOne.query(update)));
      await fill(plain, rows);
      times.deleteDirect.push(await timed(() => plain.query(take)));
      await fill(plain, rows);
      times.deleteKept.push(await timed(() => unprotected.query(take)));
      times.undo.push(await undoNewest(bench, approvals));
      const { rows: left }: { rows: { count: string }[] } = await plain.query('SELECT count(*) FROM events');
      if (left[0]?.count !== String(rows)) throw new Error('the undo did not put back what was there');
    }
    const middle = (list: readonly number[]) => quantile(list, 0.5);
    return {
      rows,
      updateDirect: middle(times.updateDirect),
      updateCounted: middle(times.updateCounted),
      deleteDirect: middle(times.deleteDirect),
      deleteKept: middle(times.deleteKept),
      undo: middle(times.undo),
    };
  } finally {
    for (const client of [plain, guarded, ...clients]) await client.end();
  }
}

async function fill(owner: Client, rows: number): Promise<void> {
  await owner.query('TRUNCATE events');
  await owner.query(
    `INSERT INTO events SELECT n, n % 10, 'what happened in number ' || n FROM generate_series(1, ${rows}) n`,
  );
  await owner.query('VACUUM ANALYZE events');
}

/** A person's consent to one undo. */
export type Approvals = () => Promise<UndoRequest['approvals']>;

/** As people do it, with a code of their authenticator. @returns milliseconds, without waiting for a fresh code */
async function undoNewest({ firebreak }: Bench, approvals: Approvals): Promise<number> {
  const { operations } = firebreak;
  const [newest] = await operations.snapshots();
  if (newest === undefined) throw new Error('nothing was kept');
  const agreed = await approvals();
  return timed(async () => {
    const { outcome } = await operations.undo(newest.id, { approvals: agreed });
    if (outcome.kind !== 'undone') throw new Error(`not undone: ${JSON.stringify(outcome)}`);
  });
}

/** A code works once, so whoever has a fresh one agrees. */
export function codesOf({ firebreak }: Bench): Approvals {
  const people = firebreak.approvers.map(({ name, totpSecret }) => ({ name, app: createAuthenticator(totpSecret) }));
  return async () => {
    for (const { name, app } of people) {
      const code = app.next();
      if (typeof code === 'string') return [{ approver: name, code }];
    }
    const [{ name, app } = { name: '', app: undefined }] = people;
    if (app === undefined) throw new Error('nobody can agree');
    return [{ approver: name, code: await app.take() }];
  };
}

async function agent({ host, port, user, password, database }: Target): Promise<Client> {
  const client = new Client({ host, port, user, password, database, ssl: false });
  await client.connect();
  return client;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
