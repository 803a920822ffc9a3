/**
 * How long a decision takes inside the daemon: from the action's bytes to its verdict (analysis, policy), and the whole way
 * of an allowed action with its durable entries. Budgets: docs/architecture.md.
 *
 *     npm run bench
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action } from '#action/action';
import { undeclaredEnvironment } from '#action/environment';
import { analyze } from '#analyze/analyze';
import { loadSqlParser } from '#analyze/sql/parser';
import { parseConfig } from '#daemon/config/read-config';
import { OPERATOR_SESSION, openCore } from '#daemon/core';
import { locateState, makeState } from '#daemon/state-folder';
import { NO_ANSWERS } from '#pipeline/understand';
import { decide, type PolicyAnswer } from '#policy/decide';
import { createMemo } from '#policy/memo';
import { loadPolicies } from '#policy/policy-set';
import { createVault } from '#secrets/vault';
import { openDatabase } from '#store/database';
import { packageFile } from '../demo/package-root.js';
import { printRow, quantile } from './figures.js';

/** What agents send on an ordinary day, the destructive tenth included. */
const ACTIONS: readonly Action[] = [
  ...[
    'SELECT id, name FROM customers WHERE email = $1',
    "SELECT count(*) FROM bookings b JOIN vehicles v ON v.id = b.vehicle_id WHERE b.starts_on > now() - interval '7 days'",
    'INSERT INTO payments (booking_id, amount) VALUES ($1, $2)',
    "UPDATE bookings SET status = 'done' WHERE id = $1",
    'WITH recent AS (SELECT * FROM bookings ORDER BY starts_on DESC LIMIT 50) SELECT status, count(*) FROM recent GROUP BY 1',
    'DELETE FROM payments WHERE id = $1',
    'DROP TABLE bookings CASCADE',
    'SELECT tidy_up_stale_bookings()',
    'BEGIN',
    'ALTER TABLE bookings ADD COLUMN status_history jsonb',
  ].map((text): Action => ({ kind: 'sql', statements: [{ text, parameters: [] }], resource: 'rental-db' })),
  ...[
    'query { projects { edges { node { id name } } } }',
    'mutation { volumeDelete(volumeId: "4e8b2f90-6c17-4a2d-8f0b-91d3a5c7e6b8") }',
  ].map(
    (query): Action => ({
      kind: 'http',
      method: 'POST',
      url: 'https://backboard.railway.app/graphql/v2',
      headers: [['content-type', 'application/json']],
      body: Buffer.from(JSON.stringify({ query })),
      credential: { kind: 'placeholder', id: 'ph', environment: 'production' },
    }),
  ),
];

const CONFIG = `version: 1
environments: { production: { protected: true }, staging: {} }
resources:
  rental-db: { kind: postgres, environment: production, upstream: { host: 127.0.0.1, database: rental }, credentials: { write: w } }
  railway: { kind: http, provider: railway, credential: r }
`;

async function decisions(count: number): Promise<number[]> {
  await loadSqlParser();
  const read = (name: string) => ({ name, text: readFileSync(packageFile('policies', name), 'utf8') });
  const policies = loadPolicies(read('firebreak.cedarschema'), [read('default.cedar')]);
  const memo = createMemo<PolicyAnswer>(2_000);
  const resources = new Map([
    ['rental-db', { name: 'rental-db', kind: 'postgres', environments: ['production'], hosts: [] } as const],
    [
      'railway',
      {
        name: 'railway',
        kind: 'http',
        environments: [],
        provider: 'railway',
        hosts: ['backboard.railway.app'],
      } as const,
    ],
  ]);
  const times: number[] = [];
  for (let round = 0; round < count; round += 1) {
    for (const action of ACTIONS) {
      // Another comment each time, so that nothing is remembered by the exact text.
      const fresh: Action =
        action.kind === 'sql'
          ? { ...action, statements: action.statements.map((one) => ({ ...one, text: `${one.text} -- ${round}` })) }
          : action;
      const begun = process.hrtime.bigint();
      const { effects } = analyze(fresh, NO_ANSWERS, { resources, environments: [] });
      decide(
        {
          actionKind: action.kind,
          effects,
          session: OPERATOR_SESSION,
          foreignCredential: false,
          environmentOf: undeclaredEnvironment,
          freezeOf: () => undefined,
        },
        policies,
        memo,
      );
      times.push(Number(process.hrtime.bigint() - begun) / 1e6);
    }
  }
  return times.slice(Math.min(100, times.length / 10)); // Without the first ones, which the compiler still works on.
}

/** The whole way of an allowed read, its entry on disk before it runs. */
async function submissions(count: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fb-bench-'));
  try {
    const state = locateState(join(folder, 'state'), {});
    makeState(state);
    const identity = await createVault(state.vault, undefined);
    await (await openDatabase(state.database)).close();
    const configPath = join(folder, 'firebreak.yaml');
    const core = await openCore({
      config: parseConfig(CONFIG, configPath),
      configPath,
      state,
      key: { kind: 'identity', identity },
      approveAt: () => '',
    });
    const times: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const action: Action = {
        kind: 'sql',
        statements: [{ text: `SELECT ${n} FROM bookings`, parameters: [] }],
        resource: 'rental-db',
      };
      const begun = process.hrtime.bigint();
      const outcome = await core.submit({
        action,
        session: OPERATOR_SESSION,
        environments: ['production'],
        door: {
          signal: new AbortController().signal,
          execute(permit) {
            permit.redeem(action);
            return Promise.resolve({ ok: true, summary: 'SELECT 0' });
          },
        },
      });
      if (outcome.kind !== 'executed') throw new Error(`not executed: ${JSON.stringify(outcome)}`);
      times.push(Number(process.hrtime.bigint() - begun) / 1e6);
    }
    await core.close();
    return times;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const decided = await decisions(500);
console.log(`decision inside the daemon (${decided.length} decisions, nothing remembered by text)`);
printRow('p50', `${quantile(decided, 0.5).toFixed(3)} ms`, 'budget < 0.5 ms');
printRow('p99', `${quantile(decided, 0.99).toFixed(3)} ms`, 'budget < 5 ms');
const submitted = await submissions(500);
console.log(`an allowed read, its entry signed and on disk before it runs (${submitted.length} of them)`);
printRow('p50', `${quantile(submitted, 0.5).toFixed(2)} ms`, 'no budget of its own');
printRow('p99', `${quantile(submitted, 0.99).toFixed(2)} ms`, 'no budget of its own');
